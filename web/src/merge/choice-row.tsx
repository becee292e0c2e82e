/** A property that somebody decides: one side's value or the other's, both of a set, or a value of one's own. */
import { Pencil } from "lucide-react";
import { useId, type ReactNode } from "react";
import type { MergeChoice, MergedProperty, MergePreview } from "../api/types";
import { useText } from "../i18n/language";
import { reasonText } from "../properties/labels";
import { IconButton } from "../ui/button";
import { inputClass } from "../ui/field";
import { useWhen } from "../ui/time";
import { cellOf, PHOTO, type Side } from "./comparison";
import type { Vocabulary } from "./outcome-row";
import { Portrait } from "./portrait";
import { Value } from "./values-in-words";

interface ChoiceRowProps {
  readonly vocabulary: Vocabulary;
  readonly names: Readonly<Record<Side, string>>;
  readonly preview: MergePreview;
  readonly moved: ReadonlySet<string>;
  readonly property: MergedProperty;
  readonly chosen: MergeChoice;
  /** Why the server did not take the value. */
  readonly fault: string | null;
  readonly onChoose: (choice: MergeChoice) => void;
}

export function ChoiceRow(props: ChoiceRowProps) {
  const { vocabulary, names, preview, moved, property, chosen, fault, onChoose } = props;
  const t = useText();
  const group = useId();
  const definition = vocabulary.properties.get(property.name);
  if (!definition && property.name !== PHOTO) return null;
  const label = vocabulary.labels.get(property.name) ?? property.name;
  const isSet = definition?.kind === "set";
  const own =
    !isSet && definition?.type === "text" ? (typeof chosen === "string" ? null : chosen.value) : undefined;
  const started = typeof property[chosen as Side] === "string" ? String(property[chosen as Side]) : "";

  const cell = (side: Side) => (
    <Option
      key={side}
      group={group}
      chosen={chosen === side}
      lit={moved.has(cellOf(preview[side].id, property.name))}
      said={names[side]}
      onChoose={() => onChoose(side)}
    >
      {definition ? (
        <span className="block min-w-0 text-[14px] break-words">
          <Value property={definition} users={vocabulary.users} value={property[side]} />
        </span>
      ) : (
        <Portrait contact={preview[side]} photo={property[side] as string | null} large />
      )}
      <Changed change={property[`${side}_change`]} />
    </Option>
  );
  return (
    <fieldset
      data-choice={property.name}
      aria-describedby={fault ? `${group}-fault` : undefined}
      className="grid gap-x-4 gap-y-1.5 border-b border-line py-2.5 desk:grid-cols-[9rem_minmax(0,1fr)] desk:items-start"
    >
      <legend className="sr-only">{label}</legend>
      <div className="flex min-h-7 items-center gap-1 desk:pt-1">
        <p aria-hidden className="min-w-0 text-[13px] text-ink-2">
          {label}
        </p>
        {own === null && (
          <IconButton
            label={t("merge.ownOf", { label })}
            onClick={() => onChoose({ value: started })}
            className="size-7! text-ink-3 max-desk:ml-auto"
          >
            <Pencil aria-hidden size={13} strokeWidth={1.75} />
          </IconButton>
        )}
      </div>
      <div className="grid grid-cols-2 gap-2">
        {cell("primary")}
        {cell("secondary")}
        {isSet && (
          <Option
            group={group}
            chosen={chosen === "both"}
            lit={false}
            said={null}
            wide
            onChoose={() => onChoose("both")}
          >
            <span className="block text-[14px]">{t("merge.both")}</span>
          </Option>
        )}
        {typeof own === "string" && (
          <OwnValue
            label={t("merge.ownOf", { label })}
            group={group}
            value={own}
            onChoose={(value) => onChoose({ value })}
          />
        )}
      </div>
      {fault && (
        <p id={`${group}-fault`} role="alert" className="text-[13px] text-bad desk:col-start-2">
          {reasonText(t, fault)}
        </p>
      )}
    </fieldset>
  );
}

interface OptionProps {
  readonly group: string;
  readonly chosen: boolean;
  readonly lit: boolean;
  /** Whose value this is, for whoever does not see the columns. */
  readonly said: string | null;
  readonly wide?: boolean;
  readonly onChoose: () => void;
  readonly children: ReactNode;
}

function Option({ group, chosen, lit, said, wide = false, onChoose, children }: OptionProps) {
  return (
    <label
      className={`touchable flex min-w-0 items-start gap-2.5 rounded-card border px-2.5 py-2 transition-colors duration-100 has-focus-visible:outline-2 has-focus-visible:outline-offset-1 has-focus-visible:outline-accent ${chosen ? "border-accent bg-accent-soft" : "border-line hover:border-line-strong hover:bg-sunk"} ${lit ? "lit" : ""} ${wide ? "col-span-2" : ""}`}
    >
      {/* Whoever presses what stands by the rule has chosen it: turned round, it still stands. */}
      <input
        type="radio"
        name={group}
        className="sr-only"
        checked={chosen}
        onChange={onChoose}
        onClick={onChoose}
      />
      <Ring chosen={chosen} />
      <span className="min-w-0 flex-1">
        {said && <span className="sr-only">{said} : </span>}
        {children}
      </span>
    </label>
  );
}

function Ring({ chosen }: { readonly chosen: boolean }) {
  return (
    <span
      aria-hidden
      className={`mt-0.75 grid size-3.75 flex-none place-items-center rounded-full border-[1.5px] ${chosen ? "border-accent" : "border-ink-3"}`}
    >
      {chosen && <span className="size-1.75 rounded-full bg-accent" />}
    </span>
  );
}

/** Who gave it this value, and when. */
function Changed({ change }: { readonly change: MergedProperty["primary_change"] | undefined }) {
  const t = useText();
  const when = useWhen(change?.at ?? "");
  if (!change) return null;
  return (
    <span className="block text-[12px] text-ink-2">
      {change.actor ? t("merge.by", { name: change.actor.name, when }) : when}
    </span>
  );
}

interface OwnValueProps {
  readonly label: string;
  readonly group: string;
  readonly value: string;
  readonly onChoose: (value: string) => void;
}

function OwnValue({ label, group, value, onChoose }: OwnValueProps) {
  return (
    <div className="col-span-2 flex items-center gap-2.5 rounded-card border border-accent bg-accent-soft px-2.5 py-1.5">
      <input type="radio" name={group} className="sr-only" checked readOnly aria-label={label} />
      <Ring chosen />
      <input
        aria-label={label}
        value={value}
        autoFocus
        autoComplete="off"
        onFocus={(event) => event.target.select()}
        onChange={(event) => onChoose(event.target.value)}
        className={`${inputClass} min-w-0 flex-1`}
      />
    </div>
  );
}
