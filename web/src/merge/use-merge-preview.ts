/** The preview of a merge, for as long as it is looked at: read anew whenever either contact changes, whoever does it. */
import { useQuery } from "@tanstack/react-query";
import { useEffect, useRef, useState, type RefObject } from "react";
import { previewMerge } from "../api/calls";
import type { Change, MergePreview } from "../api/types";
import { followChanges } from "../app/live";
import { movedCells, turnedRound } from "./comparison";

const GATHER_MS = 120;
const LIT_MS = 1_400;
const NONE: ReadonlySet<string> = new Set();

export interface LivePreview {
  readonly preview: MergePreview | null;
  /** Of just these two, this way round. */
  readonly settled: boolean;
  readonly error: Error | null;
  /** What changed a moment ago while somebody looked. */
  readonly moved: ReadonlySet<string>;
  /** Read anew, now; what it shows then. */
  readonly again: () => Promise<MergePreview | null>;
}

/** While `merging` it waits: what the merge itself changes is no news. */
export function useMergePreview(
  primaryId: string,
  secondaryId: string,
  merging: RefObject<boolean>,
): LivePreview {
  const query = useQuery<MergePreview>({
    queryKey: ["merge-preview", primaryId, secondaryId],
    queryFn: ({ signal }) => previewMerge(primaryId, secondaryId, signal),
    staleTime: 0,
    gcTime: 0,
    // Turned round, the table stays while the server thinks: nothing jumps.
    placeholderData: (before) => before && turnedRound(before),
  });
  const { refetch } = query;
  const preview = query.data ?? null;

  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const soon = () => {
      clearTimeout(timer);
      timer = setTimeout(() => (merging.current ? soon() : void refetch()), GATHER_MS);
    };
    const concerns = ({ type, id, contact_id }: Change) =>
      type !== "note.updated" && [id, contact_id].some((each) => each === primaryId || each === secondaryId);
    const stop = followChanges((event) => {
      if (event.kind === "reset" || (event.kind === "change" && concerns(event.change))) soon();
    });
    return () => {
      clearTimeout(timer);
      stop();
    };
  }, [refetch, primaryId, secondaryId, merging]);

  return {
    preview,
    settled: preview !== null && !query.isPlaceholderData && !query.isError,
    error: query.error,
    moved: useMoved(preview),
    again: async () => (await refetch()).data ?? null,
  };
}

function useMoved(preview: MergePreview | null): ReadonlySet<string> {
  const before = useRef<MergePreview | null>(null);
  const [moved, setMoved] = useState(NONE);
  useEffect(() => {
    if (preview === null) return;
    const found = movedCells(before.current, preview);
    before.current = preview;
    if (found.size > 0) setMoved(found);
  }, [preview]);
  useEffect(() => {
    if (moved.size === 0) return;
    const timer = setTimeout(() => setMoved(NONE), LIT_MS);
    return () => clearTimeout(timer);
  }, [moved]);
  return moved;
}
