/**
 * Which notes stand open in the section of a contact's notes: its own main note, then those that it has by merges.
 *
 * The page may become another contact's while somebody types: the note they are in then goes from first to second, or
 * back. It is the same view all the while, so notes that stay keep their order (a view that is moved loses the caret),
 * and the one with the caret stays for as long as the caret does.
 */
import { useState, type FocusEvent } from "react";
import type { Contact, InheritedNote } from "../api/types";

export interface ShownNote {
  readonly id: string;
  /** Whose it was; null for the contact's own, and for one of which nothing more is known. */
  readonly inherited: InheritedNote | null;
}

/** Each open note is a document on the socket, which takes 64: what came by more merges is among the dated ones. */
export const OPEN_MAX = 12;

/** The contact's own first, then those that came by merges. */
export function notesOf({ main_note_id, inherited_notes }: Contact): readonly ShownNote[] {
  const inherited = (inherited_notes ?? []).slice(0, OPEN_MAX - 1);
  return [
    { id: main_note_id, inherited: null },
    ...inherited.map((each) => ({ id: each.id, inherited: each })),
  ];
}

/** The wanted ones, those that stood there before in the order in which they stood; `held` stays in any case. Pure. */
export function arranged(
  before: readonly ShownNote[],
  wanted: readonly ShownNote[],
  held: string | null,
): readonly ShownNote[] {
  const [own, ...others] = wanted;
  const stood = before.filter(({ id }) => id !== own?.id);
  const kept = stood.flatMap(
    (each) => others.find(({ id }) => id === each.id) ?? (each.id === held ? [each] : []),
  );
  const come = others.filter(({ id }) => !kept.some((each) => each.id === id));
  return [...(own ? [own] : []), ...kept, ...come];
}

/** The note in which the caret stands. */
export function noteWithCaret(): string | null {
  return document.activeElement?.closest<HTMLElement>("[data-note]")?.dataset.note ?? null;
}

export function useShownNotes(contact: Contact) {
  const [{ of, shown }, setShown] = useState({ of: contact, shown: notesOf(contact) });
  if (of !== contact) setShown({ of: contact, shown: arranged(shown, notesOf(contact), noteWithCaret()) });

  const onBlur = ({ relatedTarget }: FocusEvent) => {
    const next = relatedTarget?.closest<HTMLElement>("[data-note]")?.dataset.note ?? null;
    const now = arranged(shown, notesOf(contact), next);
    if (now.length < shown.length) setShown({ of: contact, shown: now });
  };
  return { shown, onBlur };
}
