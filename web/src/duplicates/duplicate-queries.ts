/** Who may be whom, read for as long as somebody looks; a change of any contact may change it. */
import { infiniteQueryOptions, queryOptions, type QueryClient } from "@tanstack/react-query";
import { dismissDuplicate, listDuplicates, listDuplicatesOf, mergeSure, undoMergeBatch } from "../api/calls";
import type { Duplicate } from "../api/types";

const PAGE_SIZE = 30;
const LOOK_EVERY_MS = 1_000;

export const duplicatesQuery = () =>
  infiniteQueryOptions({
    queryKey: ["duplicates", "all"],
    initialPageParam: null as string | null,
    queryFn: ({ pageParam: after, signal }) =>
      listDuplicates({ after, limit: PAGE_SIZE, partial: true }, signal),
    refetchInterval: ({ state }) => (comparedIn(state.data?.pages ?? []) < 1 ? LOOK_EVERY_MS : false),
    getNextPageParam: (page) => page.paging?.next?.after ?? null,
    staleTime: 0,
  });

/** How much was compared when these pages were read: everybody is, once after the server started. */
export const comparedIn = (pages: readonly { readonly compared: number }[]) =>
  Math.min(1, ...pages.map(({ compared }) => compared));

/** Only how many there are. */
export const duplicateCountQuery = () =>
  queryOptions({
    queryKey: ["duplicates", "count"],
    queryFn: ({ signal }) => listDuplicates({ limit: 0, partial: false }, signal),
    staleTime: 0,
  });

export const duplicatesOfQuery = (contactId: string) =>
  queryOptions({
    queryKey: ["duplicates", "of", contactId],
    queryFn: () => listDuplicatesOf(contactId),
    staleTime: 0,
  });

export async function dismiss(queries: QueryClient, { contacts: [one, other] }: Duplicate): Promise<void> {
  if (!one || !other) return;
  await dismissDuplicate(one.id, other.id);
  await queries.invalidateQueries({ queryKey: ["duplicates"] });
}

/** Every sure pair, some at a time; what is to be undone, and how many it were. */
export async function mergeAllSure(): Promise<{
  readonly batches: readonly string[];
  readonly merged: number;
}> {
  const batches: string[] = [];
  let merged = 0;
  for (;;) {
    const batch = await mergeSure();
    batches.push(batch.id);
    merged += batch.merged;
    if (batch.merged === 0 || batch.remaining === 0) return { batches, merged };
  }
}

/** The last one first. */
export async function undoAll(batches: readonly string[]): Promise<void> {
  for (const batch of batches.toReversed()) await undoMergeBatch(batch);
}
