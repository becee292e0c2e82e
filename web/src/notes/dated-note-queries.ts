/** What is read of a contact's dated notes, and what a change of one does to what has been read. */
import { infiniteQueryOptions, queryOptions, type QueryClient } from "@tanstack/react-query";
import { deleteNote, listDeletedActivities, listNotes, restoreActivity } from "../api/calls";
import type { Note, Page } from "../api/types";
import { amend } from "../app/amend";
import { orKept } from "../app/queries";
import type { Session } from "../app/session";
import { bear, bearAll, unborn } from "./births";
import { inOrder, notesIn, withNote, withoutNote, type NotePages } from "./dated-note-pages";

const datedNotesKey = (contactId: string) => ["dated-notes", contactId] as const;
const deletedKey = (contactId: string) => ["deleted-activities", contactId] as const;

export const datedNotesQuery = ({ device }: Session, contactId: string) =>
  infiniteQueryOptions({
    queryKey: datedNotesKey(contactId),
    initialPageParam: null as string | null,
    queryFn: async ({ pageParam }): Promise<Page<Note>> => {
      if (pageParam === null) await bearAll(device, contactId);
      const page = await orKept(device, `notes/${contactId}/${pageParam ?? ""}`, () =>
        listNotes(contactId, pageParam),
      );
      const dated = page.results.filter((note) => !note.main);
      if (pageParam !== null) return { ...page, results: dated };
      return { ...page, results: [...(await unborn(device, contactId)), ...dated].toSorted(inOrder) };
    },
    // Changes are followed only while somebody looks: what happened meanwhile is read on the next visit.
    staleTime: 0,
    getNextPageParam: (page) => page.paging?.next?.after ?? null,
  });

export const deletedActivitiesQuery = (contactId: string) =>
  queryOptions({
    queryKey: deletedKey(contactId),
    queryFn: () => listDeletedActivities(contactId),
    // Read for a moment of need: what happened since the last one counts.
    staleTime: 0,
  });

export function placeNote(queries: QueryClient, note: Note): void {
  amend<NotePages>(queries, datedNotesKey(note.contact_id), (pages) => pages && withNote(pages, note));
}

export function dropNote(queries: QueryClient, contactId: string, id: string): void {
  amend<NotePages>(queries, datedNotesKey(contactId), (pages) => pages && withoutNote(pages, id));
}

/** Whether this note stands among those that have been read, or may be in an answer that is on its way. */
export function mayBeShown(queries: QueryClient, contactId: string, id: string): boolean {
  const state = queries.getQueryState<NotePages>(datedNotesKey(contactId));
  if (!state) return false;
  const isRead = state.data !== undefined && notesIn(state.data).some((note) => note.id === id);
  return isRead || state.fetchStatus === "fetching";
}

/** Takes a note away, here at once; it can be had back. Rejects, and puts it back, when the server does not agree. */
export async function takeAway(queries: QueryClient, { device }: Session, note: Note): Promise<void> {
  dropNote(queries, note.contact_id, note.id);
  try {
    await bear(device, `note/${note.id}`);
    await deleteNote(note.id);
  } catch (error) {
    placeNote(queries, note);
    throw error;
  }
  void queries.invalidateQueries({ queryKey: deletedKey(note.contact_id) });
}

/** A deleted note, in its old place again. */
export async function bringBack(queries: QueryClient, contactId: string, id: string): Promise<Note> {
  const note = await restoreActivity(id);
  placeNote(queries, note);
  void queries.invalidateQueries({ queryKey: deletedKey(contactId) });
  return note;
}
