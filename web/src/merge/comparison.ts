/** What a preview says, sorted into what is to be decided, what comes together and what stays, and how choices go. Pure. */
import type { MergeChoice, MergeChoices, MergedProperty, MergePreview } from "../api/types";

export type Side = "primary" | "secondary";

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

/** What to call the two: by name, and where they have the same one by their address too. */
export function namesIn(preview: MergePreview, noName: string): Record<Side, string> {
  const [primary, secondary] = [preview.primary.name || noName, preview.secondary.name || noName];
  if (primary !== secondary) return { primary, secondary };
  const emails = preview.properties.find(({ name }) => name === "emails");
  const more = (value: unknown) => {
    const first = Array.isArray(value) ? (value[0] as { value: string } | undefined) : undefined;
    return first ? ` (${first.value})` : "";
  };
  return { primary: primary + more(emails?.primary), secondary: secondary + more(emails?.secondary) };
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
