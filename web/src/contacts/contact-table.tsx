/**
 * The rows of the list. Only those in view exist; the page itself scrolls, so that Back finds its place again. One row
 * at a time can be reached with Tab, the arrow keys move to the others.
 */
import { useWindowVirtualizer } from "@tanstack/react-virtual";
import { useEffect, useLayoutEffect, useRef, useState, type KeyboardEvent, type RefObject } from "react";
import type { Contact } from "../api/types";
import { useText } from "../i18n/language";
import { useNarrow } from "../ui/narrow";
import { COLUMNS, ContactRow } from "./contact-row";

const ROW_DESK = 40;
const ROW_PHONE = 64;

interface ContactTableProps {
  readonly contacts: readonly Contact[];
  readonly total: number;
  /** The last rows read so far come into view. */
  readonly onEnd: () => void;
}

export function ContactTable({ contacts, total, onEnd }: ContactTableProps) {
  const t = useText();
  const rowHeight = useNarrow() ? ROW_PHONE : ROW_DESK;
  const body = useRef<HTMLDivElement>(null);
  const [current, setCurrent] = useState(0);
  const [top, setTop] = useState(0);
  useLayoutEffect(() => setTop(body.current?.offsetTop ?? 0), [rowHeight]);

  const rows = useWindowVirtualizer({
    count: contacts.length,
    estimateSize: () => rowHeight,
    overscan: 12,
    scrollMargin: top,
    getItemKey: (index) => contacts[index]?.id ?? index,
  });
  useEffect(() => rows.measure(), [rows, rowHeight]);

  const items = rows.getVirtualItems();
  const last = items.at(-1)?.index ?? 0;
  useEffect(() => {
    if (last >= contacts.length - 10) onEnd();
  }, [last, contacts.length, onEnd]);

  useStillness(contacts, body, top, rowHeight);

  const goTo = (index: number) => {
    const target = Math.max(0, Math.min(contacts.length - 1, index));
    setCurrent(target);
    rows.scrollToIndex(target, { align: "auto" });
    requestAnimationFrame(() => body.current?.querySelector<HTMLElement>(`[data-row="${target}"]`)?.focus());
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const target = { ArrowDown: current + 1, ArrowUp: current - 1, Home: 0, End: contacts.length - 1 }[
      event.key
    ];
    if (target === undefined) return;
    event.preventDefault();
    goTo(target);
  };

  return (
    <div role="table" aria-label={t("contacts.title")} aria-rowcount={total + 1} className="text-[13.5px]">
      <div
        role="row"
        aria-rowindex={1}
        className={`${COLUMNS} sticky top-[55px] z-10 h-8 items-center border-b border-line bg-paper px-5 text-[12px] text-ink-3 desk:grid max-desk:sr-only`}
      >
        <span role="columnheader">{t("contacts.name")}</span>
        <span role="columnheader">{t("contacts.note")}</span>
        <span role="columnheader">{t("contacts.updated")}</span>
      </div>
      <div
        ref={body}
        role="rowgroup"
        className="relative"
        style={{ height: rows.getTotalSize() }}
        onKeyDown={onKeyDown}
      >
        {items.map((item) => {
          const contact = contacts[item.index];
          return (
            contact && (
              <ContactRow
                key={item.key}
                contact={contact}
                index={item.index}
                top={item.start - top}
                height={rowHeight}
                reachable={item.index === current}
                onFocus={() => setCurrent(item.index)}
              />
            )
          );
        })}
      </div>
    </div>
  );
}

/** A contact that comes in above what somebody reads or points at moves nothing: the page scrolls by as much. */
function useStillness(
  contacts: readonly Contact[],
  body: RefObject<HTMLDivElement | null>,
  top: number,
  rowHeight: number,
): void {
  const before = useRef(contacts);
  useLayoutEffect(() => {
    const first = Math.max(0, Math.floor((window.scrollY - top) / rowHeight));
    const anchor = before.current[first]?.id;
    before.current = contacts;
    const moved = contacts.findIndex(({ id }) => id === anchor) - first;
    const matters = window.scrollY > 0 || body.current?.matches(":hover");
    if (anchor && moved > 0 && matters) window.scrollBy({ top: moved * rowHeight, behavior: "instant" });
  }, [contacts, body, top, rowHeight]);
}
