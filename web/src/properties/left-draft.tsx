/** What was typed for a property when its page was left: to be written now, or given up. Nothing is written unasked. */
import type { Property } from "../api/types";
import type { Draft } from "../sync/device";
import { ChooseValue } from "./choose-value";
import { useEditing } from "./editing";
import { usePropertyDocument } from "./use-property-document";
import { phoneText, same, scalarIn, type Values } from "./values";

export function LeftDraft({ property }: { readonly property: Property }) {
  const { values, editable, drafts } = usePropertyDocument();
  const { place, leave, commit } = useEditing();
  const draft = drafts.left.find((each) => each.property === property.name);
  if (!draft || !editable || place?.name === property.name || isWritten(draft, values)) return null;
  const element = draft.element && (property.type === "phone" ? phoneText(draft.element) : draft.element);
  return (
    <div className="mb-1.5">
      <ChooseValue
        theirs={property.kind === "scalar" ? scalarIn(values, property.name) : (element ?? "")}
        mine={draft.typed}
        onKeep={() => leave(property, "back")}
        onReplace={() => commit(property, draft, "back")}
      />
    </div>
  );
}

/** It stands there already, whoever wrote it. */
export function isWritten({ writes }: Draft, values: Values): boolean {
  return Object.entries(writes).every(([key, value]) => same(values[key], value));
}
