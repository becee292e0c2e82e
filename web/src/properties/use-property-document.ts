/**
 * A contact's properties for as long as its page is open: what they are, who edits which, and how to write them. Until
 * the document is here the values are those of REST, to be read only.
 */
import { createContext, useCallback, useContext, useEffect, useMemo, useRef, useState } from "react";
import type { Awareness } from "y-protocols/awareness";
import type { Doc } from "yjs";
import type { Contact } from "../api/types";
import { useSession } from "../app/session";
import { useOpening } from "../notes/use-opening";
import type { Rescued } from "../sync/device";
import { appear, editorsIn, type Person } from "../sync/presence";
import type { SaveState } from "../sync/save-state";
import { PROPERTIES } from "../sync/words";
import { useDrafts, type Drafts } from "./drafts";
import { openEdits, type Edits, type Refused, type Wish } from "./edits";
import { valuesOf, type Values } from "./values";

export interface PropertyDocument {
  readonly values: Values;
  readonly editable: boolean;
  readonly save: SaveState;
  readonly rescued: readonly Rescued[];
  readonly dropRescued: (rescued: Rescued) => void;
  /** Who else edits which property now. */
  readonly editors: ReadonlyMap<string, Person>;
  readonly refused: readonly Refused[];
  readonly dismiss: (property: string) => void;
  readonly drafts: Drafts;
  /** False: it changes nothing. */
  readonly write: (wish: Wish) => boolean;
  /** Takes one's own last edit back; the property it was of. */
  readonly undo: () => string | null;
  /** Shows the others which property one edits; null for none. */
  readonly attend: (property: string | null) => void;
}

const OPENING: SaveState = { kind: "opening" };

export function useOpenPropertyDocument(contact: Contact): PropertyDocument {
  const { opening, snapshot } = useOpening(`contact/${contact.id}`);
  const copy = snapshot?.copy ?? null;
  const edits = useRef<Edits | null>(null);
  const [read, setRead] = useState<{ readonly of: Doc; readonly values: Values } | null>(null);
  // What was read of another document is not this one's: the page may have turned to another contact's.
  const live = copy && read?.of === copy.doc ? read.values : null;
  const [refused, setRefused] = useState<readonly Refused[]>([]);
  const drafts = useDrafts(contact);
  const editors = useEditors(copy?.awareness ?? null);

  const hear = useCallback((message: string) => {
    const found = edits.current?.refused(message) ?? [];
    const again = (each: Refused) => found.some(({ property }) => property === each.property);
    if (found.length > 0) setRefused((all) => [...all.filter((each) => !again(each)), ...found]);
  }, []);
  // Typed when the page had just become this contact's: written as soon as its document is here.
  const early = useRef<{ readonly of: string; readonly wish: Wish }[]>([]);
  // What an earlier visit left may be refused before its values are on screen.
  const unheard = useRef<string[]>([]);

  useEffect(() => {
    if (!copy) return;
    const map = copy.doc.getMap(PROPERTIES);
    const mine = openEdits(copy.doc);
    const look = () => setRead({ of: copy.doc, values: map.toJSON() });
    edits.current = mine;
    for (const { of, wish } of early.current.splice(0)) if (of === contact.id) mine.write(wish);
    look();
    for (const message of unheard.current.splice(0)) hear(message);
    map.observe(look);
    return () => {
      map.unobserve(look);
      mine.close();
      edits.current = null;
    };
  }, [copy, contact.id, hear]);

  const dismiss = useCallback(
    (property: string) => setRefused((all) => all.filter((each) => each.property !== property)),
    [],
  );
  useEffect(
    () => opening?.listen((message) => (edits.current ? hear(message) : void unheard.current.push(message))),
    [opening, hear],
  );

  const awareness = copy?.awareness;
  const attend = useCallback(
    (property: string | null) => awareness?.setLocalStateField("field", property),
    [awareness],
  );
  const values = useMemo(() => live ?? valuesOf(contact), [live, contact]);
  return {
    values,
    editable: contact.permissions.edit && live !== null && (snapshot?.editable ?? false),
    save: snapshot?.save ?? OPENING,
    rescued: snapshot?.rescued ?? [],
    dropRescued: (rescued) => opening?.dropRescued(rescued),
    editors,
    refused,
    dismiss,
    drafts,
    write: (wish) => {
      dismiss(wish.property);
      if (edits.current) return edits.current.write(wish);
      early.current.push({ of: contact.id, wish });
      return true;
    },
    undo: () => edits.current?.undo() ?? null,
    attend,
  };
}

const NOBODY: ReadonlyMap<string, Person> = new Map();

function useEditors(awareness: Awareness | null): ReadonlyMap<string, Person> {
  const { me } = useSession();
  const [editors, setEditors] = useState(NOBODY);
  useEffect(() => {
    if (!awareness) return;
    const look = () => {
      const now = editorsIn(awareness.getStates(), me.id);
      setEditors((known) => (JSON.stringify([...known]) === JSON.stringify([...now]) ? known : now));
    };
    const leave = appear(awareness, { id: me.id, name: me.name, color: me.color });
    awareness.on("change", look);
    look();
    return () => {
      awareness.off("change", look);
      leave();
      setEditors(NOBODY);
    };
  }, [awareness, me]);
  return editors;
}

const DocumentContext = createContext<PropertyDocument | null>(null);
export const PropertyDocumentProvider = DocumentContext.Provider;

export function usePropertyDocument(): PropertyDocument {
  const document = useContext(DocumentContext);
  if (!document) throw new Error("expected a contact's property document around this view");
  return document;
}
