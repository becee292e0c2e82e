/** What the formatting bar shows of the editor: drawn anew only when one of these changes. */
import type { Editor } from "@tiptap/core";
import { useRef, useSyncExternalStore } from "react";

export interface EditorState {
  readonly focused: boolean;
  readonly bold: boolean;
  readonly italic: boolean;
  readonly underline: boolean;
  readonly link: boolean;
  readonly bulletList: boolean;
  readonly orderedList: boolean;
  /** 0 in a paragraph. */
  readonly heading: number;
}

const NONE: EditorState = {
  focused: false,
  bold: false,
  italic: false,
  underline: false,
  link: false,
  bulletList: false,
  orderedList: false,
  heading: 0,
};
const EVENTS = ["transaction", "focus", "blur"] as const;

export function useEditorState(editor: Editor | null): EditorState {
  const known = useRef(NONE);
  return useSyncExternalStore(
    (listener) => {
      for (const event of EVENTS) editor?.on(event, listener);
      return () => {
        for (const event of EVENTS) editor?.off(event, listener);
      };
    },
    () => {
      const now = editor && !editor.isDestroyed ? read(editor) : NONE;
      if (JSON.stringify(now) !== JSON.stringify(known.current)) known.current = now;
      return known.current;
    },
  );
}

function read(editor: Editor): EditorState {
  if (!editor.isFocused) return NONE;
  const level: unknown = editor.getAttributes("heading").level;
  return {
    focused: true,
    bold: editor.isActive("bold"),
    italic: editor.isActive("italic"),
    underline: editor.isActive("underline"),
    link: editor.isActive("link"),
    bulletList: editor.isActive("bulletList"),
    orderedList: editor.isActive("orderedList"),
    heading: editor.isActive("heading") && typeof level === "number" ? level : 0,
  };
}
