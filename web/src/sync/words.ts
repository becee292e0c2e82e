/** The words of a document as plain lines: to say which of them a refused copy held alone, and to put them back. */
import { Doc, XmlElement, XmlFragment, XmlText, type Map as YMap } from "yjs";

/** The root every Tiptap editor with a stock provider uses. */
export const FIELD = "default";

/** The root of a contact's document. */
export const PROPERTIES = "properties";

/** One line for each block of text and each hard break in it, in reading order; one for each property of a contact. */
export function linesOf(doc: Doc): string[] {
  return [...blocks(doc.getXmlFragment(FIELD)), ...values(doc.getMap(PROPERTIES))];
}

function values(map: YMap<unknown>): string[] {
  return [...map].map(([key, value]) => key.split(":").slice(1).join(":") || String(value)).toSorted();
}

function blocks(node: XmlFragment): string[] {
  const lines: string[] = [];
  let line: string | null = null;
  const finish = () => {
    if (line !== null) lines.push(...line.split("\n"));
    line = null;
  };
  for (const child of node.toArray()) {
    if (child instanceof XmlText) line = (line ?? "") + plain(child);
    else if (child instanceof XmlElement && child.nodeName === "hardBreak") line = `${line ?? ""}\n`;
    else if (child instanceof XmlElement) {
      finish();
      lines.push(...(child.length === 0 ? [""] : blocks(child)));
    }
  }
  finish();
  return lines;
}

function plain(text: XmlText): string {
  const delta = text.toDelta() as { insert: unknown }[];
  return delta.map(({ insert }) => (typeof insert === "string" ? insert : "")).join("");
}

/** The lines of `mine` that `theirs` does not hold, counting repeats; blank ones say nothing. */
export function linesMissing(mine: readonly string[], theirs: readonly string[]): string[] {
  const there = new Map<string, number>();
  for (const line of theirs) there.set(line, (there.get(line) ?? 0) + 1);
  return mine.filter((line) => {
    const left = there.get(line) ?? 0;
    there.set(line, left - 1);
    return left <= 0 && line.trim() !== "";
  });
}

/** Each line as a paragraph at the end of the note. */
export function appendLines(doc: Doc, lines: readonly string[]): void {
  const fragment = doc.getXmlFragment(FIELD);
  doc.transact(() => {
    fragment.push(
      lines.map((line) => {
        const paragraph = new XmlElement("paragraph");
        paragraph.insert(0, [new XmlText(line)]);
        return paragraph;
      }),
    );
  });
}
