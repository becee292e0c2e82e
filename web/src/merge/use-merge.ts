/** Does the merge: once, however often it is asked for. Where a conflict moved meanwhile it says which, and waits. */
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useRef, useState } from "react";
import { mergeContacts, type MergeOrder } from "../api/calls";
import { Problem } from "../api/request";
import type { MergePreview } from "../api/types";
import { useText } from "../i18n/language";
import { toast, toastUndo, undoMergeMs } from "../ui/toasts";
import { mergedNow } from "./after";
import { movedCells, propertiesOf } from "./comparison";
import { namesOf } from "./names";
import { useUndoMerge } from "./use-undo-merge";

export interface Merging {
  readonly merge: (order: MergeOrder, seen: MergePreview) => void;
  readonly busy: boolean;
  readonly error: Error | null;
  /** Property → why its chosen value was not taken. */
  readonly faults: ReadonlyMap<string, string>;
  /** The properties that moved before the merge was asked for; null where none did. */
  readonly stale: readonly string[] | null;
  /** What was said is no longer of these two. */
  readonly forget: () => void;
}

/** `again` reads the preview anew. */
export function useMerge(again: () => Promise<MergePreview | null>, onDone: () => void): Merging {
  const t = useText();
  const queries = useQueryClient();
  const navigate = useNavigate();
  const undo = useUndoMerge();
  const key = useRef({ body: "", key: "" });
  const going = useRef(false);
  const [stale, setStale] = useState<readonly string[] | null>(null);

  const { mutate, isPending, error, reset } = useMutation({
    mutationFn: ({ order }: { order: MergeOrder; seen: MergePreview }) => {
      const body = JSON.stringify(order);
      if (key.current.body !== body) key.current = { body, key: crypto.randomUUID() };
      return mergeContacts(order, key.current.key);
    },
    onMutate: () => setStale(null),
    onSettled: () => {
      going.current = false;
    },
    onSuccess: (merge) => {
      mergedNow(queries, merge);
      onDone();
      void navigate({ to: "/contacts/$contactId", params: { contactId: merge.primary_id } });
      // Somebody was faster, and went by choices of their own.
      if (merge.already_merged) {
        return toast(t("merge.alreadyDone", { actor: merge.actor?.name ?? t("history.somebody") }));
      }
      const takeBack = () => undo.mutate({ merge, move: [] });
      toastUndo(t("merge.done", { ...namesOf(t, merge) }), t("toast.undo"), takeBack, undoMergeMs());
    },
    onError: async (failure, { seen }) => {
      if (!isStale(failure)) return;
      const now = await again();
      setStale(now ? propertiesOf(movedCells(seen, now)) : []);
    },
  });
  return {
    // A second press comes before the button can say that it is taken.
    merge: (order, seen) => {
      if (going.current) return;
      going.current = true;
      mutate({ order, seen });
    },
    busy: isPending,
    error: error && !isStale(error) && faultsIn(error).size === 0 ? error : null,
    faults: faultsIn(error),
    stale,
    forget: () => {
      setStale(null);
      reset();
    },
  };
}

const isStale = (error: Error) => error instanceof Problem && error.code === "preview_stale";

const FIELD = /^properties\.([^.]+)/;

function faultsIn(error: Error | null): ReadonlyMap<string, string> {
  const faults = error instanceof Problem ? error.errors : [];
  return new Map(
    faults.flatMap(({ field, code }) => {
      const name = FIELD.exec(field)?.[1];
      return name ? [[name, code] as const] : [];
    }),
  );
}
