/**
 * Keeps what is on screen true: each change is read anew by REST and put in its place. Rows stay where they are, so
 * that nothing moves under a pointer; what somebody else changed is lit for a moment.
 */
import type { QueryClient } from "@tanstack/react-query";
import { getContact } from "../api/calls";
import { Problem } from "../api/request";
import type { Change, Contact } from "../api/types";
import {
  changedFields,
  contactIn,
  withContact,
  withoutContact,
  type Asked,
  type ContactPages,
} from "../contacts/contact-pages";
import { amend, doubtFirstAnswers } from "./amend";
import { listenToChanges, type ChangeEvent, type StreamLink } from "./changes";
import { createStore } from "./store";

export const streamLink = createStore<StreamLink>("connecting");
/** Contacts that others changed a moment ago, and what of them. */
export const lit = createStore<ReadonlyMap<string, ReadonlySet<string>>>(new Map());
/** Contacts that changed since the lists were read: they may stand elsewhere than the order says. */
export const changed = createStore<ReadonlySet<string>>(new Set());

/** Changes of one moment are read together; a contact in whose note somebody types, every two seconds. */
const GATHER_MS = 120;
const CONTACT_EVERY_MS = 2_000;
/** More contacts than this at once (an import, say) are read as the lists they stand in, and not as fast. */
const SINGLY_MAX = 10;
const LISTS_EVERY_MS = 3_000;
const SEARCHES_EVERY_MS = 1_000;
const DUPLICATES_EVERY_MS = 2_000;
const GONE = new Set<string>(["contact.merged", "contact.deleted"]);
/** The page of a contact shows the words live; what else it says of them waits until the typing rests. */
const NOTE_QUIET_MS = 4_000;
const LIT_MS = 1_200;

const followers = new Set<(event: ChangeEvent) => void>();

/** Tells `take` of each change too, until the returned function is called. */
export function followChanges(take: (event: ChangeEvent) => void): () => void {
  followers.add(take);
  return () => followers.delete(take);
}

/** Follows the stream until the returned function is called. `onBack` runs when the network is there again. */
export function keepLive(queries: QueryClient, onBack: () => void): () => void {
  const contacts = createReader(queries);
  const alarms = new Map<string, ReturnType<typeof setTimeout>>();
  let searchedAt = 0;
  const atLatest = (name: string, ms: number, run: () => void) => {
    if (alarms.has(name)) return;
    const due = () => {
      alarms.delete(name);
      run();
    };
    alarms.set(name, setTimeout(due, ms));
  };
  const whenQuiet = (name: string, ms: number, run: () => void) => {
    clearTimeout(alarms.get(name));
    alarms.delete(name);
    atLatest(name, ms, run);
  };

  const note = ({ type, id, contact_id }: Change) => {
    doubtFirstAnswers(
      queries,
      (key) => key[0] === "contacts" || key.includes(contact_id) || key.includes(id),
    );
    if (type === "note.updated") {
      whenQuiet(id, NOTE_QUIET_MS, () => {
        void queries.invalidateQueries({ queryKey: ["note", id] });
        if (isUnnamed(queries, id, contact_id)) {
          void queries.invalidateQueries({ queryKey: ["contact", contact_id] });
        }
      });
    }
    if (type === "contact.merged" || type === "contact.unmerged") regroup(queries, type, id, contact_id);
    if (type === "contact.deleted") drop(queries, contact_id);
    if (type === "contact.deleted" || type === "contact.restored") {
      void queries.invalidateQueries({ queryKey: ["deleted-contacts"] });
    }
    if (type !== "note.updated") void queries.invalidateQueries({ queryKey: ["review-items", contact_id] });
    const isNew = ["contact.created", "contact.unmerged", "contact.restored"].includes(type);
    if (isNew || mayBeShown(queries, contact_id)) contacts.read(contact_id);
    if (!type.startsWith("note.")) {
      // A pair that is one contact now is gone from the screen at once; other changes may make or part one.
      const [name, ms] = GONE.has(type) ? ["pairs gone", GATHER_MS] : ["pairs", DUPLICATES_EVERY_MS];
      atLatest(name, ms, () => void queries.invalidateQueries({ queryKey: ["duplicates"] }));
    }
    const rest = searchedAt + SEARCHES_EVERY_MS - Date.now();
    atLatest("searches", Math.max(GATHER_MS, rest), () => {
      searchedAt = Date.now();
      void queries.invalidateQueries({ predicate: isSearch });
    });
  };
  const stop = listenToChanges((event) => {
    for (const follower of followers) follower(event);
    if (event.kind === "change") note(event.change);
    else if (event.kind === "reset") void readAnew(queries);
    else {
      if (event.link === "online" && streamLink.get() !== "online") onBack();
      streamLink.set(event.link);
    }
  });
  return () => {
    contacts.stop();
    for (const alarm of alarms.values()) clearTimeout(alarm);
    stop();
  };
}

/** Everything on screen as the server has it now, the lists in their order. */
async function readAnew(queries: QueryClient): Promise<void> {
  doubtFirstAnswers(queries, () => true);
  await queries.invalidateQueries();
  changed.set(new Set());
}

/** The lists in the order that their contacts have by now. */
export async function reorder(queries: QueryClient): Promise<void> {
  await queries.invalidateQueries({ queryKey: ["contacts"] });
  changed.set(new Set());
}

/** Reads contacts, soon, but none too often and not too many one by one. */
function createReader(queries: QueryClient) {
  const waiting = new Set<string>();
  const readAt = new Map<string, number>();
  let restUntil = 0;
  let timer: ReturnType<typeof setTimeout> | undefined;

  const dueAt = (id: string) => Math.max((readAt.get(id) ?? 0) + CONTACT_EVERY_MS, restUntil);
  const schedule = () => {
    if (timer !== undefined || waiting.size === 0) return;
    const soonest = Math.min(...[...waiting].map(dueAt));
    timer = setTimeout(flush, Math.max(GATHER_MS, soonest - Date.now()));
  };
  const flush = () => {
    timer = undefined;
    const now = Date.now();
    const due = [...waiting].filter((id) => dueAt(id) <= now);
    for (const id of due) {
      waiting.delete(id);
      readAt.set(id, now);
    }
    if (due.length > SINGLY_MAX) {
      restUntil = now + LISTS_EVERY_MS;
      void queries.invalidateQueries({ predicate: ({ queryKey }) => queryKey[0] === "contacts" });
      for (const id of due) void queries.invalidateQueries({ queryKey: ["contact", id] });
    } else for (const id of due) void readContact(queries, id);
    schedule();
  };
  return {
    read: (id: string) => {
      waiting.add(id);
      schedule();
    },
    stop: () => clearTimeout(timer),
  };
}

async function readContact(queries: QueryClient, id: string): Promise<void> {
  try {
    const contact = await getContact(id);
    const before = knownContact(queries, id);
    place(queries, contact);
    light(id, changedFields(before, contact));
  } catch (error) {
    if (error instanceof Problem && error.status === 404) drop(queries, id);
  }
}

// --- lists ---

const listsOf = (queries: QueryClient) => queries.getQueriesData<ContactPages>({ queryKey: ["contacts"] });

function isSearch({ queryKey }: { readonly queryKey: readonly unknown[] }): boolean {
  return queryKey[0] === "search" || (queryKey[0] === "contacts" && (queryKey[1] as Asked).q !== "");
}

/** As it is shown now. */
export function knownContact(queries: QueryClient, id: string): Contact | undefined {
  for (const [, pages] of listsOf(queries)) {
    const contact = contactIn(pages, id);
    if (contact) return contact;
  }
  return queries.getQueryData<Contact>(["contact", id]);
}

/** Somewhere on this page, or one step back from it, or in more of a list that is on its way. */
function mayBeShown(queries: QueryClient, id: string): boolean {
  const moreComes = queries.isFetching({ queryKey: ["contacts"] }) > 0;
  return moreComes || knownContact(queries, id) !== undefined;
}

/** A contact as the server has it now, into the lists and its own page. Whether a search finds it, only a search knows. */
export function place(queries: QueryClient, contact: Contact): void {
  amend(queries, ["contact", contact.id], () => contact);
  for (const [key, known] of listsOf(queries)) {
    if (isSearch({ queryKey: key }) && !contactIn(known, contact.id)) continue;
    amend<ContactPages>(queries, key, (pages) => pages && withContact(pages, contact));
  }
  changed.set(new Set([...changed.get(), contact.id]));
}

/** It may be a main note that came by a merge while it was empty, and is named once it has words. */
function isUnnamed(queries: QueryClient, noteId: string, contactId: string): boolean {
  const contact = queries.getQueryData<Contact>(["contact", contactId]);
  if (!contact || contact.merged_ids.length === 0 || contact.main_note_id === noteId) return false;
  return !contact.inherited_notes?.some(({ id }) => id === noteId);
}

/** Two contacts became one, or two again: whose notes are whose is read anew, and the page of either looks where it is. */
function regroup(queries: QueryClient, type: Change["type"], id: string, rootId: string): void {
  if (type === "contact.merged") drop(queries, id);
  void queries.invalidateQueries({ queryKey: ["contact", rootId] });
  void queries.invalidateQueries({ queryKey: ["dated-notes", rootId] });
}

export function drop(queries: QueryClient, id: string): void {
  void queries.invalidateQueries({ queryKey: ["contact", id] });
  for (const [key] of listsOf(queries)) {
    amend<ContactPages>(queries, key, (pages) => pages && withoutContact(pages, id));
  }
}

function light(id: string, fields: ReadonlySet<string>): void {
  if (fields.size === 0) return;
  lit.set(new Map(lit.get()).set(id, fields));
  setTimeout(() => {
    if (lit.get().get(id) === fields) lit.set(new Map([...lit.get()].filter(([each]) => each !== id)));
  }, LIT_MS);
}
