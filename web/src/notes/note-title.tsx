/** The title of a dated note, changed where it stands: Enter or going elsewhere keeps it, Escape does not. */
import { useRef, useState, type KeyboardEvent } from "react";
import type { Note } from "../api/types";
import { useText } from "../i18n/language";
import { useNoteHeading } from "./use-note-heading";

const LENGTH_MAX = 200;

interface NoteTitleProps {
  readonly note: Note;
  readonly id: string;
  readonly mayWrite: boolean;
}

export function NoteTitle({ note, id, mayWrite }: NoteTitleProps) {
  const t = useText();
  const [editing, setEditing] = useState(false);
  const button = useRef<HTMLButtonElement>(null);
  const change = useNoteHeading(note);
  const title = note.title ?? t("dated.untitled");
  const look = note.title ? "font-[550]" : "text-ink-2";

  const keep = (typed: string) => {
    setEditing(false);
    const wanted = typed.trim() || null;
    if (wanted !== note.title) change({ title: wanted });
  };
  const onKeyDown = (event: KeyboardEvent<HTMLInputElement>) => {
    if (event.key !== "Enter" && event.key !== "Escape") return;
    if (event.nativeEvent.isComposing) return;
    if (event.key === "Enter") keep(event.currentTarget.value);
    else setEditing(false);
    requestAnimationFrame(() => button.current?.focus());
  };

  if (editing)
    return (
      <div className="min-w-0 flex-1">
        <h4 id={id} className="sr-only">
          {title}
        </h4>
        <input
          aria-label={t("dated.title.label")}
          defaultValue={note.title ?? ""}
          placeholder={t("dated.title.label")}
          maxLength={LENGTH_MAX}
          autoComplete="off"
          autoFocus
          onFocus={(event) => event.target.select()}
          onBlur={(event) => keep(event.target.value)}
          onKeyDown={onKeyDown}
          className="-ml-1.5 h-7.5 w-full rounded-field bg-sunk px-1.5 text-[16px] font-[550] desk:text-[13.5px]"
        />
      </div>
    );
  return (
    <h4 id={id} className={`flex min-w-0 flex-1 text-[13.5px] ${look}`}>
      {mayWrite ? (
        <button
          ref={button}
          type="button"
          title={t("dated.title.edit")}
          onClick={() => setEditing(true)}
          className="-ml-1.5 min-h-7.5 truncate rounded-field px-1.5 text-left hover:bg-sunk max-desk:min-h-11"
        >
          {title}
        </button>
      ) : (
        <span className="truncate">{title}</span>
      )}
    </h4>
  );
}
