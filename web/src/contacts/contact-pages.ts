/** The list of contacts as it has been read so far, page by page, and what a change of one contact does to it. Pure. */
import type { InfiniteData } from "@tanstack/react-query";
import type { Contact, Found, Page } from "../api/types";

export const SORTS = ["name", "-name", "-updated_at", "updated_at"] as const;
export type Sort = (typeof SORTS)[number];

/** Which contacts, in which order: an empty `q` is all of them. */
export interface Asked {
  readonly q: string;
  readonly sort: Sort;
}

export interface ContactPage extends Page<Contact> {
  readonly asked: Asked;
  /** Where the words that were looked for stand, by contact; of the best ones only. */
  readonly found?: Readonly<Record<string, Found>>;
}

export type ContactPages = InfiniteData<ContactPage, string | null>;

export function contactsIn(pages: Pick<ContactPages, "pages">): Contact[] {
  return pages.pages.flatMap(({ results }) => results);
}

export function contactIn(pages: ContactPages | undefined, id: string): Contact | undefined {
  for (const { results } of pages?.pages ?? []) {
    const contact = results.find((each) => each.id === id);
    if (contact) return contact;
  }
  return undefined;
}

/** A contact that is there changes where it stands; a new one comes in where the server would put it. */
export function withContact(pages: ContactPages, contact: Contact): ContactPages {
  if (contactIn(pages, contact.id)) {
    return mapPages(pages, (page) => ({
      ...page,
      results: page.results.map((each) => (each.id === contact.id ? contact : each)),
    }));
  }
  const sort = pages.pages[0]?.asked.sort ?? "name";
  // Its place may be on a page that nobody has read yet: it comes, and is counted, with that page.
  const at = pages.pages.findIndex(({ results, paging }) => {
    const last = results.at(-1);
    return !paging?.next || (last !== undefined && comesBefore(contact, last, sort));
  });
  if (at < 0) return pages;
  return mapPages(counted(pages, 1), (page, index) => (index === at ? inserted(page, contact, sort) : page));
}

export function withoutContact(pages: ContactPages, id: string): ContactPages {
  if (!contactIn(pages, id)) return pages;
  return mapPages(counted(pages, -1), (page) => ({
    ...page,
    results: page.results.filter((each) => each.id !== id),
  }));
}

function inserted(page: ContactPage, contact: Contact, sort: Sort): ContactPage {
  const next = page.results.findIndex((each) => comesBefore(contact, each, sort));
  return { ...page, results: page.results.toSpliced(next < 0 ? page.results.length : next, 0, contact) };
}

function counted(pages: ContactPages, more: number): ContactPages {
  return mapPages(pages, (page) => (page.total == null ? page : { ...page, total: page.total + more }));
}

function mapPages(pages: ContactPages, map: (page: ContactPage, index: number) => ContactPage): ContactPages {
  return { ...pages, pages: pages.pages.map(map) };
}

// --- order ---

/** How many of `changed` no longer stand where the order of the list would put them. */
export function outOfPlace(contacts: readonly Contact[], changed: ReadonlySet<string>, sort: Sort): number {
  const settled = contacts.filter(({ id }) => !changed.has(id));
  if (settled.length === contacts.length) return 0;
  let passed = 0;
  return contacts.filter((contact) => {
    if (!changed.has(contact.id)) {
      passed += 1;
      return false;
    }
    const above = settled[passed - 1];
    const below = settled[passed];
    return (
      (above !== undefined && comesBefore(contact, above, sort)) ||
      (below !== undefined && comesBefore(below, contact, sort))
    );
  }).length;
}

export function comesBefore(one: Contact, other: Contact, sort: Sort): boolean {
  const [a, b] = [keyOf(one, sort), keyOf(other, sort)];
  if (a === b) return sort.startsWith("-") ? one.id > other.id : one.id < other.id;
  return sort.startsWith("-") ? a > b : a < b;
}

/** By name as the server does: last name first, without case and accents, the nameless at the end. */
function keyOf({ properties, updated_at }: Contact, sort: Sort): string {
  if (sort.endsWith("updated_at")) return updated_at;
  const name = [properties.lastname, properties.firstname].filter(Boolean).join(" ");
  const plain = name.toLowerCase().replaceAll("ß", "ss").normalize("NFKD").replace(/\p{M}/gu, "");
  return plain || "\u{10ffff}";
}

// --- what changed ---

/** The names of the properties, and of what else a list shows, that differ; all of them of a contact that is new. */
export function changedFields(before: Contact | undefined, after: Contact): ReadonlySet<string> {
  const now = fieldsOf(after);
  const then = before && fieldsOf(before);
  const names = Object.keys({ ...then, ...now });
  return new Set(names.filter((name) => JSON.stringify(then?.[name]) !== JSON.stringify(now[name])));
}

function fieldsOf({ properties, notes_excerpt, updated_at, avatar }: Contact): Record<string, unknown> {
  return { ...properties, notes_excerpt, updated_at, avatar };
}
