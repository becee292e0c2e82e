/** The versions of a note by day: who, when, how much came and went. A link each, so that one can be sent. */
import { Link } from "@tanstack/react-router";
import { useRef } from "react";
import type { NoteVersion } from "../api/types";
import { useDates, useText } from "../i18n/language";
import { useNearEnd } from "../notes/use-near-end";
import { Avatar } from "../ui/avatar";
import { Button } from "../ui/button";
import { personClass } from "../ui/people";
import { byDay } from "./days";
import { useNow } from "../ui/time";
import { namesOf } from "./names";

interface VersionListProps {
  readonly versions: readonly NoteVersion[];
  /** The one that is shown beside. */
  readonly shown: NoteVersion | null;
  readonly older: { readonly busy: boolean; readonly failed: boolean; readonly onMore: () => void } | null;
}

export function VersionList({ versions, shown, older }: VersionListProps) {
  const t = useText();
  const dates = useDates();
  const now = useNow();
  const days = byDay(versions, (at) => dates.day(at, now));
  return (
    <nav aria-label={t("versions.list")}>
      {days.map(({ day, versions: ofDay }) => (
        <section key={day} aria-label={day}>
          <h2 className="px-2 pt-4 pb-1 text-[12px] text-ink-3 first-letter:uppercase">{day}</h2>
          <ol>
            {ofDay.map((version) => (
              <li key={version.first}>
                <Entry version={version} newest={version === versions[0]} shown={version === shown} />
              </li>
            ))}
          </ol>
        </section>
      ))}
      {older && <Older {...older} />}
    </nav>
  );
}

interface EntryProps {
  readonly version: NoteVersion;
  readonly newest: boolean;
  readonly shown: boolean;
}

function Entry({ version, newest, shown }: EntryProps) {
  const t = useText();
  const dates = useDates();
  const began = dates.time(new Date(version.began_at));
  const ended = dates.time(new Date(version.ended_at));
  return (
    <Link
      from="/contacts/$contactId/notes/$noteId/history"
      to="."
      search={{ version: version.id }}
      replace={shown}
      resetScroll={false}
      data-version={version.id}
      aria-current={shown ? "true" : undefined}
      className="flex min-h-13 items-center gap-2.5 rounded-field px-2 py-1.5 hover:bg-sunk focus-visible:-outline-offset-2 aria-[current=true]:bg-accent-soft"
    >
      <Discs version={version} />
      <span className="min-w-0 flex-1">
        <span className="block truncate text-[13.5px] font-[550]">{namesOf(version.authors, t)}</span>
        <span className={`block truncate text-[12px] ${shown ? "text-ink-2" : "text-ink-3"}`}>
          <time dateTime={version.ended_at} title={dates.exact(new Date(version.ended_at))}>
            {began === ended ? ended : `${began} – ${ended}`}
          </time>
          {newest && ` · ${t("versions.current")}`}
        </span>
      </span>
      <Amount version={version} />
    </Link>
  );
}

const DISCS_MAX = 3;

function Discs({ version: { authors } }: { readonly version: NoteVersion }) {
  return (
    <span className="flex w-6 flex-none justify-center">
      {authors.slice(0, DISCS_MAX).map(({ id, name, color }, index) => (
        <Avatar
          key={id}
          name={name}
          color={personClass(id, color)}
          size={authors.length > 1 ? "s" : "m"}
          className={`ring-2 ring-sheet ${index > 0 ? "-ml-2" : ""}`}
        />
      ))}
    </span>
  );
}

/** "+120 −14": signs for the eye, words for the ear. */
export function Amount({ version: { added, removed } }: { readonly version: NoteVersion }) {
  const t = useText();
  if (added === 0 && removed === 0)
    return <span className="flex-none text-[12px] text-ink-3">{t("versions.formatted")}</span>;
  const words = [
    added > 0 ? t("versions.added", { count: added }) : "",
    removed > 0 ? t("versions.removed", { count: removed }) : "",
  ];
  return (
    <span className="flex-none text-[12.5px] tabular-nums">
      <span aria-hidden>
        {added > 0 && <span className="text-good">+{added}</span>}
        {removed > 0 && <span className="ml-1.5 text-bad">−{removed}</span>}
      </span>
      <span className="sr-only">{words.filter(Boolean).join(", ")}</span>
    </span>
  );
}

interface OlderProps {
  readonly busy: boolean;
  readonly failed: boolean;
  readonly onMore: () => void;
}

function Older({ busy, failed, onMore }: OlderProps) {
  const t = useText();
  const place = useRef<HTMLDivElement>(null);
  useNearEnd(place, !busy && !failed, onMore);
  return (
    <div ref={place} className="grid justify-items-center py-3">
      <Button kind="quiet" disabled={busy} onClick={onMore}>
        {t(failed ? "app.retry" : "versions.older")}
      </Button>
    </div>
  );
}
