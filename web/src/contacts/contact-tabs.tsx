/**
 * The parts of a contact's page. Where there is room all of them stand side by side; on a phone one at a time, behind
 * tabs. The parts stay mounted either way: turning a phone interrupts nobody.
 */
import { useRef, type KeyboardEvent, type ReactNode } from "react";
import type { PlainKey } from "../i18n/catalogue";
import { useText } from "../i18n/language";

export const PARTS = ["notes", "activity", "about"] as const;
export type Part = (typeof PARTS)[number];

const LABELS: Record<Part, PlainKey> = {
  notes: "contact.tab.notes",
  activity: "contact.tab.activity",
  about: "contact.tab.about",
};

interface TabsProps {
  readonly chosen: Part;
  readonly onChoose: (part: Part) => void;
}

export function ContactTabs({ chosen, onChoose }: TabsProps) {
  const t = useText();
  const list = useRef<HTMLDivElement>(null);
  const move = (event: KeyboardEvent) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step) return;
    event.preventDefault();
    const next = PARTS.at((PARTS.indexOf(chosen) + step) % PARTS.length) ?? "notes";
    onChoose(next);
    list.current?.querySelector<HTMLElement>(`#${tabId(next)}`)?.focus();
  };
  return (
    <div
      ref={list}
      role="tablist"
      aria-label={t("contact.tabs")}
      className="mt-4 flex rounded-card bg-sunk p-0.75"
    >
      {PARTS.map((part) => (
        <button
          key={part}
          type="button"
          role="tab"
          id={tabId(part)}
          aria-controls={panelId(part)}
          aria-selected={part === chosen}
          tabIndex={part === chosen ? 0 : -1}
          onClick={() => onChoose(part)}
          onKeyDown={move}
          className="min-h-10 flex-1 rounded-field text-[13.5px] text-ink-2 aria-selected:bg-sheet aria-selected:font-[550] aria-selected:text-ink aria-selected:shadow-[0_1px_2px_oklch(0%_0_0/0.08)]"
        >
          {t(LABELS[part])}
        </button>
      ))}
    </div>
  );
}

interface PartProps {
  readonly part: Part;
  /** The part that is shown alone; null where all are. */
  readonly alone: Part | null;
  readonly className?: string;
  readonly children: ReactNode;
}

export function ContactPart({ part, alone, className, children }: PartProps) {
  const tabbed = alone !== null && { role: "tabpanel", "aria-labelledby": tabId(part) };
  return (
    <div {...tabbed} id={panelId(part)} hidden={alone !== null && alone !== part} className={className}>
      {children}
    </div>
  );
}

const tabId = (part: Part) => `tab-${part}`;
const panelId = (part: Part) => `panel-${part}`;
