/** What the address of the list says: `/contacts?q=lyon&sort=-updated_at`. What goes without saying is left out. */
import { SORTS, type Asked, type Sort } from "./contact-pages";

export interface ListSearch {
  readonly q?: string;
  readonly sort?: Sort;
}

/** The server looks for no more. */
const QUERY_LENGTH_MAX = 500;

export function readListSearch(search: Record<string, unknown>): ListSearch {
  const q = ["string", "number", "boolean"].includes(typeof search.q) ? String(search.q).trim() : "";
  return writeListSearch({ q, sort: SORTS.find((sort) => sort === search.sort) ?? "name" });
}

export function writeListSearch({ q, sort }: Asked): ListSearch {
  const words = q.trim().slice(0, QUERY_LENGTH_MAX);
  return { ...(words && { q: words }), ...(sort !== "name" && { sort }) };
}

export function asked({ q = "", sort = "name" }: ListSearch): Asked {
  return { q, sort };
}

let last: ListSearch = {};

/** The list as it was seen last: whoever comes back to it finds the same one. */
export const lastListSearch = () => last;
export function rememberList(search: ListSearch): void {
  last = search;
}

let opened: string | null = null;

/** The contact that was opened from the list, until the list has it under the focus again. */
export const lastOpened = () => opened;
export function rememberOpened(id: string | null): void {
  opened = id;
}
