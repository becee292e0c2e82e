/**
 * The Notes section of a contact: its main note, then those of the contacts that were merged into it, each under whose
 * it was. All are children of one place under their own ids: a note that changes contacts while somebody types in it
 * keeps its editor.
 */
import { useInfiniteQuery } from "@tanstack/react-query";
import type { Contact } from "../api/types";
import { useSession } from "../app/session";
import { datedNotesQuery } from "./dated-note-queries";
import { inheritedIn } from "./dated-note-pages";
import { NoteSection } from "./note-section";

export function ContactNotes({ contact, name }: { readonly contact: Contact; readonly name: string }) {
  const { data } = useInfiniteQuery(datedNotesQuery(useSession(), contact.id));
  const inherited = data ? inheritedIn(data) : [];
  const notes = [
    { id: contact.main_note_id, note: null },
    ...inherited.map((note) => ({ id: note.id, note })),
  ];
  return notes.map(({ id, note }) => (
    <NoteSection key={id} contact={contact} name={name} noteId={id} inherited={note} />
  ));
}
