/** What a preview says, sorted into what is to be decided, what comes together and what stays, and how choices go. Pure. */
import type { MergeChoice, MergeChoices, MergedProperty, MergePreview } from "../api/types";

export type Side = "primary" | "secondary";

/** What the photo is called among the properties; its values are where the pictures are. */
export const PHOTO = "photo";

const ACROSS = { primary: "secondary", secondary: "primary", both: "both" } as const;

export interface Comparison {
  /** Both sides have a value, and another one. */
  readonly conflicts: readonly MergedProperty[];
  /** Elements of both sides. */
  readonly united: readonly MergedProperty[];
  /** The survivor had nothing, or less far. */
  readonly brought: readonly MergedProperty[];
  /** The survivor keeps what it has. */
  readonly same: readonly MergedProperty[];
}

/** `opened` are those that somebody wants to decide though nobody asks. */
export function compare(preview: MergePreview, opened: ReadonlySet<string>): Comparison {
  const sorted = { conflicts: [], united: [], brought: [], same: [] } as {
    -readonly [K in keyof Comparison]: MergedProperty[];
  };
  for (const property of preview.properties) {
    if (property.conflict || opened.has(property.name)) sorted.conflicts.push(property);
    else if (isEmpty(property.primary) && isEmpty(property.secondary)) continue;
    else if (property.taken === "both") sorted.united.push(property);
    else if (property.taken === "secondary" || property.note !== null) sorted.brought.push(property);
    else sorted.same.push(property);
  }
  return sorted;
}

export function isEmpty(value: unknown): boolean {
  return value === null || value === "" || (Array.isArray(value) && value.length === 0);
}

/** Whose value stands: as somebody chose, else by the rule. */
export function chosenOf(property: MergedProperty, choices: MergeChoices): MergeChoice {
  const chosen = choices[property.name];
  if (chosen !== undefined) return chosen;
  return property.taken === "equal" || property.taken === "value" ? "primary" : property.taken;
}

/** Where the picture is that the survivor will show; undefined where neither has one. */
export function photoAfter(preview: MergePreview, choices: MergeChoices): string | null | undefined {
  const photo = preview.properties.find(({ name }) => name === PHOTO);
  return photo && (photo[chosenOf(photo, choices) as Side] as string | null);
}

/** All conflicts the same way. */
export function allOf(side: Side, conflicts: readonly MergedProperty[], choices: MergeChoices): MergeChoices {
  return { ...choices, ...Object.fromEntries(conflicts.map(({ name }) => [name, side])) };
}

/** The other contact survives: whoever chose a value chose that value, not a side. */
export function turned(choices: MergeChoices): MergeChoices {
  return Object.fromEntries(
    Object.entries(choices).map(([name, choice]) => [
      name,
      typeof choice === "string" ? ACROSS[choice] : choice,
    ]),
  );
}

/** The same two the other way round, as near as one knows without asking. */
export function turnedRound(preview: MergePreview): MergePreview {
  return {
    ...preview,
    primary: preview.secondary,
    secondary: preview.primary,
    properties: preview.properties.map((property) => ({
      ...property,
      primary: property.secondary,
      secondary: property.primary,
      primary_change: property.secondary_change,
      secondary_change: property.primary_change,
      taken:
        property.conflict || property.taken === "equal" || property.taken === "value"
          ? property.taken
          : ACROSS[property.taken],
    })),
  };
}

/** By these one knows which of two people of one name is which, the most telling first: as the server has it. */
const TELLING = ["emails", "company", "jobtitle", "city", "phones"];

/** What each has where they first differ in what is telling; empty where it has none. */
export function knownByIn({ properties }: MergePreview): Readonly<Record<Side, string>> {
  for (const name of TELLING) {
    const property = properties.find((each) => each.name === name);
    const [primary, secondary] = [firstOf(property?.primary), firstOf(property?.secondary)];
    if (primary !== secondary) return { primary, secondary };
  }
  return { primary: "", secondary: "" };
}

function firstOf(value: unknown): string {
  const first = Array.isArray(value) ? (value[0] as { value: string } | undefined)?.value : value;
  return typeof first === "string" ? first : "";
}

/** As somebody saw the conflicts, and what else they decided. */
export function versionsSeen(preview: MergePreview, choices: MergeChoices): Record<string, string> {
  const seen = preview.properties.filter(({ name, conflict }) => conflict || name in choices);
  return Object.fromEntries(seen.map(({ name, version }) => [name, version]));
}

export const cellOf = (contactId: string, property: string) => `${contactId}/${property}`;

/** The cells that show another value than they did, whichever way round the two stand. */
export function movedCells(before: MergePreview | null, now: MergePreview): ReadonlySet<string> {
  const cells = (preview: MergePreview) =>
    new Map(
      preview.properties.flatMap(({ name, primary, secondary }) => [
        [cellOf(preview.primary.id, name), JSON.stringify(primary)] as const,
        [cellOf(preview.secondary.id, name), JSON.stringify(secondary)] as const,
      ]),
    );
  if (before === null) return new Set();
  const held = cells(before);
  const moved = [...cells(now)].filter(([cell, value]) => held.has(cell) && held.get(cell) !== value);
  return new Set(moved.map(([cell]) => cell));
}

/** The properties of these cells. */
export function propertiesOf(cells: ReadonlySet<string>): readonly string[] {
  return [...new Set([...cells].map((cell) => cell.slice(cell.indexOf("/") + 1)))];
}
