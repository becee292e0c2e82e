/**
 * One box for everything: the contacts one visited, what search finds in contacts and notes, what one can do here. The
 * focus stays in the box; the arrow keys choose in the list under it, Enter goes, with ⌘ or Ctrl in a new tab.
 */
import { Dialog } from "@base-ui/react/dialog";
import { useRouter } from "@tanstack/react-router";
import { Search } from "lucide-react";
import { useEffect, useId, useRef, useState, type FocusEvent, type KeyboardEvent } from "react";
import { useText } from "../i18n/language";
import { Button } from "../ui/button";
import { closeMenu } from "./menu-state";
import { Option } from "./option";
import { useSections, type Choice } from "./sections";

export function CommandMenu() {
  const t = useText();
  const router = useRouter();
  const list = useRef<HTMLDivElement>(null);
  const leaves = useRef(false);
  const listId = useId();
  const [query, setQuery] = useState("");
  const [chosenId, setChosenId] = useState<string | null>(null);
  const { sections, note, busy } = useSections(query.trim());
  const choices = sections.flatMap((section) => section.choices);
  const at = Math.max(0, choices.findIndex(({ id }) => id === chosenId)); // prettier-ignore
  const chosen = choices[at];
  const optionId = (id: string) => `${listId}-${id}`;

  useEffect(() => {
    list.current?.querySelector("[aria-selected=true]")?.scrollIntoView({ block: "nearest" });
  }, [chosen?.id]);

  const go = ({ href, run }: Choice, apart: boolean) => {
    if (href !== undefined && apart) {
      window.open(href, "_blank", "noopener");
      return;
    }
    leaves.current = href !== undefined || run !== undefined;
    closeMenu();
    if (href !== undefined) router.history.push(href);
    run?.();
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.nativeEvent.isComposing) return;
    const move = (to: number) => setChosenId(choices.at(to % choices.length)?.id ?? null);
    if (event.key === "ArrowDown") move(at + 1);
    else if (event.key === "ArrowUp") move(at - 1);
    else if (event.key === "Enter" && chosen) go(chosen, event.metaKey || event.ctrlKey);
    else return;
    event.preventDefault();
  };

  return (
    <Dialog.Root
      open
      onOpenChange={(_, details) => {
        if (details.reason === "escape-key" && query !== "") {
          details.cancel();
          setQuery("");
        } else closeMenu();
      }}
    >
      <Dialog.Portal>
        <Dialog.Backdrop className="veil z-50" />
        <Dialog.Popup
          aria-label={t("menu.title")}
          finalFocus={() => !leaves.current}
          className="floating fixed z-50 flex flex-col overflow-hidden max-desk:inset-0 max-desk:rounded-none! max-desk:border-0! desk:top-[min(14vh,8rem)] desk:left-1/2 desk:max-h-[min(34rem,72vh)] desk:w-[min(40rem,calc(100vw-48px))] desk:-translate-x-1/2"
        >
          <div className="flex items-center gap-2.5 border-b border-line pr-2 pl-4">
            <Search aria-hidden size={17} strokeWidth={1.75} className="flex-none text-ink-3" />
            <input
              role="combobox"
              aria-label={t("menu.title")}
              aria-expanded
              aria-controls={listId}
              aria-autocomplete="list"
              aria-activedescendant={chosen && optionId(chosen.id)}
              autoFocus
              autoComplete="off"
              spellCheck={false}
              maxLength={500}
              enterKeyHint="go"
              placeholder={t("menu.placeholder")}
              value={query}
              onChange={(event) => {
                setQuery(event.target.value);
                setChosenId(null);
              }}
              onKeyDown={onKeyDown}
              onBlur={keepFocus}
              className="h-13 min-w-0 flex-1 bg-transparent text-[16px] outline-none placeholder:text-ink-3"
            />
            <Button kind="quiet" className="desk:hidden" onClick={closeMenu}>
              {t("app.cancel")}
            </Button>
            <kbd aria-hidden className="key mr-2 max-desk:hidden">
              esc
            </kbd>
          </div>
          <div
            ref={list}
            id={listId}
            role="listbox"
            aria-label={t("menu.title")}
            aria-busy={busy}
            className="min-h-0 flex-1 scroll-py-2 overflow-y-auto overscroll-contain p-2"
          >
            {sections.map(({ title, choices }) => (
              <div key={title} role="group" aria-label={title} className="mb-1.5 last:mb-0">
                <p aria-hidden className="px-2.5 pt-1.5 pb-1 text-[12px] text-ink-3">
                  {title}
                </p>
                {choices.map((choice) => (
                  <Option
                    key={choice.id}
                    id={optionId(choice.id)}
                    choice={choice}
                    selected={choice === chosen}
                    onPoint={() => setChosenId(choice.id)}
                    onGo={() => go(choice, false)}
                  />
                ))}
              </div>
            ))}
          </div>
          {note && <p className="border-t border-line px-4 py-2.5 text-[13px] text-ink-2">{note}</p>}
          <p role="status" className="sr-only">
            {query.trim() !== "" && !busy && (note || t("menu.results", { count: choices.length }))}
          </p>
        </Dialog.Popup>
      </Dialog.Portal>
    </Dialog.Root>
  );
}

/** A page that is still loading under the menu may take the focus for itself: not while somebody types here. */
function keepFocus({ currentTarget: box, relatedTarget }: FocusEvent<HTMLElement>): void {
  if (relatedTarget && !box.closest("[role=dialog]")?.contains(relatedTarget)) box.focus();
}
