/**
 * A line of text edited in the place and at the height of what it replaces. Enter and leaving commit, Escape reverts,
 * Tab commits and moves on. What a colleague writes meanwhile stands beside, to be taken or knowingly replaced.
 *
 * The page may become another contact's while somebody types (a merge). What is typed is then written where it replaces
 * what it was meant for, or nothing; where another value stands, that and the typed one are there to choose from.
 */
import { useEffect, useRef, useState, type KeyboardEvent } from "react";
import { useText } from "../i18n/language";
import type { Person } from "../sync/presence";
import { ChooseValue } from "./choose-value";

/** Where to go after an edit: back to the text, to a neighbouring property, or wherever the person went. */
export type Then = "back" | "next" | "previous" | "away";

interface InlineInputProps {
  readonly label: string;
  /** Whose value it is, where that may change under the editor. */
  readonly of?: string;
  readonly type?: "text" | "email" | "tel";
  readonly placeholder?: string | undefined;
  /** The value as it is now; it may change under the editor. */
  readonly now: string;
  /** What to begin with, where it is not the value. */
  readonly draft?: string | undefined;
  /** Who else edits it. */
  readonly colleague?: Person | undefined;
  /** With each letter; null where it is the value again. */
  readonly onType: (text: string | null) => void;
  readonly onCommit: (text: string, then: Then) => void;
  /** Nothing was changed, or it is to stay as it was. */
  readonly onLeave: (then: Then) => void;
  /** Whether the person is asked to choose: until they have, what they typed is nowhere else. */
  readonly onAsk?: (asked: boolean) => void;
}

export function InlineInput(props: InlineInputProps) {
  const { label, of = "", now, draft, colleague, onType, onCommit, onLeave, onAsk, ...rest } = props;
  const t = useText();
  const [text, setText] = useState(draft ?? now);
  const [base, setBase] = useState(now);
  const [theirs, setTheirs] = useState<{ value: string; name: string | undefined } | null>(null);
  const over = useRef(false);
  const [lastHere, setLastHere] = useState(colleague?.name);
  if (colleague && colleague.name !== lastHere) setLastHere(colleague.name);

  /** Of whom it is now; since that changed, what stood there before: what the typed text was meant to replace. */
  const [bound, setBound] = useState<{ of: string; before: string | null }>({ of, before: null });
  const [asked, setAsked] = useState(false);
  if (bound.of !== of) setBound({ of, before: base });
  useEffect(() => {
    onAsk?.(asked);
    return () => onAsk?.(false);
  }, [onAsk, asked]);

  if (now !== base) {
    // Nothing typed yet: the field simply shows what they wrote. Else both stand there.
    if (text === base) setText(now);
    else if (bound.of === of && bound.before === null)
      setTheirs({ value: now, name: colleague?.name ?? lastHere });
    setBase(now);
  }

  const end = (then: Then, keep: boolean) => {
    if (over.current) return;
    const other = bound.before !== null && now !== "" && now !== bound.before && now !== text;
    if (keep && other) return setAsked(true);
    over.current = true;
    if (keep && text !== base) onCommit(text, then);
    else onLeave(then);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.nativeEvent.isComposing || (asked && event.key !== "Escape")) return;
    if (event.key === "Enter") end("back", true);
    else if (event.key === "Escape") end("back", false);
    else if (event.key === "Tab") end(event.shiftKey ? "previous" : "next", true);
    else return;
    event.preventDefault();
    event.stopPropagation();
  };

  return (
    <span className="relative block min-w-0 flex-1">
      <input
        {...rest}
        aria-label={label}
        value={text}
        autoFocus
        autoComplete="off"
        maxLength={1000}
        onFocus={(event) => event.target.select()}
        onChange={(event) => {
          const typed = event.target.value;
          setText(typed);
          setAsked(false);
          onType(typed === base ? null : typed);
        }}
        onKeyDown={onKeyDown}
        onBlur={() => end("away", true)}
        className="inline-editor"
      />
      {asked && (
        <ChooseValue
          theirs={now}
          mine={text}
          onKeep={() => end("back", false)}
          onReplace={() => {
            over.current = true;
            onCommit(text, "back");
          }}
        />
      )}
      {theirs && (
        <button
          type="button"
          onPointerDown={(event) => event.preventDefault()}
          onClick={() => end("back", false)}
          className="mt-1 block w-full rounded-field bg-accent-soft px-2 py-1 text-left text-[12.5px] text-ink-2 hover:text-ink"
        >
          <span role="status">
            {theirs.name
              ? t("property.theirs", { name: theirs.name, value: theirs.value || "--" })
              : t("property.nowIs", { value: theirs.value || "--" })}
          </span>{" "}
          <span className="font-semibold underline underline-offset-2">{t("property.take")}</span>
        </button>
      )}
    </span>
  );
}
