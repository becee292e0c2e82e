import { getSchema, type Editor } from "@tiptap/core";
import { afterEach, describe, expect, test } from "vitest";
import { applyUpdate, Doc, encodeStateAsUpdate } from "yjs";
import { schemaExtensions } from "../../src/editor/extensions";
import { plainer } from "../../src/editor/paste";
import { editorOn } from "./editor";

const editors: Editor[] = [];
const open = (doc = new Doc()) => {
  const { editor } = editorOn(doc);
  editors.push(editor);
  return { doc, editor };
};
afterEach(() => {
  for (const editor of editors.splice(0)) editor.destroy();
});

test("a note holds these nodes and marks, and no other", () => {
  const { nodes, marks } = getSchema(schemaExtensions);
  expect(Object.keys(nodes).toSorted()).toEqual([
    "bulletList",
    "doc",
    "hardBreak",
    "heading",
    "listItem",
    "orderedList",
    "paragraph",
    "text",
  ]);
  expect(Object.keys(marks).toSorted()).toEqual(["bold", "italic", "link", "underline"]);
});

test("opening an empty note and putting the caret in it writes nothing", () => {
  const { doc, editor } = open();
  editor.commands.focus("end");
  expect(encodeStateAsUpdate(doc)).toEqual(new Uint8Array([0, 0]));
});

describe("undo", () => {
  test("takes back one's own words, and never those of others", () => {
    const { doc, editor } = open();
    const other = new Doc();
    doc.on("update", (update: Uint8Array) => applyUpdate(other, update, "wire"));
    other.on("update", (update: Uint8Array, origin) => origin !== "wire" && applyUpdate(doc, update, "wire"));
    const theirs = open(other).editor;
    editor.commands.insertContent("moi ");
    theirs.commands.insertContentAt(theirs.state.doc.content.size - 1, "eux");
    expect(editor.getText()).toBe("moi eux");
    editor.commands.undo();
    expect(editor.getText()).toBe("eux");
    editor.commands.redo();
    expect(theirs.getText()).toBe("moi eux");
  });
});

describe("links", () => {
  test("a safe address makes one, any other leaves the words", () => {
    const { editor } = open();
    editor.commands.setContent(
      '<p><a href="https://a.fr">bon</a> <a href="javascript:alert(1)">mauvais</a></p>',
    );
    const html = editor.getHTML();
    expect(html).toContain('href="https://a.fr"');
    expect(html).not.toContain("javascript");
    expect(editor.getText()).toBe("bon mauvais");
    expect(editor.commands.setLink({ href: "data:text/html,x" })).toBe(false);
  });
});

describe("pasting", () => {
  const pasted = (html: string) => {
    const { editor } = open();
    editor.commands.setContent(plainer(html));
    return editor;
  };
  test("a table leaves its words, one row a line", () => {
    const editor = pasted("<table><tr><td>a</td><td>b</td></tr><tr><td>c</td><td>d</td></tr></table>");
    expect(editor.getText({ blockSeparator: "\n" })).toBe("a b\nc d");
  });
  test("an image leaves its description, code its lines, a script nothing", () => {
    const editor = pasted(
      '<p>x <img src="/x.png" alt="photo"> y</p><pre>un\ndeux</pre><script>alert(1)</script>',
    );
    expect(editor.getText({ blockSeparator: "\n" })).toBe("x photo y\nun\ndeux");
  });
  test("bold, headings and lists stay, colours and sizes go", () => {
    const editor = pasted('<h2 style="color:red">T</h2><ul><li><b>a</b></li></ul><h5>petit</h5>');
    expect(editor.getHTML()).toBe("<h2>T</h2><ul><li><p><strong>a</strong></p></li></ul><p>petit</p>");
  });
});

test("a caret is never left between the halves of an emoji", () => {
  const { editor } = open();
  editor.commands.setContent("<p>a😀b</p>");
  editor.commands.setTextSelection(3);
  expect(editor.state.selection.head).toBe(4);
  editor.commands.setTextSelection({ from: 3, to: 5 });
  expect(editor.state.selection).toMatchObject({ from: 4, to: 5 });
});
