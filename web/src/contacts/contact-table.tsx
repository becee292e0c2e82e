/**
 * The rows of the list. Only those in view exist; the page itself scrolls, so that Back finds its place again. One row
 * at a time can be reached with Tab, the arrow keys move to the others.
 */
import { useWindowVirtualizer } from "@tanstack/react-virtual";
import { useEffect, useLayoutEffect, useRef, useState, type KeyboardEvent } from "react";
import type { Contact } from "../api/types";
import { arrivals } from "../app/live";
import { useStore } from "../app/store";
import { useText } from "../i18n/language";
import { Button } from "../ui/button";
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

  const { hidden, show } = useArrivals(body, rowHeight);

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
        className={`${COLUMNS} sr-only h-8 items-center border-b border-line px-5 text-[12px] text-ink-3 desk:not-sr-only desk:grid`}
      >
        <span role="columnheader">{t("contacts.name")}</span>
        <span role="columnheader">{t("contacts.note")}</span>
        <span role="columnheader">{t("contacts.updated")}</span>
      </div>
      {hidden > 0 && (
        <div className="sticky top-14 z-10 flex h-0 justify-center">
          <Button kind="primary" className="shadow-(--shadow)" onClick={show}>
            {t("contacts.new", { count: hidden })}
          </Button>
        </div>
      )}
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

/**
 * New contacts come in on top. Where that would move rows under somebody's pointer or away from where they read, the
 * page scrolls by as much, and a button tells how many wait above.
 */
function useArrivals(body: React.RefObject<HTMLDivElement | null>, rowHeight: number) {
  const arrived = useStore(arrivals);
  const [seen, setSeen] = useState(arrived);
  const known = useRef(arrived);

  useLayoutEffect(() => {
    const more = arrived - known.current;
    known.current = arrived;
    if (more <= 0) return;
    if (window.scrollY > 0 || body.current?.matches(":hover")) window.scrollBy({ top: more * rowHeight });
    else setSeen(arrived);
  }, [arrived, body, rowHeight]);

  return {
    hidden: arrived - seen,
    show: () => {
      setSeen(arrived);
      window.scrollTo({ top: 0 });
    },
  };
}
