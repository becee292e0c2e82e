/** The box above the list. What is typed goes into the address once it rests; `/` leads here, Escape empties it. */
import { Search, X } from "lucide-react";
import { useEffect, useRef, useState, type KeyboardEvent } from "react";
import { useText } from "../i18n/language";
import { useDebounced } from "./debounced";
import { isTaken } from "../ui/keys";

interface SearchBoxProps {
  /** What the address says. */
  readonly value: string;
  readonly onSearch: (words: string) => void;
  /** Down into what was found. */
  readonly onLeave: () => void;
}

export function SearchBox({ value, onSearch, onLeave }: SearchBoxProps) {
  const t = useText();
  const input = useRef<HTMLInputElement>(null);
  const [text, setText] = useState(value);
  const rested = useDebounced(text);
  const said = useRef(value);

  // The address may change by other ways than this box: Back, or a link to the whole list.
  useEffect(() => {
    if (value === said.current.trim()) return;
    said.current = value;
    setText(value);
  }, [value]);
  useEffect(() => {
    if (rested !== text || rested === said.current) return;
    said.current = rested;
    onSearch(rested.trim());
  }, [rested, text, onSearch]);
  useEffect(() => {
    const onKeyDown = (event: globalThis.KeyboardEvent) => {
      if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey || isTaken(event.target))
        return;
      event.preventDefault();
      input.current?.focus();
      input.current?.select();
    };
    window.addEventListener("keydown", onKeyDown);
    return () => window.removeEventListener("keydown", onKeyDown);
  }, []);

  const say = (words: string) => {
    said.current = words;
    setText(words);
    onSearch(words.trim());
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.nativeEvent.isComposing) return;
    if (event.key === "Escape" && text !== "") say("");
    else if (event.key === "Enter") say(text);
    else if (event.key === "ArrowDown") onLeave();
    else return;
    event.preventDefault();
  };

  return (
    <div role="search" className="relative min-w-0 flex-1 desk:max-w-80">
      <Search
        aria-hidden
        size={15}
        strokeWidth={1.75}
        className="pointer-events-none absolute top-1/2 left-2.5 -translate-y-1/2 text-ink-3"
      />
      <input
        ref={input}
        type="search"
        aria-label={t("contacts.search")}
        aria-keyshortcuts="/"
        placeholder={t("contacts.searchHint")}
        value={text}
        onChange={(event) => setText(event.target.value)}
        onKeyDown={onKeyDown}
        autoComplete="off"
        spellCheck={false}
        maxLength={500}
        enterKeyHint="search"
        className="touchable h-8 w-full rounded-field border border-line-strong bg-sheet pr-8 pl-8 text-[16px] desk:text-[13.5px] placeholder:text-ink-3 focus-visible:outline-offset-0 [&::-webkit-search-cancel-button]:hidden"
      />
      {text !== "" ? (
        <button
          type="button"
          aria-label={t("contacts.clearSearch")}
          onClick={() => {
            say("");
            input.current?.focus();
          }}
          className="touchable absolute top-1/2 right-0 grid size-8 -translate-y-1/2 place-items-center rounded-field text-ink-3 hover:text-ink"
        >
          <X aria-hidden size={14} strokeWidth={2} />
        </button>
      ) : (
        <kbd
          aria-hidden
          className="key absolute top-1/2 right-2 -translate-y-1/2 pointer-coarse:hidden max-desk:hidden"
        >
          /
        </kbd>
      )}
    </div>
  );
}
