/**
 * The past of a note: on the left who was in it and when, on the right how it read then, what that changed, and who
 * wrote what. Any version can be had back; that is an edit like any other. On a phone the list comes first.
 */
import { useInfiniteQuery, useQuery, useQueryClient } from "@tanstack/react-query";
import { Link, useNavigate, useParams, useSearch } from "@tanstack/react-router";
import { ChevronLeft, RotateCcw } from "lucide-react";
import { useEffect, useRef, useState, type ReactNode } from "react";
import { Problem, Unreachable } from "../api/request";
import type { NoteVersion } from "../api/types";
import { contactQuery, noteQuery } from "../app/queries";
import { useSession } from "../app/session";
import { namesOf } from "../history/names";
import { useVersionKeys } from "../history/use-version-keys";
import { VersionList } from "../history/version-list";
import { restore, useLiveVersions, versionsIn, versionsQuery, versionWith } from "../history/version-queries";
import { VersionReading, type View } from "../history/version-reading";
import { useDates, useText } from "../i18n/language";
import { announce } from "../ui/announcer";
import { Button, primaryClass } from "../ui/button";
import { useNarrow } from "../ui/narrow";
import { useNow } from "../ui/time";
import { useTitle } from "../ui/title";
import { toast, toastUndo } from "../ui/toasts";
import { Message, ToContacts } from "./fallbacks";

const ROUTE = "/signed-in/contacts/$contactId/notes/$noteId/history";
const ADDRESS = "/contacts/$contactId/notes/$noteId/history";

export function NoteHistoryPage() {
  const t = useText();
  const session = useSession();
  const { contactId, noteId } = useParams({ from: ROUTE });
  const contact = useQuery(contactQuery(session, contactId));
  const note = useQuery(noteQuery(session, noteId)).data;
  const query = useInfiniteQuery(versionsQuery(noteId));
  const versions = versionsIn(query.data);
  const narrow = useNarrow();
  const { version: wanted } = useSearch({ from: ROUTE });
  const shown = versions && (narrow && wanted === undefined ? null : versionWith(versions, wanted));
  const title = note?.title ?? t(note && !note.main ? "dated.untitled" : "notes.title");
  useTitle(t("versions.title", { title }));
  useLiveVersions(noteId);
  useNews(versions);
  useKeys(contactId, versions, shown);

  const name = nameOf(contact.data?.properties) || t("contacts.noName");
  const mayWrite = contact.data?.permissions.edit ?? false;
  const reading = shown ? (
    <Version
      noteId={noteId}
      version={shown}
      newest={shown === versions?.[0]}
      mayWrite={mayWrite}
      narrow={narrow}
    />
  ) : null;

  return (
    <main
      id="content"
      tabIndex={-1}
      className="grid min-h-dvh min-w-0 content-start bg-sheet desk:h-dvh desk:grid-cols-[clamp(15rem,30%,20rem)_minmax(0,1fr)] desk:grid-rows-[minmax(0,1fr)]"
    >
      {!(narrow && shown) && (
        <div className="min-w-0 px-2 pb-16 desk:overflow-y-auto desk:overscroll-contain desk:border-r desk:border-line desk:bg-paper desk:px-3">
          <Path contactId={contactId} name={name} title={title} />
          {versions?.length === 0 && <Message title={t("versions.empty")} help={t("versions.emptyHelp")} />}
          {versions && versions.length > 0 && (
            <VersionList
              versions={versions}
              shown={shown}
              older={
                query.hasNextPage
                  ? {
                      busy: query.isFetchingNextPage,
                      failed: query.isFetchNextPageError,
                      onMore: () => void query.fetchNextPage(),
                    }
                  : null
              }
            />
          )}
          {!versions && <Waiting error={query.error} onRetry={() => void query.refetch()} />}
        </div>
      )}
      {reading}
      {versions && versions.length > 0 && !shown && !narrow && (
        <p className="px-8 pt-16 text-ink-2">{t("versions.gone")}</p>
      )}
    </main>
  );
}

function nameOf(properties: { readonly [name: string]: unknown } | undefined): string {
  return [properties?.firstname, properties?.lastname].filter(Boolean).join(" ");
}

interface PathProps {
  readonly contactId: string;
  readonly name: string;
  readonly title: string;
}

function Path({ contactId, name, title }: PathProps) {
  const t = useText();
  return (
    <header className="px-2 desk:pt-1">
      <Link
        to="/contacts/$contactId"
        params={{ contactId }}
        title={t("versions.back")}
        className="touchable -ml-1.5 flex h-11 max-w-full items-center gap-1 self-start text-[13px] text-ink-3 hover:text-ink"
      >
        <ChevronLeft aria-hidden size={17} strokeWidth={1.75} className="flex-none" />
        <span className="sr-only">{t("versions.back")} </span>
        <span className="truncate">{name}</span>
      </Link>
      <h1 className="text-[17px] leading-snug font-[650] tracking-[-0.014em] text-balance">
        {t("versions.title", { title })}
      </h1>
      <p className="mt-1 hidden text-[12px] text-ink-3 desk:block pointer-coarse:hidden">
        {t("versions.keys")}
      </p>
    </header>
  );
}

interface VersionProps {
  readonly noteId: string;
  readonly version: NoteVersion;
  readonly newest: boolean;
  readonly mayWrite: boolean;
  readonly narrow: boolean;
}

function Version({ noteId, version, newest, mayWrite, narrow }: VersionProps) {
  const t = useText();
  const dates = useDates();
  const [view, setView] = useState<View>("differences");
  // Alone on a phone, it is the page.
  const Heading = narrow ? "h1" : "h2";
  const when = new Date(version.ended_at);
  const day = dates.day(when, useNow());
  return (
    <section
      aria-labelledby="version-title"
      className="min-w-0 desk:overflow-y-auto desk:overscroll-contain"
      data-shown={version.id}
    >
      <header className="sticky top-0 z-10 flex min-h-13 flex-wrap items-center gap-x-3 gap-y-2 border-b border-line bg-sheet px-4 py-2.5 desk:px-8">
        <div className="flex min-w-0 basis-60 items-center gap-1 max-desk:-ml-2.5 max-desk:basis-full desk:flex-1">
          {narrow && (
            <Link
              from={ADDRESS}
              to="."
              search={{}}
              aria-label={t("versions.backToList")}
              className="touchable flex flex-none items-center justify-center rounded-field text-ink-2"
            >
              <ChevronLeft aria-hidden size={22} strokeWidth={1.75} />
            </Link>
          )}
          <div className="min-w-0">
            <Heading id="version-title" className="truncate font-semibold first-letter:uppercase">
              {t("versions.at", { day, time: dates.time(when) })}
            </Heading>
            <p className="truncate text-[12.5px] text-ink-2">{namesOf(version.authors, t)}</p>
          </div>
        </div>
        <div role="group" aria-label={t("versions.view")} className="flex gap-1.5">
          <Toggle on={view === "differences"} onChange={(on) => setView(on ? "differences" : "plain")}>
            {t("versions.differences")}
          </Toggle>
          <Toggle on={view === "authors"} onChange={(on) => setView(on ? "authors" : "plain")}>
            {t("versions.authors")}
          </Toggle>
        </div>
        {mayWrite && !newest && <Restore noteId={noteId} version={version} narrow={narrow} />}
      </header>
      {/* Scrolled by keyboard too. */}
      <div
        // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex
        tabIndex={0}
        role="region"
        aria-label={t("versions.reading")}
        data-reading
        className="px-4 pt-5 pb-20 -outline-offset-2 desk:px-8"
      >
        <VersionReading noteId={noteId} seq={version.id} view={view} />
      </div>
    </section>
  );
}

interface ToggleProps {
  readonly on: boolean;
  readonly onChange: (on: boolean) => void;
  readonly children: ReactNode;
}

function Toggle({ on, onChange, children }: ToggleProps) {
  return (
    <button
      type="button"
      aria-pressed={on}
      onClick={() => onChange(!on)}
      className="touchable h-8 rounded-field border border-line-strong px-2.5 text-[13px] text-ink-2 hover:bg-sunk aria-pressed:border-accent aria-pressed:bg-accent-soft aria-pressed:text-ink"
    >
      {children}
    </button>
  );
}

function Restore({ noteId, version, narrow }: Pick<VersionProps, "noteId" | "version" | "narrow">) {
  const t = useText();
  const queries = useQueryClient();
  const navigate = useNavigate({ from: ADDRESS });
  const [busy, setBusy] = useState(false);

  const to = async (seq: number, done: (before: number | null) => void) => {
    try {
      const before = await restore(queries, noteId, seq);
      void navigate({ search: {}, replace: true });
      done(before);
    } catch (error) {
      toast(error instanceof Problem ? error.message : t("versions.restoreFailed"));
    }
  };
  const undo = (before: number) => void to(before, () => toast(t("versions.undone")));
  const run = async () => {
    setBusy(true);
    await to(version.id, (before) => {
      if (before === null) toast(t("versions.unchanged"));
      else toastUndo(t("versions.restored"), t("toast.undo"), () => undo(before));
    });
    setBusy(false);
  };
  return (
    <button
      type="button"
      disabled={busy}
      onClick={() => void run()}
      aria-label={t("versions.restore")}
      className={primaryClass}
    >
      <RotateCcw aria-hidden size={14} strokeWidth={1.9} />
      {t(narrow ? "versions.restoreShort" : "versions.restore")}
    </button>
  );
}

/** ↑ ↓ through the list, the focus with them; Escape to the contact. */
function useKeys(
  contactId: string,
  versions: readonly NoteVersion[] | null,
  shown: NoteVersion | null,
): void {
  const navigate = useNavigate({ from: ADDRESS });
  useVersionKeys({
    onStep: (step) => {
      if (!versions) return;
      const next = versions[shown ? versions.indexOf(shown) + step : 0];
      if (!next) return;
      void navigate({ search: { version: next.id }, replace: true, resetScroll: false });
      document.querySelector<HTMLElement>(`[data-version="${next.id}"]`)?.focus();
    },
    onLeave: () => void navigate({ to: "/contacts/$contactId", params: { contactId } }),
  });
}

/** Says that a version has begun, to whoever does not see the list grow. */
function useNews(versions: readonly NoteVersion[] | null): void {
  const t = useText();
  const newest = versions?.[0];
  const known = useRef<number | null>(null);
  useEffect(() => {
    if (!newest) return;
    if (known.current !== null && newest.first > known.current)
      announce(t("versions.news", { names: namesOf(newest.authors, t) }));
    known.current = newest.first;
  }, [newest, t]);
}

interface WaitingProps {
  readonly error: Error | null;
  readonly onRetry: () => void;
}

function Waiting({ error, onRetry }: WaitingProps) {
  const t = useText();
  if (error instanceof Problem && error.status === 404)
    return (
      <Message title={t("dated.notThere")}>
        <ToContacts />
      </Message>
    );
  if (error)
    return (
      <div className="grid justify-items-start gap-3 px-2 pt-6">
        <p className="text-ink-2">
          {t(error instanceof Unreachable ? "versions.offline" : "versions.failed")}
        </p>
        <Button onClick={onRetry}>{t("app.retry")}</Button>
      </div>
    );
  return (
    <div role="status" className="patient grid gap-1 px-2 pt-6">
      <span className="sr-only">{t("versions.loading")}</span>
      {[0, 1, 2, 3].map((row) => (
        <span key={row} aria-hidden className="flex h-13 items-center gap-2.5">
          <span className="size-6 rounded-full bg-sunk" />
          <span className="h-3 w-32 rounded bg-sunk" />
        </span>
      ))}
    </div>
  );
}
