/**
 * The dated notes of a contact as pages of a list, the newest first, as far as somebody has scrolled: how one comes in,
 * moves and goes, and how they are drawn by month. Pure.
 */
import type { InfiniteData } from "@tanstack/react-query";
import type { Note, Page } from "../api/types";

export type NotePages = InfiniteData<Page<Note>, string | null>;

/** The order of the server: the latest first, of one moment by id. */
export function inOrder(a: Note, b: Note): number {
  return Date.parse(b.occurred_at) - Date.parse(a.occurred_at) || (a.id < b.id ? -1 : Number(a.id > b.id));
}

export function notesIn(pages: NotePages): readonly Note[] {
  return pages.pages.flatMap(({ results }) => results);
}

/** The note in its place, wherever it stood before. Beyond what has been read it comes with its page. */
export function withNote(pages: NotePages, note: Note): NotePages {
  const rest = withoutNote(pages, note.id);
  const page = rest.pages.findIndex(({ results, paging }) => {
    const last = results.at(-1);
    return !paging?.next || (last !== undefined && inOrder(note, last) < 0);
  });
  if (page < 0) return rest;
  return {
    ...rest,
    pages: rest.pages.map((each, index) =>
      index === page ? { ...each, results: [...each.results, note].toSorted(inOrder) } : each,
    ),
  };
}

export function withoutNote(pages: NotePages, id: string): NotePages {
  return {
    ...pages,
    pages: pages.pages.map((page) => ({ ...page, results: page.results.filter((note) => note.id !== id) })),
  };
}

export interface Month {
  /** The first of its notes' moments names it. */
  readonly at: string;
  readonly notes: readonly Note[];
}

/** Notes in order, by the month of the clock on the wall. */
export function byMonth(notes: readonly Note[]): Month[] {
  const months: { at: string; notes: Note[] }[] = [];
  const monthOf = (at: string) => `${new Date(at).getFullYear()}-${new Date(at).getMonth()}`;
  for (const note of notes) {
    const month = months.at(-1);
    if (month && monthOf(month.at) === monthOf(note.occurred_at)) month.notes.push(note);
    else months.push({ at: note.occurred_at, notes: [note] });
  }
  return months;
}
