/** One of a few values, searched by typing: a stage, a colleague. The first line clears it. */
import { Combobox } from "@base-ui/react/combobox";
import { Check } from "lucide-react";
import { useRef } from "react";
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
  const over = useRef(false);
  const none: Choice = { value: "", label: t("property.none") };
  const items = [none, ...choices];
  const chosen = items.find(({ value }) => value === now) ?? none;

  const end = (run: () => void) => {
    if (over.current) return;
    over.current = true;
    run();
  };

  return (
    <Combobox.Root
      items={items}
      defaultOpen
      defaultValue={chosen}
      isItemEqualToValue={(one: Choice, other: Choice) => one.value === other.value}
      autoHighlight
      onValueChange={(choice: Choice | null) => end(() => onCommit(choice?.value ?? "", "back"))}
      onOpenChange={(open, { reason }) => {
        if (!open) end(() => onLeave(reason === "escape-key" ? "back" : "away"));
      }}
    >
      <Combobox.Input
        aria-label={label}
        autoFocus
        onFocus={(event) => event.currentTarget.select()}
        onKeyDown={(event) => {
          if (event.key !== "Tab") return;
          event.preventDefault();
          end(() => onLeave(event.shiftKey ? "previous" : "next"));
        }}
        className="inline-editor"
      />
      <Combobox.Portal>
        <Combobox.Positioner align="start" sideOffset={4} collisionPadding={8} className="z-50">
          <Combobox.Popup className="floating max-h-72 min-w-56 overflow-y-auto p-1">
            <Combobox.Empty className="px-2 text-[13px] text-ink-3 not-empty:py-1.5">
              {t("property.noChoice")}
            </Combobox.Empty>
            <Combobox.List>
              {(choice: Choice) => (
                <Combobox.Item key={choice.value} value={choice} className="menu-item">
                  <span className={`flex-1 ${choice.value ? "" : "text-ink-3"}`}>{choice.label}</span>
                  <Combobox.ItemIndicator>
                    <Check aria-hidden size={14} strokeWidth={1.9} className="text-accent" />
                  </Combobox.ItemIndicator>
                </Combobox.Item>
              )}
            </Combobox.List>
          </Combobox.Popup>
        </Combobox.Positioner>
      </Combobox.Portal>
    </Combobox.Root>
  );
}
