/** One contact in the list on a desk: its name leads to it, the other cells show it and can be edited where they stand. */
import { Link } from "@tanstack/react-router";
import { useState, type CSSProperties } from "react";
import type { Colleague, Contact, Found, Property } from "../api/types";
import { useText } from "../i18n/language";
import { Marked } from "../search/marked";
import { Avatar } from "../ui/avatar";
import { nameOf } from "../ui/names";
import { contactClass } from "../ui/people";
import { ContactActions } from "./contact-actions";
import { CellEditor } from "./cell-editor";
import { CellText } from "./cell-text";
import type { Column } from "./columns";
import { rememberOpened } from "./list-search";
import { useLit } from "./use-lit";
import { usePreparation } from "./use-preparation";

interface ContactRowProps {
  readonly contact: Contact;
  readonly found: Found | undefined;
  readonly columns: readonly Column[];
  readonly properties: readonly Property[];
  readonly users: readonly Colleague[];
  readonly grid: CSSProperties;
  readonly index: number;
  readonly top: number;
  readonly height: number;
  /** The one cell that Tab stops at. */
  readonly reachable: number | null;
  readonly editing: number | null;
  readonly mayEdit: (column: Column) => boolean;
  readonly onFocus: (column: number) => void;
  /** Edit the cell, or open the contact. */
  readonly onAct: (column: number) => void;
  /** The edit is over: null keeps what was; `to` says how many cells to go on from there, null where the person went. */
  readonly onEnd: (column: Column, value: string | null, to: number | null) => void;
}

export function ContactRow(props: ContactRowProps) {
  const { contact, columns, grid, index, top, height, reachable } = props;
  const t = useText();
  const prepare = usePreparation(contact);
  const lit = useLit(contact.id);
  // A menu in every row is too much to draw: it comes with the pointer or the focus.
  const [visited, setVisited] = useState(false);
  return (
    <div
      role="row"
      aria-rowindex={index + 2}
      data-row={index}
      data-contact={contact.id}
      onPointerEnter={() => {
        prepare();
        setVisited(true);
      }}
      style={{ ...grid, height, transform: `translateY(${top}px)` }}
      className="list-row absolute inset-x-0 top-0 grid items-stretch border-b border-line"
    >
      {columns.map((column, at) => {
        const tint = column.fields.some((field) => lit?.has(field)) ? "lit" : "";
        const tabIndex = reachable === at ? 0 : -1;
        if (column.id === "name") {
          return (
            <span
              key={column.id}
              role="rowheader"
              aria-colindex={1}
              className={`list-cell flex items-center gap-2.5 ${tint}`}
            >
              <Avatar name={nameOf(contact)} color={contactClass(contact.id)} photo={contact.avatar} />
              <Link
                to="/contacts/$contactId"
                params={{ contactId: contact.id }}
                data-column={0}
                tabIndex={tabIndex}
                onFocus={() => {
                  props.onFocus(0);
                  prepare();
                }}
                onClick={() => rememberOpened(contact.id)}
                className="truncate rounded-sm font-[550] outline-offset-3 hover:underline"
              >
                <Name contact={contact} found={props.found} />
              </Link>
              {(visited || reachable === 0) && (
                <ContactActions
                  contact={contact}
                  name={nameOf(contact)}
                  tabIndex={tabIndex}
                  className="row-actions"
                />
              )}
            </span>
          );
        }
        const edited = props.editing === at;
        const editable = props.mayEdit(column);
        return (
          <div
            key={column.id}
            role="gridcell"
            aria-colindex={at + 1}
            aria-label={edited ? t(column.label) : undefined}
            data-column={at}
            tabIndex={edited ? undefined : tabIndex}
            onFocus={() => props.onFocus(at)}
            onDoubleClick={() => !edited && props.onAct(at)}
            className={`list-cell flex items-center ${editable ? "list-editable" : ""} ${tint}`}
          >
            {edited ? (
              <CellEditor {...props} column={column} onEnd={(value, to) => props.onEnd(column, value, to)} />
            ) : (
              <CellText {...props} column={column} />
            )}
          </div>
        );
      })}
    </div>
  );
}

/** With what was found in it marked. */
export function Name({ contact, found }: { readonly contact: Contact; readonly found: Found | undefined }) {
  const t = useText();
  // A name that has changed since is shown as it is now.
  if (found?.matched_in === "name" && found.title === nameOf(contact))
    return <Marked excerpt={found.excerpt_html} />;
  return nameOf(contact) || t("contacts.noName");
}
