/**
 * A dated note while it is written in: the editor on its shared document, who else is there, what became of the words.
 * Done, the words are drawn again as they stand here; words that are not yet with the server keep the editor open.
 */
import { useQueryClient } from "@tanstack/react-query";
import { useCallback, useEffect, useRef, useState, type KeyboardEvent } from "react";
import type { Note, NoteContent } from "../api/types";
import { useSignInAgain } from "../app/frame";
import type { NoteEditorHandle } from "../editor";
import { useText } from "../i18n/language";
import { Button } from "../ui/button";
import { DeletedMeanwhile } from "./deleted-meanwhile";
import { placeNote } from "./dated-note-queries";
import type { Press } from "./dated-note-words";
import { PeopleHere, usePeople } from "./people-here";
import { RescuedLines } from "./rescued-lines";
import { SaveIndicator } from "./save-indicator";
import { isBlank, StaticNote } from "./static-note";
import { useEditorModule } from "./use-editor-module";
import { useOpening } from "./use-opening";

interface DatedNoteEditorProps {
  readonly note: Note;
  readonly title: string;
  readonly gone: boolean;
  readonly fresh: boolean;
  readonly caretAt: Press | null;
  readonly onDone: () => void;
}

export function DatedNoteEditor({ note, title, gone, fresh, caretAt, onDone }: DatedNoteEditorProps) {
  const t = useText();
  const queries = useQueryClient();
  const code = useEditorModule();
  const { opening, snapshot } = useOpening(`note/${note.id}`);
  const people = usePeople(snapshot?.copy?.awareness ?? null);
  const [editor, setEditor] = useState<NoteEditorHandle | null>(null);
  const place = useRef<HTMLDivElement>(null);
  const [roomy] = useState(() => isBlank(note.content));
  const signInAgain = useSignInAgain();

  const save = snapshot?.save ?? { kind: "opening" as const };
  const refused = save.kind === "refused" ? save.reason : null;
  const deleted = gone || refused === "not-found";
  const editable = note.permissions.edit && !deleted && (snapshot?.editable ?? true);
  const copy = snapshot?.copy;

  useEffect(() => {
    if (refused === "unauthenticated") signInAgain();
  }, [refused, signInAgain]);

  // Whoever asked to write wants the caret: where they pressed, else behind the last word.
  const take = useCallback(
    (made: NoteEditorHandle | null) => {
      setEditor(made);
      if (made && !caretAt) made.commands.focus(made.isEmpty ? "start" : "end", { scrollIntoView: fresh });
    },
    [caretAt, fresh],
  );

  const finish = () => {
    if (!deleted && (save.kind === "saved" || save.kind === "readonly")) {
      const content = editor && !editor.isDestroyed ? (editor.getJSON() as NoteContent) : note.content;
      placeNote(queries, {
        ...note,
        content,
        excerpt: editor?.getText({ blockSeparator: " " }).slice(0, 200) ?? "",
      });
      onDone();
    } else place.current?.focus();
  };
  const finishing = (event: KeyboardEvent) => {
    if (event.key !== "Enter" || !(event.metaKey || event.ctrlKey)) return;
    event.preventDefault();
    finish();
  };
  const leave = useRef(finish);
  useEffect(() => {
    leave.current = finish;
  });

  const Editor = code?.NoteEditor;
  const Toolbar = code?.Toolbar;
  const placeholder = t("dated.placeholder");

  return (
    <div
      ref={place}
      tabIndex={-1}
      onKeyDownCapture={finishing}
      className={`outline-none ${roomy ? "is-roomy" : ""}`}
    >
      {snapshot?.rescued.map((rescued) => (
        <RescuedLines
          key={rescued.id}
          rescued={rescued}
          onInsert={editable && copy ? () => opening?.insertRescued(rescued) : null}
          onDismiss={() => opening?.dropRescued(rescued)}
        />
      ))}
      {deleted && <DeletedMeanwhile note={note} onRestored={() => opening?.retry()} onClose={onDone} />}
      {snapshot?.missing && <p className="mb-3 text-[13px] text-ink-2">{t("dated.missing")}</p>}
      {refused === "other" && (
        <p className="mb-3 text-[13px] text-ink-2">
          {t("notes.refused")}{" "}
          <Button kind="quiet" onClick={() => opening?.retry()}>
            {t("app.retry")}
          </Button>
        </p>
      )}
      {Editor && copy ? (
        <Editor
          key={copy.doc.guid}
          copy={copy}
          editable={editable}
          label={t("dated.editor", { title })}
          placeholder={placeholder}
          caretAt={caretAt}
          onEditor={take}
          onLeave={() => leave.current()}
        />
      ) : (
        !deleted && <StaticNote content={note.content} placeholder={placeholder} />
      )}
      {!deleted && (
        <div className="sticky bottom-0 -mx-4 -mb-3.5 flex min-h-11 flex-wrap items-center gap-x-3 rounded-b-card bg-sheet px-4 pt-1 pb-1.5 desk:-ml-9.5 desk:pl-8">
          {Toolbar && editable && <Toolbar editor={editor} />}
          <div className="ml-auto flex items-center gap-2.5">
            <PeopleHere people={people} />
            <SaveIndicator state={save} />
            <Button onClick={finish}>{t("dated.done")}</Button>
          </div>
        </div>
      )}
    </div>
  );
}
