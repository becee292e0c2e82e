/** An excerpt in which the server marked what was found: `<mark>` and escaped text, drawn as text and never as HTML. */
import type { Found } from "../api/types";

const ENTITIES: Record<string, string> = { amp: "&", lt: "<", gt: ">", quot: '"', "#x27": "'", "#39": "'" };

export interface Piece {
  readonly text: string;
  readonly found: boolean;
}

export function piecesOf(excerpt: string): Piece[] {
  const pieces = excerpt.split(/<mark>(.*?)<\/mark>/su).map((text, index) => ({
    text: text.replace(/&(amp|lt|gt|quot|#x27|#39);/g, (whole, name: string) => ENTITIES[name] ?? whole),
    found: index % 2 === 1,
  }));
  return pieces.filter(({ text }) => text !== "");
}

/** Only as many characters before what was found first as fit beside it, from the beginning of a word. */
export function near(pieces: readonly Piece[], before: number): Piece[] {
  const [head, ...rest] = pieces;
  if (!head || head.found || rest.length === 0 || head.text.length <= before) return [...pieces];
  const tail = head.text.slice(-before);
  const word = tail.search(/(?<=\s)\S/u);
  return [{ text: `…${word < 0 ? tail : tail.slice(word)}`, found: false }, ...rest];
}

/** Of a contact's values, put together with dots, those in which something was found. */
export function valuesFound(excerpt: string): string {
  const values = excerpt.split(" · ").filter((value) => value.includes("<mark>"));
  return values.every((value) => value.includes("</mark>")) ? values.join(" · ") : excerpt;
}

interface MarkedProps {
  readonly excerpt: string;
  /** At most so many characters before the first mark. */
  readonly before?: number;
}

export function Marked({ excerpt, before = Number.POSITIVE_INFINITY }: MarkedProps) {
  return near(piecesOf(excerpt), before).map(({ text, found }, index) =>
    found ? <mark key={index}>{text}</mark> : text,
  );
}

/** Where a hit was found, if not in its name or title. */
export function FoundIn({ hit, before }: { readonly hit: Found; readonly before: number }) {
  if (hit.matched_in === "name" || hit.matched_in === "title") return null;
  const excerpt = hit.matched_in === "property" ? valuesFound(hit.excerpt_html) : hit.excerpt_html;
  return <Marked excerpt={excerpt} before={before} />;
}
