/** Addresses or telephone numbers: the primary one first, each edited in its place, one more below. */
import { Copy, Plus, Star, Trash2 } from "lucide-react";
import { Fragment } from "react";
import type { Property } from "../api/types";
import { useText } from "../i18n/language";
import { Action, ActionsMenu } from "../ui/actions-menu";
import { copyText } from "../ui/clipboard";
import { toast } from "../ui/toasts";
import { useEditing } from "./editing";
import { InlineInput, type Then } from "./inline-input";
import { labelOf, valueText } from "./labels";
import { usePropertyDocument } from "./use-property-document";
import { ValueButton } from "./value-button";
import {
  addElement,
  changeElement,
  elementsIn,
  makePrimary,
  phoneText,
  removeElement,
  type Element,
} from "./values";

export function ElementsField({ property }: { readonly property: Property }) {
  const t = useText();
  const { values, editable, editors } = usePropertyDocument();
  const { place, open, type: keep, leave, commit } = useEditing();
  const label = labelOf(t, property);
  const elements = elementsIn(values, property);
  const here = place?.name === property.name ? place : null;
  const adding = here?.adding || (here && !elements.some(({ value }) => value === here.element));
  const type = property.type === "phone" ? "tel" : "email";
  const colleague = editors.get(property.name);
  const isFirst = ({ primary }: Element) => primary && elements.length > 1;
  const add = () => open({ name: property.name, adding: true });
  const onLeave = (then: Then) => leave(property, then);
  /** What a text for one more, or in the place of an element, would write. */
  const edit = (typed: string, element?: string) =>
    element === undefined
      ? { writes: addElement(values, property, typed), typed }
      : { writes: changeElement(values, property, element, typed), typed, element };
  const onType = (typed: string | null, element?: string) =>
    keep(property, typed === null ? null : edit(typed, element));

  return (
    <ul className="grid">
      {elements.map((element, at) => (
        // By place, for the server may give a value another form; an open editor stays itself, whatever comes before it.
        <li
          key={here && !adding && here.element === element.value ? "edited" : at}
          className="relative flex min-w-0 items-start"
        >
          {here && !adding && here.element === element.value ? (
            <InlineInput
              label={label}
              type={type}
              now={property.type === "phone" ? phoneText(element.value) : element.value}
              draft={here.draft}
              colleague={colleague}
              onLeave={onLeave}
              onType={(typed) => onType(typed, element.value)}
              onCommit={(typed, then) => commit(property, edit(typed, element.value), then)}
            />
          ) : (
            <>
              <ValueButton
                property={property}
                text={[valueText(t, property, element.value, []), isFirst(element) && t("property.primary")]
                  .filter(Boolean)
                  .join(" ")}
                onOpen={() => open({ name: property.name, element: element.value })}
              >
                <Breakable text={valueText(t, property, element.value, [])} />
                {isFirst(element) && (
                  <>
                    {" "}
                    <span className="ml-1 text-[11.5px] text-ink-3">{t("property.primary")}</span>
                  </>
                )}
              </ValueButton>
              <div className="property-tools">
                {at === elements.length - 1 && !adding && editable && !property.read_only && (
                  <button
                    type="button"
                    aria-label={t("property.add", { label })}
                    title={t("property.addShort")}
                    onClick={add}
                    className="property-tool hidden size-7.5 flex-none place-items-center rounded-field text-ink-3 desk:grid hover:text-ink"
                  >
                    <Plus aria-hidden size={15} strokeWidth={1.75} />
                  </button>
                )}
                <ElementMenu property={property} element={element} onAdd={add} />
              </div>
            </>
          )}
        </li>
      ))}
      {adding ? (
        <li>
          <InlineInput
            label={t("property.add", { label })}
            type={type}
            now=""
            draft={here?.draft}
            colleague={colleague}
            onLeave={onLeave}
            onType={(typed) => onType(typed)}
            onCommit={(typed, then) => commit(property, edit(typed), then)}
          />
        </li>
      ) : (
        elements.length === 0 && (
          <li>
            <ValueButton property={property} text="" onOpen={add}>
              {null}
            </ValueButton>
          </li>
        )
      )}
    </ul>
  );
}

/** An address that is too long for its line goes on before the @, and not within a word. */
function Breakable({ text }: { readonly text: string }) {
  return text.split(/(?=@)/u).map((part) => (
    <Fragment key={part}>
      {part}
      <wbr />
    </Fragment>
  ));
}

interface ElementMenuProps {
  readonly property: Property;
  readonly element: Element;
  readonly onAdd: () => void;
}

function ElementMenu({ property, element, onAdd }: ElementMenuProps) {
  const t = useText();
  const { values, editable } = usePropertyDocument();
  const { commit } = useEditing();
  const writable = editable && !property.read_only;
  const shown = valueText(t, property, element.value, []);
  const write = (writes: ReturnType<typeof makePrimary>) =>
    commit(property, { writes, typed: shown, element: element.value }, "back");
  const copy = async () => {
    await copyText(property.type === "phone" ? shown : element.value);
    toast(t("contact.copied"));
  };
  return (
    <ActionsMenu label={t("property.actions", { value: shown })} className="property-tool">
      <Action icon={Copy} onRun={() => void copy()}>
        {t("contact.copy")}
      </Action>
      {writable && (
        <Action icon={Plus} onRun={onAdd}>
          {t("property.addShort")}
        </Action>
      )}
      {writable && !element.primary && (
        <Action icon={Star} onRun={() => write(makePrimary(values, property, element.value))}>
          {t("property.makePrimary")}
        </Action>
      )}
      {writable && (
        <Action icon={Trash2} onRun={() => write(removeElement(values, property, element.value))}>
          {t("property.remove")}
        </Action>
      )}
    </ActionsMenu>
  );
}
