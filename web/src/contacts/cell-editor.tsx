/** A cell that is being edited: Enter and leaving save, Escape keeps what was, Tab saves and goes on to the next cell. */
import { useRef, useState, type KeyboardEvent } from "react";
import type { Colleague, Contact, Property } from "../api/types";
import { useText } from "../i18n/language";
import { optionLabel } from "../properties/labels";
import { nameOf } from "../ui/names";
import type { Column } from "./columns";
import { assignable } from "../ui/people";

interface CellEditorProps {
  readonly contact: Contact;
  readonly column: Column;
  readonly properties: readonly Property[];
  readonly users: readonly Colleague[];
  readonly onEnd: (value: string | null, to: number | null) => void;
}

const CLASS =
  "absolute inset-x-0.5 inset-y-0.75 rounded-field border border-accent bg-sheet px-1.5 outline-2 outline-offset-0 outline-accent/25";

export function CellEditor({ contact, column, properties, users, onEnd }: CellEditorProps) {
  const t = useText();
  const property = properties.find(({ name }) => name === column.edits);
  const now = (column.edits && contact.properties[column.edits]) ?? "";
  const [text, setText] = useState(now);
  const [base, setBase] = useState(now);
  const over = useRef(false);
  const label = t("contacts.editCell", {
    label: t(column.label),
    name: nameOf(contact) || t("contacts.noName"),
  });

  // What a colleague writes meanwhile is shown, unless something is typed already: then it is said beside.
  const theirs = now !== base && text !== base;
  if (now !== base && text === base) {
    setText(now);
    setBase(now);
  }

  const end = (value: string | null, to: number | null) => {
    if (over.current) return;
    over.current = true;
    onEnd(value !== null && value.trim() !== now ? value.trim() : null, to);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.nativeEvent.isComposing) return;
    if (event.key === "Escape") end(null, 0);
    else if (event.key === "Enter") end(text, 0);
    else if (event.key === "Tab") end(text, event.shiftKey ? -1 : 1);
    else return;
    event.preventDefault();
    event.stopPropagation();
  };

  if (property?.type === "option" || property?.type === "user") {
    const choices =
      property.type === "user"
        ? assignable(users, text).map(({ id, name }) => [id, name] as const)
        : property.options.map((option) => [option, optionLabel(t, property, option)] as const);
    return (
      <select
        aria-label={label}
        value={text}
        autoFocus
        onChange={(event) => setText(event.target.value)}
        onKeyDown={onKeyDown}
        onBlur={() => end(text, null)}
        className={`${CLASS} cursor-pointer`}
      >
        <option value="">{t("property.none")}</option>
        {choices.map(([value, name]) => (
          <option key={value} value={value}>
            {name}
          </option>
        ))}
      </select>
    );
  }
  return (
    <>
      <input
        aria-label={label}
        value={text}
        autoFocus
        autoComplete="off"
        maxLength={200}
        onFocus={(event) => event.target.select()}
        onChange={(event) => setText(event.target.value)}
        onKeyDown={onKeyDown}
        onBlur={() => end(text, null)}
        className={CLASS}
      />
      {theirs && (
        <span
          role="status"
          className="floating pointer-events-none absolute top-full left-0.5 z-20 mt-0.5 max-w-72 px-2 py-1 text-[12.5px] text-ink-2"
        >
          {t("property.nowIs", { value: now || "--" })}
        </span>
      )}
    </>
  );
}
