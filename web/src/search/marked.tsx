/** An excerpt in which the server marked what was found: `<mark>` and escaped text, drawn as text and never as HTML. */
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

export function Marked({ excerpt }: { readonly excerpt: string }) {
  return piecesOf(excerpt).map(({ text, found }, index) => (found ? <mark key={index}>{text}</mark> : text));
}
