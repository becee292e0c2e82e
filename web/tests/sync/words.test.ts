import { expect, test } from "vitest";
import { Doc, XmlElement, XmlText } from "yjs";
import { appendLines, linesMissing, linesOf } from "../../src/sync/words";

function node(name: string, ...children: (XmlElement | XmlText)[]): XmlElement {
  const element = new XmlElement(name);
  element.insert(0, children);
  return element;
}

test("each block, list item and line break is a line", () => {
  const doc = new Doc();
  doc
    .getXmlFragment("default")
    .insert(0, [
      node("heading", new XmlText("Titre")),
      node("paragraph", new XmlText("un"), node("hardBreak"), new XmlText("deux")),
      node("bulletList", node("listItem", node("paragraph", new XmlText("point")))),
      node("paragraph"),
    ]);
  expect(linesOf(doc)).toEqual(["Titre", "un", "deux", "point", ""]);
});

test("what was appended is read back as the same lines", () => {
  const doc = new Doc();
  appendLines(doc, ["a", "b"]);
  expect(linesOf(doc)).toEqual(["a", "b"]);
});

test("missing are the lines they lack, repeats counted, blank ones left out", () => {
  expect(linesMissing(["a", "a", "b", " ", "c"], ["a", "c"])).toEqual(["a", "b"]);
});

test("of a contact's document each value is a line", () => {
  const doc = new Doc();
  doc.getMap("properties").set("city", "Lyon");
  doc.getMap("properties").set("emails:ada@x.fr", { primary: true });
  expect(linesOf(doc)).toEqual(["Lyon", "ada@x.fr"]);
});
