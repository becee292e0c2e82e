/**
 * The dated notes of a contact and its merges: cards, the newest first, by month. A card shows its words until somebody writes in it;
 * which ones are written in here is known to the list, so that one that is deleted elsewhere keeps its place and its
 * unsent words until its writer lets go of it.
 */
import { useInfiniteQuery, useQuery, useQueryClient } from "@tanstack/react-query";
import { Plus } from "lucide-react";
import { Fragment, useCallback, useEffect, useRef, useState } from "react";
import type { Contact, Merge, Note } from "../api/types";
import { useSession } from "../app/session";
import { useDates, useText } from "../i18n/language";
import { Button } from "../ui/button";
import { MergeCard } from "../merge/merge-card";
import { followMerges, mergesQuery } from "../merge/merge-queries";
import { conceive } from "./births";
import { DatedNote } from "./dated-note";
import { followDatedNotes } from "./dated-note-changes";
import { datedNotesQuery, placeNote } from "./dated-note-queries";
import { inOrder, isWithin, notesIn } from "./dated-note-pages";
import { useNewNoteAsked } from "./new-note";
import { NotesMenu } from "./notes-menu";
import { notesOf } from "./shown-notes";
import { monthOf, timeline } from "./timeline";
import { useLinkedNote } from "./use-linked-note";
import { useNearEnd } from "./use-near-end";

const NO_MERGES: readonly Merge[] = [];

interface DatedNotesProps {
  readonly contact: Contact;
  /** The notes are wanted on screen: where only one part of the page is, it should be this. */
  readonly onReveal?: () => void;
}

export function DatedNotes({ contact, onReveal }: DatedNotesProps) {
  const t = useText();
  const session = useSession();
  const queries = useQueryClient();
  const query = useInfiniteQuery(datedNotesQuery(session, contact.id));
  const writing = useWriting();
  const [fresh, setFresh] = useState<string | null>(null);
  const heading = useRef<HTMLHeadingElement>(null);
  const linked = useLinkedNote(query, contact, onReveal);
  const mayWrite = contact.permissions.edit;

  const merges = useQuery(mergesQuery(session, contact.id)).data ?? NO_MERGES;
  useEffect(() => followDatedNotes(queries, contact.id), [queries, contact.id]);
  useEffect(() => followMerges(queries, contact.id), [queries, contact.id]);

  const { begin } = writing;
  const make = useCallback(async () => {
    if (!mayWrite) return;
    onReveal?.();
    const note = await conceive(session.device, contact.id);
    begin(note);
    setFresh(note.id);
    placeNote(queries, note);
  }, [mayWrite, onReveal, session, contact.id, queries, begin]);
  useNewNoteAsked(useCallback(() => void make(), [make]));

  const open = new Set(notesOf(contact).map(({ id }) => id));
  const read = query.data ? notesIn(query.data).filter(({ id }) => !open.has(id)) : [];
  const there = new Set(read.map(({ id }) => id));
  const absent = query.data ? [...writing.notes.values()].filter(({ id }) => !there.has(id)) : [];
  const isGone = (note: Note) =>
    !there.has(note.id) && query.data !== undefined && isWithin(query.data, note);
  const notes = [...read, ...absent].toSorted(inOrder);
  const happened = timeline(notes, merges, query.hasNextPage);

  const create = mayWrite && (
    <Button onClick={() => void make()} aria-keyshortcuts="N" title={`${t("dated.new")} (N)`}>
      <Plus aria-hidden size={15} strokeWidth={2} className="-ml-0.5" />
      {t("dated.new")}
    </Button>
  );

  return (
    <section aria-labelledby="dated-title" className="relative">
      <div className="sticky top-13 z-10 -mx-4 flex min-h-13 items-center gap-2 bg-sheet px-4 desk:-mx-1 desk:px-1 desk:top-0 panels:bg-paper">
        <h2
          id="dated-title"
          ref={heading}
          tabIndex={-1}
          className="mr-auto text-[13px] font-semibold outline-none"
        >
          {t("dated.title")}
        </h2>
        {happened.length > 0 && create}
        <NotesMenu contact={contact} />
      </div>
      {query.isPending && <Skeleton />}
      {query.isError && !query.data && (
        <div className="grid justify-items-start gap-3 py-6">
          <p className="text-ink-2">{t("dated.failed")}</p>
          <Button onClick={() => void query.refetch()}>{t("app.retry")}</Button>
        </div>
      )}
      {query.data && happened.length === 0 && (
        <div className="mt-1 grid justify-items-start gap-4 rounded-card border border-dashed border-line-strong px-5 py-6">
          <p className="max-w-[52ch] text-ink-2">{t(mayWrite ? "dated.empty" : "dated.emptyViewer")}</p>
          {create}
        </div>
      )}
      {query.data &&
        happened.map((each, index) => (
          <Fragment key={each.id}>
            {monthOf(each) !== monthOf(happened[index - 1]) && <Month at={each.at} />}
            {each.kind === "merge" ? (
              <MergeCard merge={each.merge} contact={contact} />
            ) : (
              <DatedNote
                note={each.note}
                gone={isGone(each.note)}
                writing={writing.notes.has(each.id)}
                fresh={each.id === fresh}
                linked={each.id === linked}
                onWrite={() => begin(each.note)}
                onDone={() => writing.end(each.id)}
                onGone={() => heading.current?.focus()}
              />
            )}
          </Fragment>
        ))}
      {query.hasNextPage && (
        <Older
          busy={query.isFetchingNextPage}
          failed={query.isFetchNextPageError}
          onMore={() => void query.fetchNextPage()}
        />
      )}
    </section>
  );
}

/** The notes that are written in on this page, as they were when that began. */
function useWriting() {
  const [notes, setNotes] = useState<ReadonlyMap<string, Note>>(new Map());
  const begin = useCallback((note: Note) => setNotes((now) => new Map(now).set(note.id, note)), []);
  const end = useCallback(
    (id: string) => setNotes((now) => new Map([...now].filter(([each]) => each !== id))),
    [],
  );
  return { notes, begin, end };
}

function Month({ at }: { readonly at: string }) {
  const dates = useDates();
  return (
    <h3 className="mt-5 mb-1.5 text-[12px] text-ink-3 first-letter:uppercase first-of-type:mt-1">
      {dates.month(new Date(at))}
    </h3>
  );
}

interface OlderProps {
  readonly busy: boolean;
  readonly failed: boolean;
  readonly onMore: () => void;
}

/** More comes by itself when the end is near; the button is for whoever does not scroll, and after a failure. */
function Older({ busy, failed, onMore }: OlderProps) {
  const t = useText();
  const place = useRef<HTMLDivElement>(null);
  useNearEnd(place, !busy && !failed, onMore);
  return (
    <div ref={place} className="grid justify-items-center gap-2 py-4">
      {failed && <p className="text-[13px] text-ink-2">{t("app.unreachable")}</p>}
      <Button kind="quiet" disabled={busy} onClick={onMore}>
        {t(failed ? "app.retry" : "dated.older")}
      </Button>
    </div>
  );
}

function Skeleton() {
  const t = useText();
  return (
    <div role="status" className="patient">
      <span className="sr-only">{t("dated.loading")}</span>
      {[0, 1, 2].map((row) => (
        <div key={row} aria-hidden className="mb-2 grid gap-3 rounded-card border border-line bg-sheet p-4">
          <span className="h-3 w-40 rounded bg-sunk" />
          <span className="h-3 w-4/5 rounded bg-sunk" />
        </div>
      ))}
    </div>
  );
}
