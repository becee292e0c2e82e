import { renderToStaticMarkup } from "react-dom/server";
import { afterEach, describe, expect, test } from "vitest";
import { Doc } from "yjs";
import type { NoteContent } from "../../src/api/types";
import { StaticNote } from "../../src/notes/static-note";
import { editorOn } from "../editor/editor";

const bodies = [
  "<p>Un paragraphe</p><p></p><p>un autre</p>",
  "<h1>Un</h1><h2>Deux</h2><h3>Trois</h3>",
  "<p>ligne<br>cassée</p><p>et la fin<br></p>",
  "<ul><li><p>a</p><ul><li><p>b</p></li></ul></li></ul><ol><li><p>c</p></li></ol>",
  '<ol start="4"><li><p>quatre</p></li></ol>',
  '<p>du <strong>gras <em>et</em></strong> <u>souligné</u>, <a href="https://a.fr">un <strong>lien</strong></a></p>',
  "<p></p>",
];

let close = () => undefined as void;
afterEach(() => close());

const SEEN = new Set(["href", "start", "target", "rel", "data-placeholder"]);

/** What the editor has for its own bookkeeping says nothing of how the words look. */
function bare(html: string): string {
  const body = document.createElement("div");
  body.innerHTML = html;
  for (const element of body.querySelectorAll("*")) {
    const bookkeeping = element.getAttributeNames().filter((name) => !SEEN.has(name));
    for (const name of bookkeeping) element.removeAttribute(name);
  }
  return body.innerHTML;
}

describe("the words before the editor is there have the editor's markup", () => {
  test.each(bodies)("%s", (body) => {
    const { editor } = editorOn(new Doc());
    close = () => editor.destroy();
    editor.commands.setContent(body);
    const content = editor.getJSON() as NoteContent;
    const drawn = renderToStaticMarkup(<StaticNote content={content} placeholder="Notez ici" />);
    expect(bare(drawn)).toBe(`<div>${bare(editor.view.dom.innerHTML)}</div>`);
  });
});

test("a link that could run something is drawn as words", () => {
  const link = { type: "link", attrs: { href: "javascript:alert(1)" } };
  const content = {
    type: "doc",
    content: [{ type: "paragraph", content: [{ type: "text", text: "x", marks: [link] }] }],
  };
  expect(renderToStaticMarkup(<StaticNote content={content} placeholder="" />)).not.toContain("javascript");
});

test("a node this build does not know leaves its words", () => {
  const item = {
    type: "taskItem",
    content: [{ type: "paragraph", content: [{ type: "text", text: "à faire" }] }],
  };
  const content = { type: "doc", content: [{ type: "taskList", content: [item] }] };
  expect(renderToStaticMarkup(<StaticNote content={content} placeholder="" />)).toContain("<p>à faire</p>");
});
