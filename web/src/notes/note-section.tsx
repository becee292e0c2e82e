/**
 * The notes that a contact's page is for: its main note, and below it those that it has by merges, all open and live.
 * One head serves them all: who is here, what became of the words, how to format them. It speaks of the note in which
 * somebody writes.
 */
import { useNavigate } from "@tanstack/react-router";
import { History } from "lucide-react";
import { useCallback, useEffect, useRef, useState } from "react";
import type { Contact } from "../api/types";
import { useText } from "../i18n/language";
import type { Person } from "../sync/presence";
import { ofSeveral, type SaveState } from "../sync/save-state";
import { Action, ActionsMenu } from "../ui/actions-menu";
import { Still } from "../ui/still";
import { toast } from "../ui/toasts";
import { MainNote, type NoteState } from "./main-note";
import { PeopleHere } from "./people-here";
import { SaveIndicator, saveWords } from "./save-indicator";
import { noteWithCaret, OPEN_MAX, useShownNotes } from "./shown-notes";
import { useEditorModule } from "./use-editor-module";

interface NoteSectionProps {
  readonly contact: Contact;
  readonly name: string;
}

export function NoteSection({ contact, name }: NoteSectionProps) {
  const t = useText();
  const editorModule = useEditorModule();
  const { shown, onBlur } = useShownNotes(contact);
  const [states, setStates] = useState<ReadonlyMap<string, NoteState>>(new Map());
  const [writtenIn, setWrittenIn] = useState<string | null>(null);
  const heading = useRef<HTMLHeadingElement>(null);

  const onState = useCallback((id: string, state: NoteState | null) => {
    setStates((all) => {
      const others = [...all].filter(([each]) => each !== id);
      return new Map(state ? [...others, [id, state]] : others);
    });
  }, []);
  const onLeave = useCallback(() => heading.current?.focus(), []);

  const further = Math.max(0, 1 + (contact.inherited_notes ?? []).length - OPEN_MAX);
  const active = states.get(writtenIn ?? "") ?? states.get(contact.main_note_id);
  const save = ofSeveral(
    active?.save ?? { kind: "opening" },
    [...states.values()].map((each) => each.save),
  );
  const here = together([...states.values()].map((each) => each.people));
  const people = useKept(here);
  const mayWrite = contact.permissions.edit && save.kind !== "readonly";
  useSaveKey(save);

  const navigate = useNavigate();
  const showHistory = () =>
    navigate({
      to: "/contacts/$contactId/notes/$noteId/history",
      params: { contactId: contact.id, noteId: contact.main_note_id },
    });
  const Toolbar = editorModule?.Toolbar;

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
            {Toolbar && <Toolbar editor={active?.editor ?? null} />}
          </div>
        )}
      </div>
      <Still
        what={shown.map(({ id }) => id).join(" ")}
        onFocus={() => setWrittenIn(noteWithCaret())}
        onBlur={onBlur}
        className={`note-list ${shown.length > 1 ? "is-several" : ""}`}
      >
        {shown.map((note) => (
          <MainNote
            key={note.id}
            note={note}
            contact={contact}
            headed={note.id !== contact.main_note_id}
            label={t("notes.editor", { name })}
            onState={onState}
            onLeave={onLeave}
          />
        ))}
      </Still>
      {further > 0 && (
        <p className="mt-4 border-t border-line pt-2.5 text-[13px] text-ink-2">
          {t("notes.further", { count: further })}
        </p>
      )}
    </section>
  );
}

/** Each person once, whichever of the notes they are in; idle only where they are idle everywhere. */
function together(all: readonly (readonly Person[])[]): readonly Person[] {
  if (all.length === 1) return all[0] ?? [];
  const people = new Map<string, Person>();
  for (const person of all.flat()) {
    const known = people.get(person.id);
    people.set(person.id, { ...person, idle: person.idle && (known?.idle ?? true) });
  }
  return [...people.values()].toSorted((a, b) => a.name.localeCompare(b.name));
}

/** The same array for as long as the same people are in it. */
function useKept(people: readonly Person[]): readonly Person[] {
  const [kept, setKept] = useState(people);
  if (kept === people || JSON.stringify(kept) === JSON.stringify(people)) return kept;
  setKept(people);
  return people;
}

/** ⌘S has nothing to do: everything saves itself. So it says how things stand. */
function useSaveKey(save: SaveState): void {
  const t = useText();
  useEffect(() => {
    const say = () => {
      if (save.kind === "saved") toast(t("save.savedMark"), "save");
      else if (save.kind === "offline") toast(t("save.keptHere"), "save");
      else if (save.kind === "saving") toast(t("save.soon"), "save");
      else toast(saveWords(save, t), "save");
    };
    const onKeyDown = (event: KeyboardEvent) => {
      if (event.key.toLowerCase() !== "s" || !(event.metaKey || event.ctrlKey) || event.altKey) return;
      event.preventDefault();
      say();
    };
    window.addEventListener("keydown", onKeyDown);
    return () => window.removeEventListener("keydown", onKeyDown);
  }, [save, t]);
}
