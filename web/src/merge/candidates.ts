/** Whom a contact may be merged with: before anything is typed its likely doubles and namesakes, then whoever is found. */
import { queryOptions } from "@tanstack/react-query";
import { listContacts, search } from "../api/calls";
import type { Contact, Duplicate, Found } from "../api/types";
import { nameOf } from "../ui/names";

const SHOWN_MAX = 8;

export interface Candidate {
  readonly id: string;
  readonly name: string;
  /** By what search found it. */
  readonly hit: Found | null;
  /** Why it may be the same person. */
  readonly suggestion: Duplicate | null;
  /** With what one recognises it by; null where it is found far down in the list. */
  readonly contact: Contact | null;
}

/** Found by their names first. `except` is the contact itself. */
export const candidatesQuery = (q: string, except: string) =>
  queryOptions({
    queryKey: ["merge-candidates", q, except],
    queryFn: async ({ signal }): Promise<Candidate[]> => {
      const [hits, page] = await Promise.all([
        search(q, { types: "contact", limit: SHOWN_MAX + 1 }, signal),
        listContacts({ q, sort: "name" }, null, signal),
      ]);
      const known = new Map(page.results.map((contact) => [contact.id, contact]));
      const others = hits.filter(({ id }) => id !== except).slice(0, SHOWN_MAX);
      return others.map((hit) => ({
        id: hit.id,
        name: hit.title,
        hit,
        suggestion: null,
        contact: known.get(hit.id) ?? null,
      }));
    },
    staleTime: 0,
    gcTime: 60_000,
  });

/** The likely doubles of a contact as candidates, the likeliest first. */
export function likelyIn(duplicates: readonly Duplicate[], of: string): readonly Candidate[] {
  return duplicates.slice(0, SHOWN_MAX).flatMap((suggestion) => {
    const contact = suggestion.contacts.find(({ id }) => id !== of);
    return contact ? [{ id: contact.id, name: nameOf(contact), hit: null, suggestion, contact }] : [];
  });
}
