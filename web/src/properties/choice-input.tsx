/**
 * One of a few values, searched by typing: a stage, a colleague. The first line clears it. The list hangs below the
 * field in the page itself, so that a reader finds it where it is and nothing else has to be hidden.
 */
import { Check } from "lucide-react";
import { useEffect, useId, useRef, useState, type KeyboardEvent } from "react";
import { useText } from "../i18n/language";
import type { Then } from "./inline-input";

export interface Choice {
  readonly value: string;
  readonly label: string;
}

interface ChoiceInputProps {
  readonly label: string;
  readonly now: string;
  readonly choices: readonly Choice[];
  readonly onCommit: (value: string, then: Then) => void;
  readonly onLeave: (then: Then) => void;
}

export function ChoiceInput({ label, now, choices, onCommit, onLeave }: ChoiceInputProps) {
  const t = useText();
  const id = useId();
  const over = useRef(false);
  const list = useRef<HTMLDivElement>(null);
  const all = [{ value: "", label: t("property.none") }, ...choices];
  const [query, setQuery] = useState<string | null>(null);
  const [at, setAt] = useState(() => all.findIndex(({ value }) => value === now));
  const found = query ? all.filter((each) => plain(each.label).includes(plain(query))) : all;
  const chosen = choices.find(({ value }) => value === now);
  const optionId = (index: number) => `${id}-${index}`;

  useEffect(() => {
    list.current?.scrollIntoView({ block: "nearest" });
  }, []);
  useEffect(() => {
    list.current?.children[at]?.scrollIntoView({ block: "nearest" });
  }, [at]);

  const end = (run: () => void) => {
    if (over.current) return;
    over.current = true;
    run();
  };
  const choose = (choice: Choice | undefined, then: Then) =>
    end(() => (choice && choice.value !== now ? onCommit(choice.value, then) : onLeave(then)));
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.nativeEvent.isComposing) return;
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) setAt((at + step + found.length) % Math.max(found.length, 1));
    else if (event.key === "Enter") choose(found[at], "back");
    else if (event.key === "Escape") end(() => onLeave("back"));
    else if (event.key === "Tab") end(() => onLeave(event.shiftKey ? "previous" : "next"));
    else return;
    event.preventDefault();
    event.stopPropagation();
  };

  return (
    <div className="relative">
      <input
        role="combobox"
        aria-label={label}
        aria-expanded
        aria-autocomplete="list"
        aria-controls={id}
        aria-activedescendant={found[at] && optionId(at)}
        value={query ?? chosen?.label ?? ""}
        autoFocus
        autoComplete="off"
        onFocus={(event) => event.target.select()}
        onChange={(event) => {
          setQuery(event.target.value);
          setAt(0);
        }}
        onKeyDown={onKeyDown}
        onBlur={() => end(() => onLeave("away"))}
        className="inline-editor"
      />
      <div
        ref={list}
        id={id}
        role="listbox"
        tabIndex={-1}
        aria-label={label}
        // The field keeps the focus, also where a finger rests on the list to scroll it.
        onPointerDown={(event) => event.preventDefault()}
        onMouseDown={(event) => event.preventDefault()}
        className="floating absolute inset-x-0 top-full z-20 mt-1 max-h-72 min-w-52 overflow-y-auto p-1"
      >
        {found.map((choice, index) => (
          <button
            key={choice.value}
            type="button"
            role="option"
            id={optionId(index)}
            tabIndex={-1}
            aria-selected={choice.value === now}
            data-highlighted={index === at || undefined}
            onPointerMove={() => setAt(index)}
            onClick={() => choose(choice, "back")}
            className="menu-item w-full text-left"
          >
            <span className={`flex-1 ${choice.value ? "" : "text-ink-3"}`}>{choice.label}</span>
            {choice.value === now && <Check aria-hidden size={14} strokeWidth={1.9} />}
          </button>
        ))}
        {found.length === 0 && <p className="px-2 py-1.5 text-[13px] text-ink-3">{t("property.noChoice")}</p>}
      </div>
    </div>
  );
}

function plain(text: string): string {
  return text.toLowerCase().normalize("NFKD").replace(/\p{M}/gu, "");
}
