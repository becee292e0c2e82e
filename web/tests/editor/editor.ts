/** An editor on a document, as the page makes it, for tests. */
import { Editor } from "@tiptap/core";
import { Awareness } from "y-protocols/awareness";
import { Doc } from "yjs";
import { noteExtensions } from "../../src/editor/extensions";

export function editorOn(doc: Doc, placeholder = "Notez ici"): { editor: Editor; awareness: Awareness } {
  const awareness = new Awareness(doc);
  const editor = new Editor({
    element: document.createElement("div"),
    injectCSS: false,
    extensions: noteExtensions({
      fragment: doc.getXmlFragment("default"),
      awareness,
      placeholder: () => placeholder,
      onLeave: () => undefined,
    }),
  });
  editor.on("destroy", () => awareness.destroy());
  return { editor, awareness };
}
