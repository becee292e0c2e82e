/** A note as it read at a version: with what the version changed, or with who wrote what, or just so. */
import { useQuery } from "@tanstack/react-query";
import { useCallback, useState, type ReactNode } from "react";
import { Problem, Unreachable } from "../api/request";
import type { Author, NoteContent, NoteMark } from "../api/types";
import { useDates, useText } from "../i18n/language";
import { isBlank, MoreMarksProvider, StaticNote, type DrawMark } from "../notes/static-note";
import { Avatar } from "../ui/avatar";
import { Button } from "../ui/button";
import { personClass } from "../ui/people";
import { authorshipQuery, versionQuery } from "./version-queries";

export type View = "differences" | "authors" | "plain";

interface VersionReadingProps {
  readonly noteId: string;
  readonly seq: number;
  readonly view: View;
}

export function VersionReading({ noteId, seq, view }: VersionReadingProps) {
  return view === "authors" ? (
    <Signed noteId={noteId} seq={seq} />
  ) : (
    <Dated noteId={noteId} seq={seq} marked={view === "differences"} />
  );
}

interface DatedProps {
  readonly noteId: string;
  readonly seq: number;
  readonly marked: boolean;
}

function Dated({ noteId, seq, marked }: DatedProps) {
  const t = useText();
  // While the next one is on its way the one before stays: nothing flickers under the arrow keys.
  const query = useQuery({ ...versionQuery(noteId, seq), placeholderData: (previous) => previous });
  const draw = useCallback<DrawMark>(
    ({ type }, inner) => {
      switch (type) {
        case "inserted":
          return <ins>{spoken(t("versions.inserted"), inner, t("versions.end"))}</ins>;
        case "deleted":
          return <del>{spoken(t("versions.deleted"), inner, t("versions.end"))}</del>;
        case "reformatted":
          return (
            <span className="reformatted">{spoken(t("versions.reformatted"), inner, t("versions.end"))}</span>
          );
        default:
          return null;
      }
    },
    [t],
  );
  if (!query.data) return <Waiting error={query.error} onRetry={() => void query.refetch()} />;
  const { content, changes } = query.data;
  return (
    <MoreMarksProvider value={draw}>
      <Sheet content={marked ? (changes ?? content) : content} busy={query.isPlaceholderData} />
    </MoreMarksProvider>
  );
}

function spoken(before: string, inner: ReactNode, after: string): ReactNode {
  return (
    <>
      <span className="sr-only">{before} </span>
      {inner}
      <span className="sr-only"> {after}</span>
    </>
  );
}

interface Stroke {
  readonly userId: string;
  readonly at: string;
}

function Signed({ noteId, seq }: Pick<VersionReadingProps, "noteId" | "seq">) {
  const t = useText();
  const query = useQuery({ ...authorshipQuery(noteId, seq), placeholderData: (previous) => previous });
  const [stroke, setStroke] = useState<Stroke | null>(null);
  const authors = query.data?.authors;
  const draw = useCallback<DrawMark>(
    (mark, inner) => {
      if (mark.type !== "author") return null;
      const { userId, at } = strokeOf(mark);
      const author = authors?.find(({ id }) => id === userId);
      return (
        <span
          data-author={userId}
          data-at={at}
          className={`written ${personClass(userId, author?.color ?? "")}`}
        >
          <span className="sr-only">[{author?.name ?? t("history.somebody")}] </span>
          {inner}
        </span>
      );
    },
    [authors, t],
  );
  if (!query.data) return <Waiting error={query.error} onRetry={() => void query.refetch()} />;
  const find = (target: EventTarget | null) => {
    const found = target instanceof Element ? target.closest<HTMLElement>("[data-author]") : null;
    if (found?.dataset.author) setStroke({ userId: found.dataset.author, at: found.dataset.at ?? "" });
  };
  const findSelected = () => find(getSelection()?.anchorNode?.parentElement ?? null);
  return (
    <>
      <Legend authors={query.data.authors} stroke={stroke} />
      {/* Pointing at words says whose they are; the same stands before each of them for whoever listens. */}
      {/* oxlint-disable-next-line jsx-a11y/no-static-element-interactions */}
      <div
        onPointerOver={({ target }) => find(target)}
        onPointerDown={({ target }) => find(target)}
        onKeyUp={findSelected}
      >
        <MoreMarksProvider value={draw}>
          <Sheet content={query.data.content} busy={query.isPlaceholderData} />
        </MoreMarksProvider>
      </div>
    </>
  );
}

function strokeOf({ attrs }: NoteMark): Stroke {
  return { userId: String(attrs?.user_id ?? ""), at: String(attrs?.at ?? "") };
}

interface LegendProps {
  readonly authors: readonly Author[];
  readonly stroke: Stroke | null;
}

/** Colour and name; and whose the words under the pointer are. */
function Legend({ authors, stroke }: LegendProps) {
  const t = useText();
  const dates = useDates();
  const name = authors.find(({ id }) => id === stroke?.userId)?.name ?? t("history.somebody");
  return (
    <div className="mb-4 flex flex-wrap items-center gap-x-4 gap-y-1.5 border-b border-line pb-3 text-[13px]">
      <ul aria-label={t("versions.legend")} className="flex flex-wrap gap-x-4 gap-y-1.5">
        {authors.map((author) => {
          const color = personClass(author.id, author.color);
          return (
            <li key={author.id} className="flex items-center gap-1.5">
              <Avatar name={author.name} color={color} size="s" />
              <span className={`written ${color}`}>{author.name}</span>
            </li>
          );
        })}
      </ul>
      <p className="min-h-5 text-ink-2 desk:ml-auto">
        {stroke ? (
          t("versions.wrote", { name, when: dates.exact(new Date(stroke.at)) })
        ) : (
          <span className="text-ink-3">{t("versions.pick")}</span>
        )}
      </p>
    </div>
  );
}

interface SheetProps {
  readonly content: NoteContent;
  readonly busy: boolean;
}

function Sheet({ content, busy }: SheetProps) {
  const t = useText();
  return (
    <div aria-busy={busy} className={`history-sheet ${busy ? "opacity-60" : ""}`}>
      {isBlank(content) ? (
        <p className="text-ink-3">{t("versions.nothing")}</p>
      ) : (
        <StaticNote content={content} placeholder="" />
      )}
    </div>
  );
}

interface WaitingProps {
  readonly error: Error | null;
  readonly onRetry: () => void;
}

function Waiting({ error, onRetry }: WaitingProps) {
  const t = useText();
  if (error instanceof Problem && error.status === 404)
    return <p className="text-ink-2">{t("versions.gone")}</p>;
  if (error)
    return (
      <div className="grid justify-items-start gap-3">
        <p className="text-ink-2">
          {t(error instanceof Unreachable ? "versions.offline" : "versions.readFailed")}
        </p>
        <Button onClick={onRetry}>{t("app.retry")}</Button>
      </div>
    );
  return (
    <div role="status" className="patient grid gap-3">
      <span className="sr-only">{t("versions.loading")}</span>
      {["w-4/5", "w-3/5", "w-2/3"].map((width) => (
        <span key={width} aria-hidden className={`h-3.5 rounded bg-sunk ${width}`} />
      ))}
    </div>
  );
}
