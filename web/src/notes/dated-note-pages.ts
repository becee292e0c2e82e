/**
 * The dated notes of a contact as pages of a list, the newest first, as far as somebody has scrolled: how one comes in,
 * moves and goes. Pure.
 */
import type { InfiniteData } from "@tanstack/react-query";
import type { Note, Page } from "../api/types";

export type NotePages = InfiniteData<Page<Note>>;

/** The order of the server: the latest first, of one moment by id. */
export function inOrder(a: Note, b: Note): number {
  return Date.parse(b.occurred_at) - Date.parse(a.occurred_at) || (a.id < b.id ? -1 : Number(a.id > b.id));
}

export function notesIn(pages: NotePages): readonly Note[] {
  return pages.pages.flatMap(({ results }) => results);
}

/** Whether the note's place is among those that have been read: then it is there, or it is no more. */
export function isWithin(pages: NotePages, note: Note): boolean {
  return pages.pages.some(({ results, paging }) => {
    const last = results.at(-1);
    return !paging?.next || (last !== undefined && inOrder(note, last) < 0);
  });
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
