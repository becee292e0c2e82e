/**
 * One of the notes that stand open on a contact's page. The words come first, drawn from REST; the editor takes their
 * place, without a move, as soon as its code and the document are here. Until then a press remembers where the caret is
 * wanted.
 */
import { useQuery } from "@tanstack/react-query";
import { useCallback, useEffect, useState, type MouseEvent, type ReactNode } from "react";
import type { Contact } from "../api/types";
import { useSignInAgain } from "../app/frame";
import { noteQuery } from "../app/queries";
import { useSession } from "../app/session";
import type { NoteEditorHandle } from "../editor";
import { useText } from "../i18n/language";
import type { Person } from "../sync/presence";
import type { SaveState } from "../sync/save-state";
import { Button } from "../ui/button";
import { useEarlyKeys, type Wanted } from "./early-keys";
import { NoteHeading } from "./note-heading";
import { usePeople } from "./people-here";
import { RescuedLines } from "./rescued-lines";
import type { ShownNote } from "./shown-notes";
import { StaticNote } from "./static-note";
import { useEditorModule } from "./use-editor-module";
import { useOpening } from "./use-opening";

const EMPTY = { type: "doc", content: [] };
const OPENING: SaveState = { kind: "opening" };

/** What the head of the section says of a note. */
export interface NoteState {
  readonly save: SaveState;
  readonly people: readonly Person[];
  readonly editor: NoteEditorHandle | null;
}

interface MainNoteProps {
  readonly note: ShownNote;
  readonly contact: Contact;
  /** It stands among others, as a guest: under a heading. */
  readonly headed: boolean;
  readonly label: string;
  /** Null when it leaves the page. */
  readonly onState: (id: string, state: NoteState | null) => void;
  readonly onLeave: () => void;
}

export function MainNote(props: MainNoteProps) {
  const { note: shown, contact, headed, onState, onLeave } = props;
  const t = useText();
  const session = useSession();
  const note = useQuery(noteQuery(session, shown.id)).data;
  const { opening, snapshot } = useOpening(`note/${shown.id}`);
  const code = useEditorModule();
  const people = usePeople(snapshot?.copy?.awareness ?? null);
  const [editor, setEditor] = useState<NoteEditorHandle | null>(null);
  const [wanted, setWanted] = useState<Wanted | null>(null);
  const takeKeys = useCallback(
    (change: (wanted: Wanted) => Wanted) => setWanted((now) => now && change(now)),
    [],
  );
  /** It has taken what was wanted of it. */
  const onEditor = useCallback((made: NoteEditorHandle | null) => {
    setEditor(made);
    if (made) setWanted(null);
  }, []);

  const signInAgain = useSignInAgain();

  const save = snapshot?.save ?? OPENING;
  useEarlyKeys(wanted !== null && editor === null && save.kind !== "refused", takeKeys);
  const mayWrite = contact.permissions.edit && (snapshot?.editable ?? true);
  const placeholder = t(mayWrite ? "notes.empty" : "notes.emptyViewer");
  const title = shown.inherited?.title ?? note?.title ?? t("dated.untitled");
  const label = headed ? title : props.label;
  useEffect(() => onState(shown.id, { save, people, editor }), [onState, shown.id, save, people, editor]);
  useEffect(() => () => onState(shown.id, null), [onState, shown.id]);

  const told = contact.deletion !== null; // over the page
  const signedOut = save.kind === "refused" && save.reason === "unauthenticated";
  useEffect(() => {
    if (signedOut) signInAgain();
  }, [signedOut, signInAgain]);

  const want = (event: MouseEvent) => {
    if (mayWrite && getSelection()?.isCollapsed) {
      setWanted({ x: event.clientX, pageY: event.pageY, to: null, text: "" });
    }
  };
  const Editor = code?.NoteEditor;
  const copy = snapshot?.copy;

  return (
    <div data-note={shown.id} data-inherited={headed || undefined}>
      {headed && <NoteHeading noteId={shown.id} contact={contact} title={title} />}
      <div className={headed ? "pt-2" : "pt-4"}>
        {snapshot?.rescued.map((rescued) => (
          <RescuedLines
            key={rescued.id}
            rescued={rescued}
            onInsert={mayWrite && copy ? () => opening?.insertRescued(rescued) : null}
            onDismiss={() => opening?.dropRescued(rescued)}
          />
        ))}
        {snapshot?.missing && <Line>{t("notes.missing")}</Line>}
        {save.kind === "refused" && !signedOut && !told && (
          <Line>
            {t(save.reason === "not-found" ? "contact.notFoundHelp" : "notes.refused")}{" "}
            <Button kind="quiet" onClick={() => opening?.retry()}>
              {t("app.retry")}
            </Button>
          </Line>
        )}
        {Editor && copy ? (
          <Editor
            key={copy.doc.guid}
            copy={copy}
            editable={mayWrite}
            label={label}
            placeholder={placeholder}
            caretAt={wanted}
            onEditor={onEditor}
            onLeave={onLeave}
          />
        ) : note ? (
          <StaticNote content={note.content} placeholder={placeholder} onPress={want} />
        ) : (
          <StaticNote content={EMPTY} placeholder="" />
        )}
      </div>
    </div>
  );
}

function Line({ children }: { readonly children: ReactNode }) {
  return <p className="mb-4 rounded-card bg-sunk px-3 py-2 text-[13px] text-ink-2">{children}</p>;
}
