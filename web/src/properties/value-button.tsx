/** A value as it is read; a press or Enter opens its editor in the same place. */
import { Pencil } from "lucide-react";
import type { ReactNode } from "react";
import type { Property } from "../api/types";
import { useText } from "../i18n/language";
import { labelOf } from "./labels";
import { usePropertyDocument } from "./use-property-document";

interface ValueButtonProps {
  readonly property: Property;
  /** In words, for whoever does not see it; empty for blank. */
  readonly text: string;
  readonly onOpen: () => void;
  readonly children: ReactNode;
}

export function ValueButton({ property, text, onOpen, children }: ValueButtonProps) {
  const t = useText();
  const { editable } = usePropertyDocument();
  const shown = text === "" ? <span className="text-ink-3">--</span> : children;
  if (!editable || property.read_only) return <span className="inline-value">{shown}</span>;
  const label = labelOf(t, property);
  return (
    <button
      type="button"
      data-value
      aria-label={text ? t("property.edit", { label, value: text }) : t("property.fill", { label })}
      onClick={onOpen}
      className={`inline-value relative cursor-text ${property.kind === "scalar" ? "pr-6" : ""}`}
    >
      {shown}
      {property.kind === "scalar" && (
        <Pencil
          aria-hidden
          size={12}
          strokeWidth={1.75}
          className="property-tool absolute top-2 right-1.5 text-ink-3 pointer-coarse:hidden"
        />
      )}
    </button>
  );
}
