/** One property: its name, its value or editor, who else is in it, its past, and what the server did not take of it. */
import { TriangleAlert } from "lucide-react";
import type { Property } from "../api/types";
import { useText } from "../i18n/language";
import { Avatar } from "../ui/avatar";
import { Button } from "../ui/button";
import { personClass } from "../ui/people";
import type { Refused } from "./edits";
import { useEditing } from "./editing";
import { ElementsField } from "./elements-field";
import { labelOf, reasonText } from "./labels";
import { LeftDraft } from "./left-draft";
import { PropertyDetails } from "./property-details";
import { ScalarField } from "./scalar-field";
import { usePropertyDocument } from "./use-property-document";
import { hasPrimary } from "./values";
import { WordsField } from "./words-field";

export function PropertyRow({ property }: { readonly property: Property }) {
  const t = useText();
  const { editors, refused } = usePropertyDocument();
  const editor = editors.get(property.name);
  const color = editor ? personClass(editor.id, editor.color) : "";
  const refusal = refused.find((each) => each.property === property.name);
  const label = labelOf(t, property);
  const Field = property.kind === "scalar" ? ScalarField : hasPrimary(property) ? ElementsField : WordsField;

  return (
    <div data-property={property.name} data-edited={editor?.name} className={`property ${color}`}>
      <dt>{label}</dt>
      <dd className="min-w-0">
        <Field property={property} />
        {refusal && <Refusal refusal={refusal} />}
        <LeftDraft property={property} />
      </dd>
      <dd className="flex items-center">
        <PropertyDetails property={property} label={label} />
        {editor && (
          <>
            <Avatar name={editor.name} color={color} size="s" className="m-1" />
            <span className="sr-only">{t("property.editedBy", { name: editor.name })}</span>
          </>
        )}
      </dd>
    </div>
  );
}

/** The reason at the field, and what was typed still there to be mended. */
function Refusal({ refusal }: { readonly refusal: Refused }) {
  const t = useText();
  const { dismiss } = usePropertyDocument();
  const { place, open } = useEditing();
  const { property: name, element, typed, code } = refusal;
  if (place?.name === name)
    return <p className="px-1.5 pb-1.5 text-[12.5px] text-bad">{reasonText(t, code)}</p>;
  return (
    <div role="alert" className="mb-1.5 rounded-field border border-bad px-2 py-1.5 text-[12.5px]">
      {typed && <p className="break-words line-through decoration-bad/60">{typed}</p>}
      <p className="flex gap-1.5 text-bad">
        <TriangleAlert aria-hidden size={14} strokeWidth={1.9} className="mt-0.5 flex-none" />
        {reasonText(t, code)}
      </p>
      <div className="mt-1 flex flex-wrap gap-1.5">
        <Button
          className="h-7! px-2! text-[12.5px]!"
          onClick={() => open({ name, element, adding: element === undefined, draft: typed })}
        >
          {t("property.mend")}
        </Button>
        <Button kind="quiet" className="h-7! text-[12.5px]!" onClick={() => dismiss(name)}>
          {t("property.discard")}
        </Button>
      </div>
    </div>
  );
}
