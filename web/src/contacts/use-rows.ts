/** Which rows of the list exist: those in view, some around them, and the one that somebody is at. */
import { defaultRangeExtractor, useVirtualizer } from "@tanstack/react-virtual";
import { useCallback, useEffect, useLayoutEffect, useRef, type RefObject } from "react";
import type { Contact } from "../api/types";

interface Rows {
  readonly contacts: readonly Contact[];
  readonly scroller: RefObject<HTMLDivElement | null>;
  readonly rowHeight: number;
  /** What stands above the first row. */
  readonly headHeight: number;
  readonly current: number;
  /** Another list is another one of these: it begins at its top. */
  readonly name: string;
  /** The last rows read so far come into view. */
  readonly onEnd: () => void;
}

const NEAR_END = 10;

export function useRows({ contacts, scroller, rowHeight, headHeight, current, name, onEnd }: Rows) {
  const rows = useVirtualizer({
    count: contacts.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => rowHeight,
    overscan: 12,
    scrollMargin: headHeight,
    scrollPaddingStart: headHeight,
    getItemKey: (index) => contacts[index]?.id ?? index,
    // Who types in a cell, or walks with the arrow keys, is not cut off by scrolling.
    rangeExtractor: useCallback(
      (range: Parameters<typeof defaultRangeExtractor>[0]) => {
        const near = defaultRangeExtractor(range);
        return near.includes(current) || current >= range.count
          ? near
          : [...near, current].toSorted((a, b) => a - b);
      },
      [current],
    ),
  });
  useEffect(() => rows.measure(), [rows, rowHeight]);

  const last = rows.range?.endIndex ?? 0;
  useEffect(() => {
    if (last >= contacts.length - NEAR_END) onEnd();
  }, [last, contacts.length, onEnd]);

  useStillness(contacts, scroller, rowHeight, name);
  return rows;
}

/** A contact that comes in above what somebody reads or points at moves nothing: the list scrolls by as much. */
function useStillness(
  contacts: readonly Contact[],
  scroller: RefObject<HTMLDivElement | null>,
  rowHeight: number,
  name: string,
): void {
  const before = useRef({ contacts, name });
  useLayoutEffect(() => {
    const then = before.current;
    before.current = { contacts, name };
    const place = scroller.current;
    if (!place || then.contacts === contacts) return;
    if (then.name !== name) {
      place.scrollTo({ top: 0 });
      return;
    }
    const first = Math.floor(place.scrollTop / rowHeight);
    const anchor = then.contacts[first]?.id;
    const moved = contacts.findIndex(({ id }) => id === anchor) - first;
    const matters = place.scrollTop > 0 || place.matches(":hover");
    if (anchor && moved > 0 && matters) place.scrollBy({ top: moved * rowHeight, behavior: "instant" });
  }, [contacts, scroller, rowHeight, name]);
}
