import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Awareness, applyAwarenessUpdate, encodeAwarenessUpdate } from "y-protocols/awareness";
import {
  applyUpdate,
  createRelativePositionFromTypeIndex,
  Doc,
  encodeStateAsUpdate,
  XmlElement,
  XmlText,
} from "yjs";
import type { Editor } from "@tiptap/core";
import { editorOn } from "./editor";

let mine: Doc;
let theirs: Doc;
let text: XmlText;
let awareness: Awareness;
let editor: Editor;

beforeEach(() => {
  vi.useFakeTimers();
  theirs = new Doc();
  text = new XmlText("abc");
  const paragraph = new XmlElement("paragraph");
  paragraph.insert(0, [text]);
  theirs.getXmlFragment("default").insert(0, [paragraph]);
  mine = new Doc();
  applyUpdate(mine, encodeStateAsUpdate(theirs));
  ({ editor, awareness } = editorOn(mine));
});
afterEach(() => {
  editor.destroy();
  // What is still to be drawn is drawn: the plugin keeps that list across editors.
  vi.runOnlyPendingTimers();
  vi.useRealTimers();
});

const them = () => new Awareness(theirs);
function show(from: Awareness, index: number): void {
  const place = createRelativePositionFromTypeIndex(text, index, -1);
  from.setLocalState({
    user: { id: "usr_tom", name: "Tom", color: "#ad4b47" },
    cursor: { anchor: place, head: place },
  });
  applyAwarenessUpdate(awareness, encodeAwarenessUpdate(from, [theirs.clientID]), "wire");
  // The plugin draws after the current task, the name is shown with the next frame.
  vi.advanceTimersByTime(20);
}
const caret = () => editor.view.dom.querySelector(".caret");
/** The words before the caret. */
const before = () => caret()?.previousSibling?.textContent;

test("a caret stands where the other person is, in their colour, without a style in the markup", () => {
  const tom = them();
  show(tom, 2);
  expect(before()).toBe("ab");
  expect(caret()?.classList).toContain("person-2");
  expect(editor.view.dom.querySelector("[style]")).toBeNull();
  tom.destroy();
});

test("one that comes before its letter stays where it was until the letter is here", () => {
  const tom = them();
  show(tom, 3);
  text.insert(3, "d");
  show(tom, 4);
  expect(before()).toBe("abc");
  applyUpdate(mine, encodeStateAsUpdate(theirs), "wire");
  expect(before()).toBe("abcd");
  tom.destroy();
});

test("the name is shown for two seconds after a move, also when the caret is drawn anew meanwhile", () => {
  const tom = them();
  show(tom, 3);
  vi.advanceTimersByTime(500);
  text.insert(3, "d");
  applyUpdate(mine, encodeStateAsUpdate(theirs), "wire");
  vi.advanceTimersByTime(500);
  expect(caret()?.classList).toContain("is-moving");
  vi.advanceTimersByTime(1_500);
  expect(caret()?.classList).not.toContain("is-moving");
  tom.destroy();
});
