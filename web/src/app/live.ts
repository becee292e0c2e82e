/**
 * Keeps what is on screen true: each change is read anew by REST and put in its place. Rows stay where they are, so
 * that nothing moves under a pointer; what changed is lit for a moment.
 */
import type { QueryClient } from "@tanstack/react-query";
import { getContact } from "../api/calls";
import type { Change, Contact, Page } from "../api/types";
import { listenToChanges, type StreamLink } from "./changes";
import type { ContactPages } from "./queries";
import { createStore } from "./store";

export const streamLink = createStore<StreamLink>("connecting");
/** Contacts that changed a moment ago. */
export const lit = createStore<ReadonlySet<string>>(new Set());

/** Changes of one moment are read once; a contact in whose note somebody types, every two seconds. */
const GATHER_MS = 120;
const CONTACT_EVERY_MS = 2_000;
/** The page of a contact shows the words live; what else it says of them waits until the typing rests. */
const NOTE_QUIET_MS = 4_000;
const LIT_MS = 2_400;

/** Follows the stream until the returned function is called. `onBack` runs when the network is there again. */
export function keepLive(queries: QueryClient, onBack: () => void): () => void {
  const timers = new Map<string, ReturnType<typeof setTimeout>>();
  const readAt = new Map<string, number>();

  const later = (id: string, ms: number, run: () => void) => {
    clearTimeout(timers.get(id));
    const due = () => {
      timers.delete(id);
      run();
    };
    timers.set(id, setTimeout(due, ms));
  };
  const readContact = async (id: string) => {
    readAt.set(id, Date.now());
    const contact = await getContact(id).catch(() => null);
    if (contact) place(queries, contact);
  };
  const note = ({ type, id, contact_id }: Change) => {
    if (type === "note.updated") {
      later(id, NOTE_QUIET_MS, () => void queries.invalidateQueries({ queryKey: ["note", id] }));
    }
    if (timers.has(contact_id) || !(type === "contact.created" || isShown(queries, contact_id))) return;
    const rest = (readAt.get(contact_id) ?? 0) + CONTACT_EVERY_MS - Date.now();
    later(contact_id, Math.max(GATHER_MS, rest), () => void readContact(contact_id));
  };
  const stop = listenToChanges((event) => {
    if (event.kind === "change") note(event.change);
    else if (event.kind === "reset") void queries.invalidateQueries();
    else {
      if (event.link === "online" && streamLink.get() !== "online") onBack();
      streamLink.set(event.link);
    }
  });
  return () => {
    for (const timer of timers.values()) clearTimeout(timer);
    stop();
  };
}

/** Somewhere on this page, or one step back from it. */
function isShown(queries: QueryClient, id: string): boolean {
  const pages = queries.getQueryData<ContactPages>(["contacts"])?.pages ?? [];
  const listed = pages.some(({ results }) => results.some((each) => each.id === id));
  return listed || queries.getQueryData(["contact", id]) !== undefined;
}

/** A contact as the server has it now, into the list and its own page. */
export function place(queries: QueryClient, contact: Contact): void {
  queries.setQueryData(["contact", contact.id], contact);
  queries.setQueryData<ContactPages>(["contacts"], (pages) => pages && withContact(pages, contact));
  light(contact.id);
}

function withContact(pages: ContactPages, contact: Contact): ContactPages {
  const there = pages.pages.some((page) => page.results.some((each) => each.id === contact.id));
  if (there) {
    const results = (page: ContactPages["pages"][number]) =>
      page.results.map((each) => (each.id === contact.id ? contact : each));
    return { ...pages, pages: pages.pages.map((page) => ({ ...page, results: results(page) })) };
  }
  const key = sortKey(contact);
  const page = pages.pages.findIndex(
    ({ results, paging }) => !paging?.next || sortKey(results.at(-1) ?? contact) >= key,
  );
  // Its place is on a page that nobody has read yet: it comes with that page.
  if (page < 0) return pages;
  return {
    ...pages,
    pages: pages.pages.map((each, index) => (index === page ? inserted(each, contact) : each)),
  };
}

function inserted(page: Page<Contact>, contact: Contact): Page<Contact> {
  const key = sortKey(contact);
  const next = page.results.findIndex((each) => sortKey(each) > key);
  const results = page.results.toSpliced(next < 0 ? page.results.length : next, 0, contact);
  return page.total == null ? { ...page, results } : { ...page, results, total: page.total + 1 };
}

/** The order of the server: last name first, without case and accents, the nameless at the end. */
function sortKey({ properties: { firstname, lastname } }: Contact): string {
  const name = [lastname, firstname].filter(Boolean).join(" ");
  return name.toLowerCase().normalize("NFKD").replace(/\p{M}/gu, "") || "\u{10ffff}";
}

function light(id: string): void {
  lit.set(new Set([...lit.get(), id]));
  setTimeout(() => lit.set(new Set([...lit.get()].filter((each) => each !== id))), LIT_MS);
}
