/** What is read of a contact's dated notes, and what a change of one does to what has been read. */
import { infiniteQueryOptions, type QueryClient } from "@tanstack/react-query";
import { listDeletedActivities, listNotes } from "../api/calls";
import type { Note, Page } from "../api/types";
import { orKept } from "../app/queries";
import type { Session } from "../app/session";
import { bearAll, unborn } from "./births";
import { inOrder, withNote, withoutNote, type NotePages } from "./dated-note-pages";

const datedNotesKey = (contactId: string) => ["dated-notes", contactId] as const;

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
    getNextPageParam: (page) => page.paging?.next?.after ?? null,
  });

export const deletedActivitiesQuery = (contactId: string) => ({
  queryKey: ["deleted-activities", contactId] as const,
  queryFn: () => listDeletedActivities(contactId),
});

export function placeNote(queries: QueryClient, note: Note): void {
  queries.setQueryData<NotePages>(datedNotesKey(note.contact_id), (pages) => pages && withNote(pages, note));
}

export function dropNote(queries: QueryClient, contactId: string, id: string): void {
  queries.setQueryData<NotePages>(datedNotesKey(contactId), (pages) => pages && withoutNote(pages, id));
}

/** Whether somebody looks, or looked a moment ago, at the dated notes of this contact. */
export function isRead(queries: QueryClient, contactId: string): boolean {
  return queries.getQueryData(datedNotesKey(contactId)) !== undefined;
}
