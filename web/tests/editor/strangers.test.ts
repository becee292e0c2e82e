import { expect, test } from "vitest";
import { applyUpdate, Doc, encodeStateAsUpdate, XmlElement, XmlText } from "yjs";
import { holdsStrangers, watchForStrangers } from "../../src/editor/strangers";
import { editorOn } from "./editor";

const KNOWN = { nodes: new Set(["paragraph", "bulletList", "listItem"]), marks: new Set(["bold", "link"]) };

function docWith(name: string, marks: Record<string, unknown> = {}): Doc {
  const doc = new Doc();
  const text = new XmlText();
  text.insert(0, "mots", marks);
  const element = new XmlElement(name);
  element.insert(0, [text]);
  doc.getXmlFragment("default").insert(0, [element]);
  return doc;
}

test("known nodes and marks are no strangers, hashed marks included", () => {
  const doc = docWith("paragraph", { bold: {}, "link--abcdefgh": { href: "https://a.fr" } });
  expect(holdsStrangers(doc.getXmlFragment("default"), KNOWN)).toBe(false);
});

test.each([
  ["a node", docWith("taskList")],
  ["a mark", docWith("paragraph", { strike: {} })],
])("%s this build does not know is one", (_, doc) => {
  expect(holdsStrangers(doc.getXmlFragment("default"), KNOWN)).toBe(true);
});

test("one that arrives while the editor is open costs the editor, not the words", () => {
  const doc = new Doc();
  const fragment = doc.getXmlFragment("default");
  let seen = 0;
  watchForStrangers(fragment, KNOWN, () => {
    seen += 1;
    editor.destroy();
  });
  const { editor } = editorOn(doc);
  applyUpdate(doc, encodeStateAsUpdate(docWith("taskList")), "wire");
  expect(seen).toBe(1);
  expect(fragment.toString()).toBe("<taskList>mots</taskList>".toLowerCase());
});
