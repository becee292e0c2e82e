/**
 * The main note of a contact. The words come first, drawn from REST; the editor takes their place, without a move, as
 * soon as its code and the document are here. Until then a press remembers where the caret is wanted.
 */
import { useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { History } from "lucide-react";
import { useCallback, useEffect, useRef, useState, type MouseEvent } from "react";
import type { Contact } from "../api/types";
import { useSignInAgain } from "../app/frame";
import { noteQuery } from "../app/queries";
import { useSession } from "../app/session";
import type { NoteEditorHandle } from "../editor";
import { useText } from "../i18n/language";
import { Action, ActionsMenu } from "../ui/actions-menu";
import { Button } from "../ui/button";
import { toast } from "../ui/toasts";
import { PeopleHere, usePeople } from "./people-here";
import { RescuedLines } from "./rescued-lines";
import { SaveIndicator, saveWords } from "./save-indicator";
import { StaticNote } from "./static-note";
import { useEditorModule } from "./use-editor-module";
import { useOpening } from "./use-opening";

const EMPTY = { type: "doc", content: [] };

interface NoteSectionProps {
  readonly contact: Contact;
  readonly name: string;
}

export function NoteSection({ contact, name }: NoteSectionProps) {
  const t = useText();
  const session = useSession();
  const note = useQuery(noteQuery(session, contact.main_note_id)).data;
  const { opening, snapshot } = useOpening(`note/${contact.main_note_id}`);
  const editorModule = useEditorModule();
  const people = usePeople(snapshot?.copy?.awareness ?? null);
  const [editor, setEditor] = useState<NoteEditorHandle | null>(null);
  const [wanted, setWanted] = useState<{ x: number; pageY: number } | null>(null);
  const heading = useRef<HTMLHeadingElement>(null);
  const signInAgain = useSignInAgain();

  const save = snapshot?.save ?? { kind: "opening" as const };
  const mayWrite = contact.permissions.edit && (snapshot?.editable ?? true);
  const placeholder = t(mayWrite ? "notes.empty" : "notes.emptyViewer");

  const signedOut = save.kind === "refused" && save.reason === "unauthenticated";
  useEffect(() => {
    if (signedOut) signInAgain();
  }, [signedOut, signInAgain]);

  const onSave = useCallback(() => {
    const now = opening?.snapshot().save ?? { kind: "opening" };
    if (now.kind === "saved") toast(t("save.savedMark"), "save");
    else if (now.kind === "offline") toast(t("save.keptHere"), "save");
    else if (now.kind === "saving") toast(t("save.soon"), "save");
    else toast(saveWords(now, t), "save");
  }, [opening, t]);
  useSaveKey(onSave);

  const navigate = useNavigate();
  const showHistory = () =>
    navigate({
      to: "/contacts/$contactId/notes/$noteId/history",
      params: { contactId: contact.id, noteId: contact.main_note_id },
    });

  const want = (event: MouseEvent) => {
    if (mayWrite && getSelection()?.isCollapsed) setWanted({ x: event.clientX, pageY: event.pageY });
  };

  const Editor = editorModule?.NoteEditor;
  const Toolbar = editorModule?.Toolbar;
  const copy = snapshot?.copy;

  return (
    <section aria-labelledby="notes-title" className="mt-4 desk:mt-7">
      <div className="sticky top-13 z-10 -mx-4 flex min-h-11 flex-wrap items-center gap-x-3 border-b border-line bg-sheet px-4 desk:top-0 desk:mx-0 desk:px-0">
        <h2 id="notes-title" ref={heading} tabIndex={-1} className="text-[13px] font-semibold outline-none">
          {t("notes.title")}
        </h2>
        <div className="ml-auto flex min-h-10 items-center gap-2.5">
          <PeopleHere people={people} />
          <SaveIndicator state={save} />
          <ActionsMenu label={t("versions.menu")} className="-mr-1.5">
            <Action icon={History} onRun={() => void showHistory()}>
              {t("versions.show")}
            </Action>
          </ActionsMenu>
        </div>
        {/* A row of its own, there from the beginning: whoever comes or whatever is said above moves nothing. */}
        {mayWrite && (
          <div className="basis-full max-desk:contents desk:-ml-2 desk:min-h-9">
            {Toolbar && <Toolbar editor={editor} />}
          </div>
        )}
      </div>
      <div className="pt-4">
        {snapshot?.rescued.map((rescued) => (
          <RescuedLines
            key={rescued.id}
            rescued={rescued}
            onInsert={mayWrite && copy ? () => opening?.insertRescued(rescued) : null}
            onDismiss={() => opening?.dropRescued(rescued)}
          />
        ))}
        {snapshot?.missing && <Line>{t("notes.missing")}</Line>}
        {save.kind === "refused" && !signedOut && (
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
            label={t("notes.editor", { name })}
            placeholder={placeholder}
            caretAt={wanted}
            onEditor={setEditor}
            onLeave={() => heading.current?.focus()}
          />
        ) : note ? (
          <StaticNote content={note.content} placeholder={placeholder} onPress={want} />
        ) : (
          <StaticNote content={EMPTY} placeholder="" />
        )}
      </div>
    </section>
  );
}

function Line({ children }: { readonly children: React.ReactNode }) {
  return <p className="mb-4 rounded-card bg-sunk px-3 py-2 text-[13px] text-ink-2">{children}</p>;
}

/** ⌘S has nothing to do: everything saves itself. So it says how things stand. */
function useSaveKey(onSave: () => void): void {
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent) => {
      if (event.key.toLowerCase() !== "s" || !(event.metaKey || event.ctrlKey) || event.altKey) return;
      event.preventDefault();
      onSave();
    };
    window.addEventListener("keydown", onKeyDown);
    return () => window.removeEventListener("keydown", onKeyDown);
  }, [onSave]);
}
