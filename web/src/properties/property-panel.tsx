/** "À propos": everything known of a contact besides its name, each value edited in its place. */
import { useQuery } from "@tanstack/react-query";
import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import type { Contact, Property } from "../api/types";
import { noteQuery, propertiesQuery, usersQuery } from "../app/queries";
import { useSession } from "../app/session";
import { useText } from "../i18n/language";
import { RescuedLines } from "../notes/rescued-lines";
import { SaveIndicator } from "../notes/save-indicator";
import { useWhen } from "../ui/time";
import { closeUndo, toast, toastUndo } from "../ui/toasts";
import { EditingProvider, type Editing, type Place } from "./editing";
import { labelOf } from "./labels";
import { AllHistory } from "./property-history";
import { PropertyRow } from "./property-row";
import { usePropertyDocument } from "./use-property-document";

const IN_THE_HEADER = new Set(["firstname", "lastname"]);
const NOT_SAID = new Set(["saved", "opening", "readonly"]);

export function PropertyPanel({ contact }: { readonly contact: Contact }) {
  const t = useText();
  const session = useSession();
  const all = useQuery(propertiesQuery(session)).data;
  const users = useQuery(usersQuery(session)).data ?? [];
  const document = usePropertyDocument();
  const list = useRef<HTMLDListElement>(null);
  const created = useWhen(contact.created_at);
  const properties = useMemo(() => all?.filter(({ name }) => !IN_THE_HEADER.has(name)) ?? [], [all]);
  const editing = useOneAtATime(contact, properties, list);
  useUndoKey(all ?? []);

  return (
    <section aria-labelledby="about-title" className="mt-6">
      <div className="flex min-h-10 items-center gap-3 border-b border-line">
        <h2 id="about-title" className="text-[13px] font-semibold">
          {t("about.title")}
        </h2>
        {!NOT_SAID.has(document.save.kind) && (
          <span className="ml-auto">
            <SaveIndicator state={document.save} />
          </span>
        )}
      </div>
      {document.rescued.map((rescued) => (
        <RescuedLines
          key={rescued.id}
          rescued={rescued}
          onInsert={null}
          onDismiss={() => document.dropRescued(rescued)}
        />
      ))}
      <EditingProvider value={{ ...editing, users }}>
        <dl ref={list} className="mt-2 grid gap-0.5">
          {properties.map((property) => (
            <PropertyRow key={property.name} property={property} />
          ))}
        </dl>
        <div className="mt-4 flex flex-wrap items-center justify-between gap-x-4 gap-y-1 text-[12.5px] text-ink-3">
          <AllHistory properties={all ?? []} />
          <p className="first-letter:uppercase">
            {t("contact.created", { when: created })}
            <LastWriter noteId={contact.main_note_id} />
          </p>
        </div>
      </EditingProvider>
    </section>
  );
}

/** Who wrote in the main note last. */
function LastWriter({ noteId }: { readonly noteId: string }) {
  const t = useText();
  const note = useQuery(noteQuery(useSession(), noteId)).data;
  const when = useWhen(note?.updated_at ?? "");
  return note?.updated_by && <> · {t("contact.noted", { when, name: note.updated_by.name })}</>;
}

/** One value is edited at a time; whoever else is here sees which. */
function useOneAtATime(
  contact: Contact,
  properties: readonly Property[],
  list: React.RefObject<HTMLDListElement | null>,
): Omit<Editing, "users"> {
  const t = useText();
  const { write, undo, attend, dismiss, drafts, editable } = usePropertyDocument();
  const [place, setPlace] = useState<Place | null>(null);
  const held = useRef(false);
  const hold = useCallback((asked: boolean) => void (held.current = asked), []);
  const name = place?.name ?? null;
  useEffect(() => {
    attend(name);
    return () => attend(null);
  }, [attend, name]);

  const leave: Editing["leave"] = (property, then) => {
    const at = properties.indexOf(property);
    const writable = (each: Property) => editable && !each.read_only;
    const next =
      then === "next"
        ? properties.slice(at + 1).find(writable)
        : then === "previous"
          ? properties.slice(0, at).findLast(writable)
          : undefined;
    if (next) return setPlace({ name: next.name, adding: next.kind === "set" });
    setPlace((now) => (now?.name === property.name ? null : now));
    if (then === "away") return;
    const back = () =>
      list.current?.querySelector<HTMLElement>(`[data-property="${property.name}"] [data-value]`)?.focus();
    requestAnimationFrame(back);
  };

  return {
    contactId: contact.id,
    version: contact.version,
    place,
    open: (next) => (held.current ? list.current?.querySelector("input")?.focus() : setPlace(next)),
    hold,
    type: ({ name: property }, edit) => drafts.keep(property, edit && { ...edit, property }),
    leave: (property, then) => {
      drafts.keep(property.name, null);
      leave(property, then);
    },
    commit: (property, edit, then) => {
      dismiss(property.name);
      drafts.keep(property.name, null);
      if (write({ ...edit, property: property.name })) {
        toastUndo(t("property.changed", { label: labelOf(t, property) }), t("toast.undo"), () => undo());
      }
      leave(property, then);
    },
  };
}

/** ⌘Z outside of a text takes one's own last edit of a property back. A refused one needs no undo. */
function useUndoKey(properties: readonly Property[]): void {
  const t = useText();
  const { undo, refused } = usePropertyDocument();
  const takeBack = useCallback(() => {
    const name = undo();
    if (name === null) return false;
    const property = properties.find((each) => each.name === name);
    const label = property ? labelOf(t, property) : t("contacts.name");
    closeUndo();
    toast(t("property.undone", { label }), "undone");
    return true;
  }, [undo, properties, t]);

  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent) => {
      const undoKey = event.key.toLowerCase() === "z" && (event.metaKey || event.ctrlKey);
      if (!undoKey || event.shiftKey || event.altKey || event.defaultPrevented) return;
      const target = event.target as HTMLElement;
      if (target.isContentEditable || target.closest("input, textarea, [role=dialog]")) return;
      if (takeBack()) event.preventDefault();
    };
    window.addEventListener("keydown", onKeyDown);
    return () => window.removeEventListener("keydown", onKeyDown);
  }, [takeBack]);

  useEffect(() => {
    if (refused.length > 0) closeUndo();
  }, [refused]);
}
