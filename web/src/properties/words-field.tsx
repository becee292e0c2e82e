/** A set of words, such as tags: chips, and a place to type more. Enter adds one and stays for the next. */
import { Plus, X } from "lucide-react";
import { useState } from "react";
import type { Property } from "../api/types";
import { useText } from "../i18n/language";
import { useEditing } from "./editing";
import { InlineInput } from "./inline-input";
import { labelOf } from "./labels";
import { usePropertyDocument } from "./use-property-document";
import { ValueButton } from "./value-button";
import { addElement, elementsIn, removeElement } from "./values";

export function WordsField({ property }: { readonly property: Property }) {
  const t = useText();
  const { values, editable, editors } = usePropertyDocument();
  const { place, open, type, leave, commit } = useEditing();
  const [added, setAdded] = useState(0);
  const label = labelOf(t, property);
  const words = elementsIn(values, property);
  const here = place?.name === property.name ? place : null;
  const writable = editable && !property.read_only;
  const edit = (typed: string) => ({ writes: addElement(values, property, typed), typed });
  const start = () => open({ name: property.name, adding: true });

  if (words.length === 0 && !here) {
    return (
      <ValueButton property={property} text="" onOpen={start}>
        {null}
      </ValueButton>
    );
  }
  return (
    <div className="flex min-h-7.5 flex-wrap items-center gap-1.5 px-1.5 py-1">
      <ul className="contents">
        {words.map(({ value }) => (
          <li key={value} className="chip">
            {value}
            {writable && (
              <button
                type="button"
                aria-label={t("property.removeWord", { value })}
                onClick={() =>
                  commit(property, { writes: removeElement(values, property, value), typed: value }, "back")
                }
                className="chip-remove"
              >
                <X aria-hidden size={11} strokeWidth={2.25} />
              </button>
            )}
          </li>
        ))}
      </ul>
      {here ? (
        <InlineInput
          key={added}
          label={t("property.add", { label })}
          now=""
          draft={here.draft}
          colleague={editors.get(property.name)}
          onLeave={(then) => leave(property, then)}
          onType={(typed) => type(property, typed === null ? null : edit(typed))}
          onCommit={(typed, then) => {
            commit(property, edit(typed), then === "back" ? "away" : then);
            if (then !== "back") return;
            open({ name: property.name, adding: true });
            setAdded(added + 1);
          }}
        />
      ) : (
        writable && (
          <button
            type="button"
            data-value
            aria-label={t("property.add", { label })}
            onClick={start}
            className="property-tool touchable grid size-6 place-items-center rounded-full text-ink-3 hover:text-ink"
          >
            <Plus aria-hidden size={13} strokeWidth={1.9} />
          </button>
        )
      )}
    </div>
  );
}
