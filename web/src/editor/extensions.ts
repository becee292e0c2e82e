/**
 * What a note may hold: paragraphs, line breaks, bold, italic, underline, three headings, two lists, links. Nothing
 * more, so that no typing makes a node the documents do not have. Undo is the collaboration's, which takes back only
 * one's own edits; no trailing node, which would write a paragraph for each reader who only clicks.
 */
import { Extension, type AnyExtension } from "@tiptap/core";
import { Bold } from "@tiptap/extension-bold";
import { Collaboration } from "@tiptap/extension-collaboration";
import { Document } from "@tiptap/extension-document";
import { HardBreak } from "@tiptap/extension-hard-break";
import { Heading } from "@tiptap/extension-heading";
import { Italic } from "@tiptap/extension-italic";
import { Link } from "@tiptap/extension-link";
import { BulletList, ListItem, ListKeymap, OrderedList } from "@tiptap/extension-list";
import { Paragraph } from "@tiptap/extension-paragraph";
import { Text } from "@tiptap/extension-text";
import { Underline } from "@tiptap/extension-underline";
import { Placeholder } from "@tiptap/extensions";
import type { Awareness } from "y-protocols/awareness";
import type { XmlFragment } from "yjs";
import { isSafeAddress } from "../notes/addresses";
import { remoteCarets } from "./carets";
import { wholeCharacters } from "./whole-characters";

/** The nodes and marks of a note. */
export const schemaExtensions: AnyExtension[] = [
  Document,
  Paragraph,
  Text,
  HardBreak,
  Heading.configure({ levels: [1, 2, 3] }),
  BulletList,
  OrderedList,
  ListItem,
  Bold,
  Italic,
  Underline,
  Link.configure({
    autolink: true,
    linkOnPaste: true,
    openOnClick: "whenNotEditable",
    defaultProtocol: "https",
    isAllowedUri: (url) => isSafeAddress(url),
  }),
];

export interface NoteEditorWiring {
  readonly fragment: XmlFragment;
  readonly awareness: Awareness;
  readonly placeholder: () => string;
  readonly onLeave: () => void;
}

export function noteExtensions({
  fragment,
  awareness,
  placeholder,
  onLeave,
}: NoteEditorWiring): AnyExtension[] {
  return [
    ...schemaExtensions,
    ListKeymap,
    Placeholder.configure({ placeholder, showOnlyWhenEditable: false }),
    Collaboration.configure({ fragment }),
    Extension.create({
      name: "remoteCarets",
      priority: 999,
      addProseMirrorPlugins: () => [remoteCarets(awareness)],
    }),
    Extension.create({ name: "wholeCharacters", addProseMirrorPlugins: () => [wholeCharacters()] }),
    Extension.create({
      name: "leaving",
      addKeyboardShortcuts: () => ({
        Escape: ({ editor }) => {
          editor.commands.blur();
          onLeave();
          return true;
        },
      }),
    }),
  ];
}
