/**
 * The editor of a note, bound to its document. It is made once for a copy of the document and lives as long as the view;
 * what changes meanwhile (language, right to write) is given to it, not built into it.
 */
import { Editor, getSchema } from "@tiptap/core";
import { yXmlFragmentToProsemirrorJSON } from "@tiptap/y-tiptap";
import { useEffect, useId, useLayoutEffect, useMemo, useRef, useState } from "react";
import type { Awareness } from "y-protocols/awareness";
import type { Doc } from "yjs";
import type { NoteContent } from "../api/types";
import { useText } from "../i18n/language";
import { isNothingFocused, type Pressed, type Wanted } from "../notes/early-keys";
import { StaticNote } from "../notes/static-note";
import { FIELD } from "../sync/words";
import { Button } from "../ui/button";
import { noteExtensions, schemaExtensions } from "./extensions";
import { plainer } from "./paste";
import { holdsStrangers, watchForStrangers, type Known } from "./strangers";

export type NoteEditorHandle = Editor;

const schema = getSchema(schemaExtensions);
const KNOWN: Known = {
  nodes: new Set(Object.keys(schema.nodes)),
  marks: new Set(Object.keys(schema.marks)),
};
const CHARACTERS_MAX = 200_000;

interface NoteEditorProps {
  readonly copy: { readonly doc: Doc; readonly awareness: Awareness };
  readonly editable: boolean;
  readonly label: string;
  readonly placeholder: string;
  /** Where the words were pressed before the editor was there, and what was typed since. */
  readonly caretAt: (Pressed & Partial<Wanted>) | null;
  readonly onEditor: (editor: Editor | null) => void;
  readonly onLeave: () => void;
}

export function NoteEditor(props: NoteEditorProps) {
  const { copy, placeholder } = props;
  const fragment = useMemo(() => copy.doc.getXmlFragment(FIELD), [copy]);
  const [strange, setStrange] = useState(() => holdsStrangers(fragment, KNOWN));
  if (!strange) return <Bound {...props} onStranger={() => setStrange(true)} />;
  return <Newer content={yXmlFragmentToProsemirrorJSON(fragment) as NoteContent} placeholder={placeholder} />;
}

interface BoundProps extends NoteEditorProps {
  readonly onStranger: () => void;
}

function Bound(props: BoundProps) {
  const t = useText();
  const place = useRef<HTMLDivElement>(null);
  const helpId = useId();
  const latest = useRef(props);
  const [editor, setEditor] = useState<Editor | null>(null);
  const [length, setLength] = useState(0);
  const { copy, editable, label, placeholder, onEditor } = props;

  useLayoutEffect(() => {
    latest.current = props;
  });

  useLayoutEffect(() => {
    if (!place.current) return;
    const made = createEditor(latest, helpId);
    const stopWatching = watchForStrangers(copy.doc.getXmlFragment(FIELD), KNOWN, () => {
      made.destroy();
      latest.current.onStranger();
    });
    // Observers run in the order they came: the watch must come before the binding, which mounting makes.
    made.mount(place.current);
    made.on("update", () => setLength(made.state.doc.content.size));
    putCaret(made, latest.current);
    setEditor(made);
    onEditor(made);
    return () => {
      stopWatching();
      onEditor(null);
      made.destroy();
    };
  }, [copy, helpId, onEditor]);

  useEffect(() => {
    if (!editor || editor.isDestroyed) return;
    editor.setEditable(editable, false);
    // Draws anew what these closures say: the name, the placeholder.
    editor.view.dispatch(editor.state.tr.setMeta("addToHistory", false));
  }, [editor, editable, label, placeholder]);

  return (
    <>
      <div ref={place} className="overflow-x-clip" />
      <p id={helpId} className="sr-only">
        {t("notes.editorHelp")}
      </p>
      {length > CHARACTERS_MAX * 0.9 && (
        <p role="status" className="mt-3 text-[13px] text-warn">
          {t("notes.long", { count: length, max: CHARACTERS_MAX })}
        </p>
      )}
    </>
  );
}

function createEditor(latest: { current: BoundProps }, helpId: string): Editor {
  const { copy } = latest.current;
  return new Editor({
    element: null,
    injectCSS: false,
    editable: latest.current.editable,
    extensions: noteExtensions({
      fragment: copy.doc.getXmlFragment(FIELD),
      awareness: copy.awareness,
      placeholder: () => latest.current.placeholder,
      onLeave: () => latest.current.onLeave(),
    }),
    editorProps: {
      attributes: () => ({
        class: "prose min-h-[50vh]",
        role: latest.current.editable ? "textbox" : "document",
        "aria-label": latest.current.label,
        ...(latest.current.editable
          ? { "aria-multiline": "true", "aria-describedby": helpId }
          : { tabindex: "-1" }),
      }),
      transformPastedHTML: plainer,
      // A file dropped on the page would otherwise replace it.
      handleDrop: (_view, event) => (event.dataTransfer?.files.length ?? 0) > 0,
      handleClick: (_view, _pos, event) => latest.current.editable && openLink(event),
      scrollThreshold: { top: 90, bottom: 90, left: 0, right: 0 },
      scrollMargin: { top: 110, bottom: 110, left: 0, right: 0 },
    },
  });
}

/** While one writes, a link is opened with the key that opens links in a new tab. */
function openLink(event: MouseEvent): boolean {
  const link = (event.target as Element).closest("a[href]");
  if (!link || !(event.metaKey || event.ctrlKey)) return false;
  window.open(link.getAttribute("href") ?? "", "_blank", "noopener,noreferrer");
  return true;
}

/**
 * Where the words were pressed; in an empty note at once, where no keyboard would jump up for it. Never later, as
 * `commands.focus` does it, in the next frame: by then somebody may be elsewhere.
 */
function putCaret(editor: Editor, { caretAt, editable }: BoundProps): void {
  if (!editable) return;
  const { view } = editor;
  if (caretAt) {
    const at = view.posAtCoords({ left: caretAt.x, top: caretAt.pageY - window.scrollY })?.pos;
    const end = view.state.doc.content.size;
    editor.commands.setTextSelection(caretAt.to === "start" ? 0 : caretAt.to === "end" ? end : (at ?? end));
    if (caretAt.text) view.dispatch(view.state.tr.insertText(caretAt.text));
    if (caretAt.to || caretAt.text) editor.commands.scrollIntoView();
    view.focus();
  } else if (editor.isEmpty && matchMedia("(pointer: fine)").matches && isNothingFocused()) view.focus();
}

function Newer({ content, placeholder }: { readonly content: NoteContent; readonly placeholder: string }) {
  const t = useText();
  return (
    <>
      <p role="status" className="mb-4 rounded-card bg-sunk px-3 py-2 text-[13px] text-ink-2">
        {t("notes.newer")}{" "}
        <Button kind="quiet" onClick={() => location.reload()}>
          {t("app.reload")}
        </Button>
      </p>
      <StaticNote content={content} placeholder={placeholder} />
    </>
  );
}
