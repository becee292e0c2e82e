/**
 * A dated note as a card: when, what about and by whom, and its words, which fold away. Pressed, the words become the
 * editor of the note that everybody shares; until then they are drawn, and drawn anew when somebody changes them.
 */
import { ChevronDown, Pencil } from "lucide-react";
import { useCallback, useRef, useState } from "react";
import type { Note } from "../api/types";
import { useSession } from "../app/session";
import { useStore } from "../app/store";
import { useText } from "../i18n/language";
import { Avatar } from "../ui/avatar";
import { IconButton } from "../ui/button";
import { personClass } from "../ui/people";
import { moving } from "./dated-note-changes";
import { DatedNoteEditor } from "./dated-note-editor";
import { DatedNoteWords, type Press } from "./dated-note-words";
import { NoteActions } from "./note-actions";
import { NoteDate } from "./note-date";
import { NoteTitle } from "./note-title";
import { anchorOf } from "./use-linked-note";

interface DatedNoteProps {
  readonly note: Note;
  /** Deleted elsewhere while it is written in here. */
  readonly gone: boolean;
  readonly writing: boolean;
  /** Made a moment ago: it waits for its first words. */
  readonly fresh: boolean;
  /** The address points at it. */
  readonly linked: boolean;
  readonly onWrite: () => void;
  readonly onDone: () => void;
  /** It leaves the page, and the focus with it. */
  readonly onGone: () => void;
}

export function DatedNote({ note, gone, writing, fresh, linked, onWrite, onDone, onGone }: DatedNoteProps) {
  const t = useText();
  const [folded, setFolded] = useState(false);
  const [whole, setWhole] = useState(false);
  const [press, setPress] = useState<Press | null>(null);
  const toggle = useRef<HTMLButtonElement>(null);
  const open = !folded || linked;
  const title = note.title ?? t("dated.untitled");
  const from =
    note.origin && !note.origin.main && t("merge.origin", { name: note.origin.name || t("contacts.noName") });
  const anchor = anchorOf(note.id);
  const mayWrite = note.permissions.edit && !gone;

  const write = (at: Press | null) => {
    setPress(at);
    setFolded(false);
    onWrite();
  };
  const done = useCallback(() => {
    onDone();
    if (gone) onGone();
    else toggle.current?.focus();
  }, [gone, onDone, onGone]);

  return (
    <article
      id={anchor}
      aria-labelledby={`${anchor}-title`}
      data-writing={writing || undefined}
      className={`dated-note group mb-2 scroll-mt-28 rounded-card border bg-sheet desk:scroll-mt-14 ${writing && !gone ? "border-line-strong" : "border-line"} ${linked ? "lit" : ""}`}
    >
      <header className="flex min-h-11 items-center gap-1 pr-1.5 pl-1">
        <button
          ref={toggle}
          type="button"
          aria-expanded={open}
          aria-controls={`${anchor}-words`}
          aria-label={t("dated.toggle", { title })}
          onClick={() => setFolded(open)}
          className="touchable grid size-7.5 flex-none place-items-center rounded-field text-ink-3 hover:bg-sunk hover:text-ink"
        >
          <ChevronDown
            aria-hidden
            size={15}
            strokeWidth={1.9}
            className={`transition-transform duration-100 ${open ? "" : "-rotate-90"}`}
          />
        </button>
        <Writer note={note} writing={writing} fresh={fresh} />
        <NoteTitle note={note} id={`${anchor}-title`} mayWrite={mayWrite} />
        {from && (
          <span className="flex-none rounded-full bg-sunk px-2 text-[12px] leading-5 text-ink-2 max-desk:hidden">
            {from}
          </span>
        )}
        {mayWrite && !writing && (
          <IconButton
            label={t("dated.edit", { title })}
            onClick={() => write(null)}
            className="size-7.5 text-ink-3 max-desk:hidden desk:opacity-0 desk:group-hover:opacity-100 desk:focus-visible:opacity-100 pointer-coarse:opacity-100"
          >
            <Pencil aria-hidden size={14} strokeWidth={1.75} />
          </IconButton>
        )}
        <NoteDate note={note} mayWrite={mayWrite} />
        {!gone && (
          <NoteActions
            note={note}
            title={title}
            mayWrite={mayWrite}
            onWrite={() => write(null)}
            onDelete={() => {
              onDone();
              onGone();
            }}
          />
        )}
      </header>
      {!open && note.excerpt && (
        <p className="-mt-1.5 truncate pr-4 pb-3 pl-9.5 text-[13px] text-ink-2">{note.excerpt}</p>
      )}
      <div id={`${anchor}-words`} hidden={!open} className="px-4 pb-3.5 desk:pl-9.5">
        {from && <p className="-mt-1.5 mb-1 text-[12px] text-ink-3 desk:hidden">{from}</p>}
        {writing ? (
          <DatedNoteEditor
            note={note}
            title={title}
            gone={gone}
            caretAt={press}
            fresh={fresh}
            onDone={done}
          />
        ) : (
          <DatedNoteWords
            note={note}
            whole={whole || linked}
            onWhole={() => setWhole(true)}
            onPress={mayWrite ? write : null}
          />
        )}
      </div>
    </article>
  );
}

/** Who wrote last; ringed while they are at it. Who writes here is shown beside the words, with everybody else. */
function Writer({ note, writing, fresh }: Pick<DatedNoteProps, "note" | "writing" | "fresh">) {
  const t = useText();
  const { me } = useSession();
  const moves = useStore(moving).has(note.id);
  const writer = note.updated_by ?? (fresh ? me : null);
  if (!writer) return null;
  const color = personClass(writer.id, writer.color);
  const now = moves && !writing && writer.id !== me.id;
  return (
    <span
      title={now ? t("dated.writes", { name: writer.name }) : writer.name}
      data-writes={now ? writer.name : undefined}
      className={`${color} mr-1 grid size-6.5 flex-none place-items-center rounded-full border-2 ${now ? "border-(--c)" : "border-transparent"}`}
    >
      <Avatar name={writer.name} color={color} size="s" />
      <span className="sr-only">{now ? t("dated.writes", { name: writer.name }) : writer.name}</span>
    </span>
  );
}
