// What a person does to a note, and how its text reads: the ProseMirror tree in the XmlFragment "default".
import { Y } from "./libraries.mjs";

const LISTS = new Set(["bulletList", "orderedList", "listItem"]);

export function root(document) {
  return document.getXmlFragment("default");
}

/** A paragraph of one's own at the end of the note; everything in one update. Answers its XmlText. */
export function newParagraph(document, text = "") {
  const paragraph = new Y.XmlElement("paragraph");
  const content = new Y.XmlText(text);
  document.transact(() => {
    paragraph.insert(0, [content]);
    root(document).push([paragraph]);
  });
  return content;
}

/** A contact's map, as it stands in its document. */
export function propertiesOf(document) {
  return document.getMap("properties").toJSON();
}

export function append(content, text) {
  content.insert(content.length, text);
}

/** From the front: what then stands there never stood there before, so a state says how far its author had got. */
export function eraseFirst(content, count) {
  content.delete(0, count);
}

/** Blocks and hard breaks are newlines, list items are blocks, nothing is trimmed: the rule of the server's `text`. */
export function textOf(document) {
  return root(document).toArray().flatMap(blocks).join("\n");
}

function blocks(element) {
  return LISTS.has(element.nodeName) ? element.toArray().flatMap(blocks) : [inline(element)];
}

function inline(element) {
  return element.toArray().map(plain).join("");
}

function plain(child) {
  if (child instanceof Y.XmlText) return child.toDelta().map(({ insert }) => insert).join("");
  return child.nodeName === "hardBreak" ? "\n" : inline(child);
}
