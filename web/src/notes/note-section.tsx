/**
 * The main note of a contact, or that of one merged into it. The words come first, drawn from REST; the editor takes
 * their place, without a move, as soon as its code and the document are here. Until then a press remembers where the
 * caret is wanted. One that came by a merge opens when it is pressed; one that was open when it came stays so.
 */
import { useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { History, Pencil } from "lucide-react";
import { useCallback, useEffect, useRef, useState, type MouseEvent } from "react";
import type { Contact, Note } from "../api/types";
import { useSignInAgain } from "../app/frame";
import { noteQuery } from "../app/queries";
import { useSession } from "../app/session";
import type { NoteEditorHandle } from "../editor";
import { useText } from "../i18n/language";
import { Action, ActionsMenu } from "../ui/actions-menu";
import { Button, IconButton } from "../ui/button";
import { useWhen } from "../ui/time";
import { toast } from "../ui/toasts";
import { PeopleHere, usePeople } from "./people-here";
import { RescuedLines } from "./rescued-lines";
import { SaveIndicator, saveWords } from "./save-indicator";
import { StaticNote } from "./static-note";
import { useEditorModule } from "./use-editor-module";
import { anchorOf } from "./use-linked-note";
import { useOpening } from "./use-opening";

const EMPTY = { type: "doc", content: [] };

interface NoteSectionProps {
  readonly contact: Contact;
  readonly name: string;
  readonly noteId: string;
  /** As it was read, where it was the main note of a contact that was merged. */
  readonly inherited: Note | null;
}

export function NoteSection({ contact, name, noteId, inherited }: NoteSectionProps) {
  const t = useText();
  const session = useSession();
  const [open, setOpen] = useState(inherited === null);
  const own = useQuery({ ...noteQuery(session, noteId), enabled: inherited === null }).data;
  const note = inherited ?? own;
  const { opening, snapshot } = useOpening(open ? `note/${noteId}` : null);
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

  // Whoever opens one by its button wants the caret behind the last word. The callback stays the same one for as long
  // as the editor lives, also while the note comes to another contact.
  const byHand = useRef(false);
  const take = useCallback((made: NoteEditorHandle | null) => {
    setEditor(made);
    if (made && byHand.current) made.commands.focus("end");
    byHand.current = false;
  }, []);
  const openByHand = () => {
    byHand.current = true;
    setOpen(true);
  };

  const onSave = useCallback(() => {
    const now = opening?.snapshot().save ?? { kind: "opening" };
    if (now.kind === "saved") toast(t("save.savedMark"), "save");
    else if (now.kind === "offline") toast(t("save.keptHere"), "save");
    else if (now.kind === "saving") toast(t("save.soon"), "save");
    else toast(saveWords(now, t), "save");
  }, [opening, t]);
  useSaveKey(inherited === null ? onSave : null);

  const navigate = useNavigate();
  const showHistory = () =>
    navigate({
      to: "/contacts/$contactId/notes/$noteId/history",
      params: { contactId: contact.id, noteId },
    });

  const want = (event: MouseEvent) => {
    if (!mayWrite || !getSelection()?.isCollapsed) return;
    setWanted({ x: event.clientX, pageY: event.pageY });
    setOpen(true);
  };

  const Editor = editorModule?.NoteEditor;
  const Toolbar = editorModule?.Toolbar;
  const copy = snapshot?.copy;
  const titleId = inherited ? `${anchorOf(noteId)}-title` : "notes-title";
  const origin = inherited?.origin?.name || t("contacts.noName");
  const editorLabel = inherited ? t("notes.editorFrom", { name: origin }) : t("notes.editor", { name });

  return (
    <section
      id={inherited ? anchorOf(noteId) : undefined}
      aria-labelledby={titleId}
      data-inherited={inherited ? "" : undefined}
      className={`note-section scroll-mt-14 ${inherited ? "mt-6" : "mt-4 desk:mt-7"}`}
    >
      <div className="sticky top-13 z-10 -mx-4 flex min-h-11 flex-wrap items-center gap-x-3 border-b border-line bg-sheet px-4 desk:top-0 desk:mx-0 desk:px-0">
        <h2 id={titleId} ref={heading} tabIndex={-1} className="text-[13px] font-semibold outline-none">
          {inherited ? t("notes.from", { name: origin }) : t("notes.title")}
        </h2>
        {inherited?.origin && <MergedOn at={inherited.origin.merged_at} />}
        <div className="ml-auto flex min-h-10 items-center gap-2.5">
          <PeopleHere people={people} />
          {open && <SaveIndicator state={save} />}
          {inherited && mayWrite && !open && (
            <IconButton
              label={t("dated.edit", { title: t("notes.from", { name: origin }) })}
              onClick={openByHand}
              className="size-7.5 text-ink-3 max-desk:hidden"
            >
              <Pencil aria-hidden size={14} strokeWidth={1.75} />
            </IconButton>
          )}
          <ActionsMenu
            label={inherited ? t("dated.actions", { title: inherited.title ?? "" }) : t("versions.menu")}
            className="-mr-1.5"
          >
            {inherited && mayWrite && !open && (
              <Action icon={Pencil} onRun={openByHand}>
                {t("dated.editShort")}
              </Action>
            )}
            <Action icon={History} onRun={() => void showHistory()}>
              {t("versions.show")}
            </Action>
          </ActionsMenu>
        </div>
        {/* A row of its own, there from the beginning: whoever comes or whatever is said above moves nothing. */}
        {mayWrite && open && (
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
            label={editorLabel}
            placeholder={placeholder}
            caretAt={wanted}
            onEditor={take}
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

function MergedOn({ at }: { readonly at: string }) {
  const t = useText();
  const when = useWhen(at);
  return (
    <span className="rounded-full bg-accent-soft px-2 text-[12px] leading-5 text-accent">
      {t("notes.mergedOn", { when })}
    </span>
  );
}

function Line({ children }: { readonly children: React.ReactNode }) {
  return <p className="mb-4 rounded-card bg-sunk px-3 py-2 text-[13px] text-ink-2">{children}</p>;
}

/** ⌘S has nothing to do: everything saves itself. So it says how things stand. */
function useSaveKey(onSave: (() => void) | null): void {
  useEffect(() => {
    if (!onSave) return;
    const onKeyDown = (event: KeyboardEvent) => {
      if (event.key.toLowerCase() !== "s" || !(event.metaKey || event.ctrlKey) || event.altKey) return;
      event.preventDefault();
      onSave();
    };
    window.addEventListener("keydown", onKeyDown);
    return () => window.removeEventListener("keydown", onKeyDown);
  }, [onSave]);
}
