/**
 * The list as a grid. One cell at a time can be reached with Tab, the arrow keys move to the others; Enter edits the
 * cell, or opens the contact. Only the rows in view exist.
 */
import { useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useCallback, useEffect, useId, useMemo, useRef, useState, type KeyboardEvent } from "react";
import type { Contact, Found } from "../api/types";
import { propertiesQuery, usersQuery } from "../app/queries";
import { useSession } from "../app/session";
import { useText } from "../i18n/language";
import { useNarrow } from "../ui/narrow";
import { COLUMNS, template, useShownColumns, widthMin, type Column } from "./columns";
import { ContactLine } from "./contact-line";
import { ContactRow } from "./contact-row";
import type { Sort } from "./contact-pages";
import { ListHead } from "./list-head";
import { lastOpened, rememberOpened } from "./list-search";
import { useCellEdit } from "./use-cell-edit";
import { useRows } from "./use-rows";

const ROW_DESK = 40;
const ROW_PHONE = 64;
const HEAD = 32;
const PAGE_ROWS = 10;

interface ContactTableProps {
  readonly contacts: readonly Contact[];
  readonly total: number;
  readonly sort: Sort;
  /** Another search or order is another list. */
  readonly name: string;
  /** Where what was looked for stands; null where nothing was. */
  readonly found: Readonly<Record<string, Found>> | null;
  readonly onSort: (sort: Sort) => void;
  readonly onEnd: () => void;
}

export function ContactTable({ contacts, total, sort, name, found, onSort, onEnd }: ContactTableProps) {
  const t = useText();
  const session = useSession();
  const narrow = useNarrow();
  const shown = useShownColumns();
  const columns = useMemo(() => COLUMNS.filter(({ id }) => shown.includes(id)), [shown]);
  const properties = useQuery(propertiesQuery(session)).data ?? [];
  const users = useQuery(usersQuery(session)).data ?? [];
  const navigate = useNavigate();
  const help = useId();
  const save = useCellEdit(properties);

  const scroller = useRef<HTMLDivElement>(null);
  const [at, setAt] = useState<{ readonly id: string | null; readonly column: number }>(() => ({
    id: lastOpened(),
    column: 0,
  }));
  const [editing, setEditing] = useState<{ readonly id: string; readonly column: number } | null>(null);
  const row = Math.max(0, contacts.findIndex(({ id }) => id === at.id)); // prettier-ignore
  const column = Math.min(at.column, columns.length - 1);

  const rowHeight = narrow ? ROW_PHONE : ROW_DESK;
  const headHeight = narrow ? 0 : HEAD;
  const rows = useRows({ contacts, scroller, rowHeight, headHeight, current: row, name, onEnd });
  const items = rows.getVirtualItems();

  const focusCell = useCallback((row: number, column: number) => {
    const cell = `[data-row="${row}"] [data-column="${column}"]`;
    requestAnimationFrame(() => scroller.current?.querySelector<HTMLElement>(cell)?.focus());
  }, []);
  useFocusOnReturn(scroller, contacts);

  const goTo = (nextRow: number, nextColumn: number) => {
    const target = Math.max(0, Math.min(contacts.length - 1, nextRow));
    const cell = Math.max(0, Math.min(columns.length - 1, nextColumn));
    setAt({ id: contacts[target]?.id ?? null, column: cell });
    rows.scrollToIndex(target, { align: "auto" });
    focusCell(target, cell);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (editing || event.altKey || event.metaKey || event.defaultPrevented) return;
    // The menu of a row floats elsewhere, and has its own arrow keys.
    if (!event.currentTarget.contains(event.target as Node)) return;
    const whole = event.ctrlKey || narrow;
    const target = {
      ArrowDown: [row + 1, column],
      ArrowUp: [row - 1, column],
      ArrowRight: [row, column + 1],
      ArrowLeft: [row, column - 1],
      PageDown: [row + PAGE_ROWS, column],
      PageUp: [row - PAGE_ROWS, column],
      Home: whole ? [0, 0] : [row, 0],
      End: whole ? [contacts.length - 1, column] : [row, columns.length - 1],
    }[event.key] as [number, number] | undefined;
    if (target) {
      event.preventDefault();
      goTo(...target);
    } else if ((event.key === "Enter" || event.key === "F2") && column > 0 && !event.ctrlKey) {
      event.preventDefault();
      act(row, column);
    }
  };

  const mayEdit = (contact: Contact, { edits }: Column) => {
    const property = properties.find(({ name }) => name === edits);
    return property !== undefined && contact.permissions.edit && !property.read_only;
  };
  const act = (row: number, index: number) => {
    const contact = contacts[row];
    const column = columns[index];
    if (!contact || !column) return;
    if (mayEdit(contact, column)) return setEditing({ id: contact.id, column: index });
    rememberOpened(contact.id);
    void navigate({ to: "/contacts/$contactId", params: { contactId: contact.id } });
  };
  const endEdit = (contact: Contact, column: Column, value: string | null, to: [number, number] | null) => {
    setEditing(null);
    if (value !== null) void save(contact, column, value);
    if (to) goTo(...to);
  };

  if (narrow) {
    return (
      <div ref={scroller} data-scroll-restoration-id="contacts" className="min-h-0 flex-1 overflow-y-auto">
        <div
          role="list"
          aria-label={t("contacts.title")}
          className="relative"
          style={{ height: rows.getTotalSize() }}
          onKeyDown={onKeyDown}
        >
          {items.map(({ key, index, start }) => {
            const contact = contacts[index];
            return (
              contact && (
                <ContactLine
                  key={key}
                  contact={contact}
                  found={found?.[contact.id]}
                  index={index}
                  count={total}
                  top={start}
                  height={ROW_PHONE}
                  reachable={index === row}
                  onFocus={() => setAt({ id: contact.id, column: 0 })}
                />
              )
            );
          })}
        </div>
      </div>
    );
  }

  const grid = { gridTemplateColumns: template(columns) };
  return (
    <div
      ref={scroller}
      data-scroll-restoration-id="contacts"
      className="list-scroller min-h-0 flex-1 overflow-auto"
      onScroll={({ currentTarget }) =>
        currentTarget.toggleAttribute("data-aside", currentTarget.scrollLeft > 0)
      }
    >
      <p id={help} className="sr-only">
        {t("contacts.gridHelp")}
      </p>
      <div
        role="grid"
        aria-label={t("contacts.title")}
        aria-describedby={help}
        aria-rowcount={total + 1}
        aria-colcount={columns.length}
        style={{ minWidth: widthMin(columns) }}
        className="text-[13.5px]"
      >
        <ListHead columns={columns} grid={grid} sort={sort} searched={found !== null} onSort={onSort} />
        <div
          role="rowgroup"
          className="relative"
          style={{ height: rows.getTotalSize() }}
          onKeyDown={onKeyDown}
        >
          {items.map(({ key, index, start }) => {
            const contact = contacts[index];
            return (
              contact && (
                <ContactRow
                  key={key}
                  contact={contact}
                  found={found?.[contact.id]}
                  columns={columns}
                  properties={properties}
                  users={users}
                  grid={grid}
                  index={index}
                  top={start - HEAD}
                  height={ROW_DESK}
                  reachable={index === row ? column : null}
                  editing={editing?.id === contact.id ? editing.column : null}
                  mayEdit={(column) => mayEdit(contact, column)}
                  onFocus={(column) => setAt({ id: contact.id, column })}
                  onAct={(column) => act(index, column)}
                  onEnd={(column, value, to) => {
                    const target: [number, number] | null =
                      to === null ? null : [index, columns.indexOf(column) + to];
                    endEdit(contact, column, value, target);
                  }}
                />
              )
            );
          })}
        </div>
      </div>
    </div>
  );
}

/**
 * Whoever comes back from a contact is at its row again. Only a list that has just come looks for it: the one that is
 * being left may draw itself once more before it goes.
 */
function useFocusOnReturn(
  scroller: React.RefObject<HTMLDivElement | null>,
  contacts: readonly Contact[],
): void {
  const left = useRef(lastOpened());
  useEffect(() => {
    const id = left.current;
    if (id === null) return;
    const link = scroller.current?.querySelector<HTMLElement>(`[data-contact="${CSS.escape(id)}"] a`);
    if (link) link.focus({ preventScroll: true });
    if (!link && contacts.some((contact) => contact.id === id)) return;
    left.current = null;
    rememberOpened(null);
  });
}
