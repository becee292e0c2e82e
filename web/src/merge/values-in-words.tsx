/** A property's value in a preview, as one reads it: one text, or the elements of a set, those that are new marked. */
import type { Colleague, Property } from "../api/types";
import { useText } from "../i18n/language";
import { valueText } from "../properties/labels";
import { isEmpty } from "./comparison";

interface ValueProps {
  readonly property: Property;
  readonly users: readonly Colleague[];
  readonly value: unknown;
  /** What was there before: elements that were not are marked. */
  readonly before?: unknown;
}

export function Value({ property, users, value, before }: ValueProps) {
  const t = useText();
  if (isEmpty(value)) return <span className="text-ink-2">{t("merge.nothing")}</span>;
  if (!Array.isArray(value)) return valueText(t, property, String(value), users);
  const known = before === undefined ? null : new Set(elementsOf(before).map(({ text }) => text));
  return (
    <ul className="flex flex-wrap gap-x-3 gap-y-1">
      {elementsOf(value).map(({ text, primary }) => (
        <li key={text} className="min-w-0 break-words">
          {known && !known.has(text) && (
            <span className="font-semibold text-accent" title={t("merge.added")}>
              <span aria-hidden>+ </span>
              <span className="sr-only">{t("merge.added")} </span>
            </span>
          )}
          {valueText(t, property, text, users)}
          {primary && value.length > 1 && (
            <span className="ml-1.5 text-[12px] text-ink-2">{t("property.primary")}</span>
          )}
        </li>
      ))}
    </ul>
  );
}

interface Element {
  readonly text: string;
  readonly primary: boolean;
}

function elementsOf(value: unknown): readonly Element[] {
  if (!Array.isArray(value)) return [];
  return (value as (string | { value: string; primary: boolean })[]).map((element) =>
    typeof element === "string"
      ? { text: element, primary: false }
      : { text: element.value, primary: element.primary },
  );
}
