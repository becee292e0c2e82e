/** What the command menu offers, as plain values: commands found by the letters one types, and what search found. Pure. */
import type { Found } from "../api/types";

export type CommandKind =
  | "create"
  | "copy"
  | "deleted"
  | "duplicates"
  | "import"
  | "language"
  | "list"
  | "merge"
  | "note"
  | "place"
  | "theme";

export interface Command {
  readonly id: string;
  readonly kind: CommandKind;
  readonly label: string;
  /** Other words by which one may look for it. */
  readonly words?: string;
  /** The key that does the same without the menu. */
  readonly shortcut?: string;
  readonly href?: string;
  readonly run?: () => void;
}

/** The commands that the letters lead to: those with the words first, then those with the letters in this order. */
export function matching<C extends Pick<Command, "label" | "words">>(
  commands: readonly C[],
  query: string,
): C[] {
  const wanted = plain(query);
  const ranked = commands.map((command) => ({
    command,
    rank: rankOf(plain(`${command.label} ${command.words ?? ""}`), wanted),
  }));
  return ranked
    .filter(({ rank }) => rank < NOT_AT_ALL)
    .toSorted((a, b) => a.rank - b.rank)
    .map(({ command }) => command);
}

const NOT_AT_ALL = 3;

function rankOf(text: string, wanted: string): number {
  if (text.startsWith(wanted)) return 0;
  const words = text.split(/[^\p{L}\p{N}]+/u);
  if (wanted.split(" ").every((part) => words.some((word) => word.startsWith(part)))) return 1;
  return hasInOrder(text, wanted.replaceAll(" ", "")) ? 2 : NOT_AT_ALL;
}

function hasInOrder(text: string, letters: string): boolean {
  let at = -1;
  for (const letter of letters) {
    at = text.indexOf(letter, at + 1);
    if (at < 0) return false;
  }
  return true;
}

function plain(text: string): string {
  return text.toLowerCase().normalize("NFKD").replace(/\p{M}/gu, "").replace(/\s+/gu, " ").trim();
}

export interface Hits {
  readonly contacts: readonly Found[];
  readonly notes: readonly Found[];
}

/** A contact that is there only for a note which is there too is left to that note. */
export function sorted(found: readonly Found[]): Hits {
  const notes = found.filter(({ type }) => type === "note");
  const noted = new Set(notes.map(({ contact_id }) => contact_id));
  const contacts = found.filter(
    ({ type, matched_in, id }) => type === "contact" && !(matched_in === "note" && noted.has(id)),
  );
  return { contacts, notes };
}

/** Where a hit leads: a note is shown on its contact's page. */
export function hrefOf({ type, id, contact_id }: Pick<Found, "type" | "id" | "contact_id">): string {
  return `/contacts/${contact_id}${type === "note" ? `#note-${id}` : ""}`;
}

const CONTACT_PAGE = /^\/contacts\/(con_[^/#?]+)/;

/** The contact whose page this is. */
export function contactOn(path: string): string | null {
  return CONTACT_PAGE.exec(path)?.[1] ?? null;
}
