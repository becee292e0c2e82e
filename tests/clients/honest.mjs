// Updates as an editor makes them: paragraphs, headings, lists, marks, links, line breaks, emoji, erasing.
import { Y } from "./libraries.mjs";
import { randomness } from "./sessions.mjs";
import { root } from "./writing.mjs";

const MARKS = [{ bold: {} }, { italic: {} }, { bold: null }, { link: { href: "https://carnet.example", target: null } }];
const WORDS = ["Bonjour ", "d'accord", "你好", "🙂", "e\u0301", " "];

const CHANGES = [
  (document, chance) => root(document).insert(place(root(document), chance), [block(chance)]),
  (document, chance) => on(text(document, chance), (it) => it.insert(place(it, chance), pick(WORDS, chance))),
  (document, chance) => on(text(document, chance), (it) => it.insert(it.length, pick(WORDS, chance))),
  (document, chance) => on(text(document, chance), (it) => it.length && it.delete(place(it, chance) % it.length, 1)),
  (document, chance) => on(text(document, chance), (it) => it.format(0, it.length, pick(MARKS, chance))),
  (document, chance) => root(document).length > 8 && root(document).delete(place(root(document), chance) % root(document).length, 1),
];

/** `count` updates of one document by one client, in order, in base64. */
export function honestUpdates(seed, count) {
  const chance = randomness(seed);
  const document = new Y.Doc();
  const updates = [];
  document.on("update", (update) => updates.push(Buffer.from(update).toString("base64")));
  while (updates.length < count) document.transact(() => pick(CHANGES, chance)(document, chance));
  return updates;
}

function block(chance) {
  const tag = pick(["paragraph", "paragraph", "heading", "bulletList"], chance);
  const element = new Y.XmlElement(tag);
  if (tag === "heading") element.setAttribute("level", 1 + Math.floor(chance() * 3));
  if (tag === "bulletList") {
    const item = new Y.XmlElement("listItem");
    item.insert(0, [paragraph(chance)]);
    element.insert(0, [item]);
    return element;
  }
  element.insert(0, [new Y.XmlText(pick(WORDS, chance))]);
  return element;
}

function paragraph(chance) {
  const element = new Y.XmlElement("paragraph");
  element.insert(0, [new Y.XmlText(pick(WORDS, chance)), new Y.XmlElement("hardBreak"), new Y.XmlText("x")]);
  return element;
}

/** Some text of the document, wherever it lies. */
function text(document, chance) {
  const texts = [];
  const walk = (element) => element.toArray().forEach((child) => (child instanceof Y.XmlText ? texts.push(child) : walk(child)));
  walk(root(document));
  return pick(texts, chance);
}

const on = (target, change) => target && change(target);
const place = (parent, chance) => Math.floor(chance() * (parent.length + 1));
const pick = (choices, chance) => choices[Math.floor(chance() * choices.length)];
