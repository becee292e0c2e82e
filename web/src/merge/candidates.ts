/** Whom a contact may be merged with: those of the same name before anything is typed, then whoever search finds. */
import { queryOptions } from "@tanstack/react-query";
import { listContacts, search } from "../api/calls";
import type { Contact, Found } from "../api/types";

const SHOWN_MAX = 8;

export interface Candidate {
  readonly id: string;
  readonly hit: Found;
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
      return others.map((hit) => ({ id: hit.id, hit, contact: known.get(hit.id) ?? null }));
    },
    staleTime: 0,
    gcTime: 60_000,
  });
