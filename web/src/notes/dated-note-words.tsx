/** The words of a dated note as they were read: the first lines, all of them when asked, the editor when pressed. */
import { useLayoutEffect, useRef, useState, type MouseEvent } from "react";
import type { Note } from "../api/types";
import { useText } from "../i18n/language";
import { StaticNote } from "./static-note";

/** Where the words were pressed, for the caret. */
export interface Press {
  readonly x: number;
  readonly pageY: number;
}

interface DatedNoteWordsProps {
  readonly note: Note;
  readonly whole: boolean;
  readonly onWhole: () => void;
  readonly onPress: ((press: Press) => void) | null;
}

export function DatedNoteWords({ note, whole, onWhole, onPress }: DatedNoteWordsProps) {
  const t = useText();
  const words = useRef<HTMLDivElement>(null);
  const [cut, setCut] = useState(false);

  useLayoutEffect(() => {
    const place = words.current;
    if (!place || whole) return setCut(false);
    const measure = () => setCut(place.scrollHeight > place.clientHeight + 2);
    const watch = new ResizeObserver(measure);
    watch.observe(place);
    measure();
    return () => watch.disconnect();
  }, [whole, note.content]);

  const press = (event: MouseEvent) => {
    const link = event.target instanceof Element && event.target.closest("a");
    if (!link && getSelection()?.isCollapsed) onPress?.({ x: event.clientX, pageY: event.pageY });
  };

  return (
    <>
      <div
        ref={words}
        data-cut={cut || undefined}
        className={`${whole ? "" : "dated-note-first"} ${onPress ? "cursor-text" : ""}`}
      >
        <StaticNote content={note.content} placeholder={t("dated.blank")} onPress={press} />
      </div>
      {cut && (
        <button
          type="button"
          onClick={onWhole}
          className="touchable mt-1.5 rounded-sm text-[13px] text-accent hover:underline"
        >
          {t("dated.more")}
        </button>
      )}
    </>
  );
}
