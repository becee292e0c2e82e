/** A property of which nobody need decide: what it becomes and why, and the way to decide all the same. */
import type { Colleague, MergedProperty, MergePreview, Property } from "../api/types";
import { useText } from "../i18n/language";
import { cellOf, PHOTO, type Side } from "./comparison";
import { Portrait } from "./portrait";
import { Value } from "./values-in-words";

export interface Vocabulary {
  readonly properties: ReadonlyMap<string, Property>;
  readonly labels: ReadonlyMap<string, string>;
  readonly users: readonly Colleague[];
}

interface OutcomeRowProps {
  readonly vocabulary: Vocabulary;
  readonly names: Readonly<Record<Side, string>>;
  readonly preview: MergePreview;
  readonly moved: ReadonlySet<string>;
  readonly property: MergedProperty;
  readonly onOpen: () => void;
}

export function OutcomeRow({ vocabulary, names, preview, moved, property, onOpen }: OutcomeRowProps) {
  const t = useText();
  const definition = vocabulary.properties.get(property.name);
  const label = vocabulary.labels.get(property.name) ?? property.name;
  if (!definition && property.name !== PHOTO) return null;
  const lit = [preview.primary.id, preview.secondary.id].some((id) => moved.has(cellOf(id, property.name)));
  const { taken, note } = property;
  const from = taken === "secondary" ? names.secondary : names.primary;
  const reason =
    note === "furthest"
      ? t("merge.furthest")
      : note === "cleared"
        ? t("merge.cleared", { name: taken === "secondary" ? names.primary : names.secondary })
        : taken === "secondary"
          ? t("merge.from", { name: from })
          : null;
  return (
    <div
      data-outcome={property.name}
      className={`grid grid-cols-[minmax(0,1fr)_auto] items-start gap-x-4 border-b border-line py-2 desk:grid-cols-[9rem_minmax(0,1fr)_auto] ${lit ? "lit" : ""}`}
    >
      <dt className="text-[13px] text-ink-2 max-desk:col-start-1">{label}</dt>
      <dd className="min-w-0 max-desk:col-start-1">
        {definition ? (
          <Value
            property={definition}
            users={vocabulary.users}
            value={property.result}
            {...(taken === "both" && { before: property.primary })}
          />
        ) : (
          <Portrait contact={preview.primary} photo={property.result as string | null} />
        )}
        {reason && <p className="text-[12.5px] text-ink-3">{reason}</p>}
      </dd>
      {!definition?.read_only && (
        <dd className="max-desk:col-start-2 max-desk:row-span-2 max-desk:row-start-1">
          <button
            type="button"
            aria-label={t("merge.decideOne", { label })}
            onClick={onOpen}
            className="touchable rounded-sm px-1 text-[13px] text-accent hover:underline"
          >
            {t("merge.decide")}
          </button>
        </dd>
      )}
    </div>
  );
}
