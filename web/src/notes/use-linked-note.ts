/**
 * The note that the address points at, `#note-act_…`: read on until it is there, then in view, open, and lit for a
 * moment. One that is no more is told.
 */
import type { UseInfiniteQueryResult } from "@tanstack/react-query";
import { useRouterState } from "@tanstack/react-router";
import { useEffect, useRef } from "react";
import { flushSync } from "react-dom";
import type { Contact } from "../api/types";
import { useText } from "../i18n/language";
import { toast } from "../ui/toasts";
import { notesIn, type NotePages } from "./dated-note-pages";

export const anchorOf = (noteId: string) => `note-${noteId}`;

/** The id in the address, if it names a dated note of this contact. */
export function useLinkedNote(
  query: UseInfiniteQueryResult<NotePages>,
  contact: Contact,
  onReveal: (() => void) | undefined,
): string | null {
  const t = useText();
  const { hash, key } = useRouterState({
    select: ({ location }) => ({ hash: location.hash, key: location.state.key ?? "" }),
    structuralSharing: true,
  });
  const id = /^note-(act_[0-9a-f]{32})$/.exec(hash)?.[1] ?? null;
  const wanted = id === contact.main_note_id ? null : id;
  const shown = useRef("");
  const { data, hasNextPage, isFetching, fetchNextPage } = query;

  useEffect(() => {
    const visit = `${wanted} ${key}`;
    if (!wanted || !data || shown.current === visit) return;
    if (notesIn(data).some((note) => note.id === wanted)) {
      shown.current = visit;
      requestAnimationFrame(() => {
        // What is hidden cannot be scrolled to.
        flushSync(() => onReveal?.());
        document.getElementById(anchorOf(wanted))?.scrollIntoView({ block: "start" });
      });
    } else if (hasNextPage) {
      if (!isFetching) void fetchNextPage();
    } else if (!isFetching) {
      shown.current = visit;
      toast(t("dated.notThere"));
    }
  }, [wanted, key, data, hasNextPage, isFetching, fetchNextPage, onReveal, t]);

  return wanted;
}
