/** What is read of a note's past, and how what is on screen stays true while somebody writes. */
import {
  infiniteQueryOptions,
  queryOptions,
  useQueryClient,
  type InfiniteData,
  type QueryClient,
} from "@tanstack/react-query";
import { useEffect } from "react";
import { getAuthorship, getVersion, listVersions, restoreVersion } from "../api/calls";
import type { NoteVersion, Page } from "../api/types";
import { followChanges } from "../app/live";

const versionsKey = (noteId: string) => ["versions", noteId] as const;

export const versionsQuery = (noteId: string) =>
  infiniteQueryOptions({
    queryKey: versionsKey(noteId),
    initialPageParam: null as string | null,
    queryFn: ({ pageParam }): Promise<Page<NoteVersion>> => listVersions(noteId, pageParam),
    // Followed only while somebody looks.
    staleTime: 0,
    getNextPageParam: (page) => page.paging?.next?.after ?? null,
  });

/** What was at a row of the log stays so; it is read once. */
export const versionQuery = (noteId: string, seq: number) =>
  queryOptions({
    queryKey: ["version", noteId, seq],
    queryFn: ({ signal }) => getVersion(noteId, seq, signal),
    gcTime: 60_000,
  });

export const authorshipQuery = (noteId: string, seq: number) =>
  queryOptions({
    queryKey: ["authorship", noteId, seq],
    queryFn: ({ signal }) => getAuthorship(noteId, seq, signal),
    gcTime: 60_000,
  });

export function versionsIn(pages: InfiniteData<Page<NoteVersion>> | undefined): NoteVersion[] | null {
  return pages?.pages.flatMap(({ results }) => results) ?? null;
}

/** The version that holds this row of the log; a session that goes on keeps its place in the address. */
export function versionWith(versions: readonly NoteVersion[], seq: number | undefined): NoteVersion | null {
  if (seq === undefined) return versions[0] ?? null;
  return versions.find(({ first, id }) => first <= seq && seq <= id) ?? null;
}

/** Makes the note read so again; what to restore to take that back, or null where it read so already. */
export async function restore(queries: QueryClient, noteId: string, seq: number): Promise<number | null> {
  const { before } = await restoreVersion(noteId, seq);
  void queries.invalidateQueries({ queryKey: ["note", noteId] });
  await queries.invalidateQueries({ queryKey: versionsKey(noteId) });
  return before;
}

const READ_EVERY_MS = 1_500;

/** The list grows while somebody writes. */
export function useLiveVersions(noteId: string): void {
  const queries = useQueryClient();
  useEffect(() => {
    let due: ReturnType<typeof setTimeout> | undefined;
    let readAt = 0;
    const stop = followChanges((event) => {
      const ours = event.kind === "change" && event.change.id === noteId;
      if ((!ours && event.kind !== "reset") || due !== undefined) return;
      const read = () => {
        due = undefined;
        readAt = Date.now();
        void queries.invalidateQueries({ queryKey: versionsKey(noteId) });
      };
      due = setTimeout(read, Math.max(0, readAt + READ_EVERY_MS - Date.now()));
    });
    return () => {
      stop();
      clearTimeout(due);
    };
  }, [noteId, queries]);
}
