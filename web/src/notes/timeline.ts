/** What happened with a contact, as far as it has been read: its dated notes and its merges, the latest first. Pure. */
import type { Merge, Note } from "../api/types";

export type Happening =
  | { readonly kind: "note"; readonly id: string; readonly at: string; readonly note: Note }
  | { readonly kind: "merge"; readonly id: string; readonly at: string; readonly merge: Merge };

/** `more` notes are still to be read: a merge before the last one that has been comes with them. */
export function timeline(notes: readonly Note[], merges: readonly Merge[], more: boolean): Happening[] {
  const last = notes.at(-1);
  const shown = merges.filter(({ at }) => !more || (last && Date.parse(at) >= Date.parse(last.occurred_at)));
  const all: Happening[] = [
    ...shown.map((merge) => ({ kind: "merge" as const, id: merge.id, at: merge.at, merge })),
    ...notes.map((note) => ({ kind: "note" as const, id: note.id, at: note.occurred_at, note })),
  ];
  return all.toSorted((a, b) => Date.parse(b.at) - Date.parse(a.at));
}

/** The month something stands under, by the clock on the wall. */
export function monthOf(happening: Pick<Happening, "at"> | undefined): string {
  if (!happening) return "";
  const at = new Date(happening.at);
  return `${at.getFullYear()}-${at.getMonth() + 1}`;
}
