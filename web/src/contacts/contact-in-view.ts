/**
 * The contact that a page shows, through merges and their undoing. Whoever has a merged contact's page open is led to
 * the one it was merged into, and back when that is undone, without the page being made anew: its `key` stays, so the
 * caret and what is half typed stay too. Everything the page needs is here before it turns, so nothing blinks.
 *
 * It goes by what is read, not by what is told: a device that was away while it happened turns in the same way.
 */
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useNavigate, useRouterState } from "@tanstack/react-router";
import { useCallback, useEffect, useLayoutEffect, useRef, useState } from "react";
import type { Contact } from "../api/types";
import { contactQuery, noteQuery } from "../app/queries";
import { useSession } from "../app/session";
import { datedNotesQuery } from "../notes/dated-note-queries";
import { notesOf, noteWithCaret } from "../notes/shown-notes";
import { useMergeToasts } from "./merge-toasts";

declare module "@tanstack/react-router" {
  interface HistoryState {
    /** The contact whose page this was until a merge, or its undoing, made it another's. */
    readonly turnedFrom?: string;
  }
}

interface Visit {
  readonly contactId: string;
  readonly key: string;
  /** Contacts whose page it was before, the latest first. */
  readonly before: readonly string[];
}

export function useContactInView(contactId: string) {
  const session = useSession();
  const queries = useQueryClient();
  const navigate = useNavigate();
  const turnedFrom = useRouterState({ select: ({ location }) => location.state.turnedFrom });
  const query = useQuery(contactQuery(session, contactId));
  const [visit, setVisit] = useState<Visit>({ contactId, key: contactId, before: [] });
  const [shown, setShown] = useState<Contact | null>(null);
  const { tellOfMerge, tellOfUndoing } = useMergeToasts();

  if (visit.contactId !== contactId) {
    const turned = turnedFrom === visit.contactId;
    const before = [visit.contactId, ...visit.before];
    setVisit(turned ? { ...visit, contactId, before } : { contactId, key: contactId, before: [] });
  }

  const here = useRef(contactId);
  useEffect(() => {
    here.current = contactId;
  }, [contactId]);

  /** Makes this the page of another contact, as soon as what it shows is here. */
  const turnTo = useCallback(
    async (next: Contact, from: string) => {
      await Promise.all([
        queries.prefetchInfiniteQuery({ ...datedNotesQuery(session, next.id), staleTime: 0 }),
        ...notesOf(next).map(({ id }) => queries.prefetchQuery({ ...noteQuery(session, id), staleTime: 0 })),
      ]);
      if (here.current !== from) return false;
      queries.setQueryData(contactQuery(session, next.id).queryKey, next);
      await navigate({
        to: "/contacts/$contactId",
        params: { contactId: next.id },
        hash: true,
        replace: true,
        resetScroll: false,
        state: { turnedFrom: from },
      });
      return true;
    },
    [queries, session, navigate],
  );

  const { data } = query;
  useLayoutEffect(() => {
    if (!data || (shown === data && data.id === contactId)) return;
    const arrive = async () => {
      if (data.id !== contactId) {
        if (await turnTo(data, contactId)) tellOfMerge(data, { wasOpen: shown?.id === contactId });
        return;
      }
      const leaving = shown?.id === data.id ? await wayBack(shown, data) : null;
      if (leaving && (await turnTo(leaving, contactId))) tellOfUndoing(leaving);
      else setShown(data);
    };
    /** The contact that was split off, if this is rather its page: the caret stands in its note, or it was so before. */
    const wayBack = async (known: Contact, now: Contact): Promise<Contact | null> => {
      const left = known.merged_ids.filter((id) => !now.merged_ids.includes(id));
      const caret = noteWithCaret();
      for (const id of left) {
        const other = await queries
          .fetchQuery({ ...contactQuery(session, id), staleTime: 0 })
          .catch(() => null);
        if (other?.id !== id) continue;
        const holdsCaret = notesOf(other).some((note) => note.id === caret);
        if (holdsCaret || (caret === null && visit.before.includes(id))) return other;
      }
      return null;
    };
    void arrive();
  }, [data, contactId, shown, visit, turnTo, tellOfMerge, tellOfUndoing, queries, session]);

  const arrived = data?.id === contactId ? data : null;
  const contact = shown?.id === contactId ? shown : arrived;
  return { contact, key: visit.key, error: query.error, retry: () => void query.refetch() };
}
