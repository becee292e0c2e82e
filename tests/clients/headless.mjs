// Tiptap without a browser: an editor with the product's nodes and marks on a Y.Doc, in happy-dom, under a clock of ours.
// Import it before anything that loads Yjs, which keeps the first Date.now it sees.
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";

const require = createRequire(new URL("../../web/package.json", import.meta.url));

console.warn = () => {}; // Tiptap's remarks on selections
let now = 1_700_000_000_000;
Date.now = () => now;

/** What undo takes for one edit depends on the time between two. */
export function passTime(milliseconds) {
  now += milliseconds;
}

const { Window } = await import(pathToFileURL(require.resolve("happy-dom")).href);
const window = new Window({ url: "http://127.0.0.1/" });
const globals = ["document", "navigator", "Node", "Element", "HTMLElement", "DOMParser", "MutationObserver"];
for (const name of [...globals, "Event", "KeyboardEvent", "ClipboardEvent", "Text", "DocumentFragment"]) {
  Object.defineProperty(globalThis, name, {
    value: window[name],
    configurable: true,
    writable: true,
  });
}
Object.defineProperty(globalThis, "window", {
  value: window,
  configurable: true,
});
for (const name of ["getSelection", "getComputedStyle", "requestAnimationFrame", "cancelAnimationFrame"]) {
  globalThis[name] = window[name].bind(window);
}

export const Y = require("yjs");
const { Editor } = require("@tiptap/core");
const { StarterKit } = require("@tiptap/starter-kit");
const { Collaboration } = require("@tiptap/extension-collaboration");
export const { TextSelection } = require("@tiptap/pm/state");

/** Tiptap sometimes throws in the middle of things (a caret past the end, an impossible step): that is not our matter. */
export function stumbles(act) {
  try {
    act();
  } catch (error) {
    if (error instanceof RangeError || error.name === "TransformError") return true;
    throw error;
  }
  return false;
}

export function openEditor(doc) {
  const without = ["undoRedo", "trailingNode", "blockquote", "code", "codeBlock", "horizontalRule", "strike"];
  return new Editor({
    element: document.createElement("div"),
    extensions: [
      StarterKit.configure(Object.fromEntries(without.map((name) => [name, false]))),
      Collaboration.configure({ document: doc }),
    ],
  });
}

export const closeWindow = () => window.happyDOM.close();
