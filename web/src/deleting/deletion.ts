/** What a 404 tells of a contact that was deleted, and the verbs that take one away and bring it back. */
import type { QueryClient } from "@tanstack/react-query";
import { deleteContact, restoreContact } from "../api/calls";
import { Problem } from "../api/request";
import type { Contact, Deletion } from "../api/types";
import { drop, place } from "../app/live";

export interface DeletionTold {
  readonly contactId: string;
  readonly name: string;
  /** Null where it is gone for good. */
  readonly deletion: Deletion | null;
}

/** Whoever has an address of a contact that is to be restored. */
export interface Holder {
  readonly id: string;
  readonly name: string;
  readonly value: string;
}

export function deletionIn(error: Error | null): DeletionTold | null {
  if (!(error instanceof Problem) || error.answer.deleted !== true) return null;
  const { contact_id, name, deletion } = error.answer;
  return {
    contactId: String(contact_id),
    name: typeof name === "string" ? name : "",
    deletion: (deletion as Deletion | undefined) ?? null,
  };
}

/** Who has an address of it by now, where that is why it was not restored. */
export function holdersIn(error: Error | null): readonly Holder[] {
  if (!(error instanceof Problem) || error.code !== "address_taken") return [];
  return error.answer.candidates as readonly Holder[];
}

/** As nobody can change it any more. */
export function withoutRights(contact: Contact, { deletion }: DeletionTold): Contact {
  return { ...contact, deletion, permissions: { edit: false, delete: false } };
}

const listKey = { queryKey: ["deleted-contacts"] };

export async function takeAway(queries: QueryClient, id: string): Promise<void> {
  await deleteContact(id);
  drop(queries, id);
  void queries.invalidateQueries(listKey);
}

/** With everything it had. Rejects where an address of it belongs to another, unless that is allowed. */
export async function bringBack(queries: QueryClient, id: string, allowDuplicate = false): Promise<Contact> {
  const contact = await restoreContact(id, allowDuplicate);
  place(queries, contact);
  void queries.invalidateQueries(listKey);
  return contact;
}

export async function erase(queries: QueryClient, id: string): Promise<void> {
  await deleteContact(id, true);
  void queries.invalidateQueries(listKey);
}
