/**
 * The formatting bar: a quiet row beside the heading on a desk, a bar above the keyboard on a phone while one writes.
 * Its buttons never take the focus from the words.
 */
import { Toolbar as Base } from "@base-ui/react/toolbar";
import type { Editor } from "@tiptap/core";
import {
  Bold,
  ChevronDown,
  Heading,
  Heading1,
  Heading2,
  Heading3,
  Italic,
  Link as LinkIcon,
  List,
  ListOrdered,
  Underline,
  type LucideIcon,
} from "lucide-react";
import { useRef, useState, type MouseEvent } from "react";
import { useText } from "../i18n/language";
import { useKeyboardInset } from "../ui/keyboard-inset";
import { useNarrow } from "../ui/narrow";
import { LinkForm } from "./link-form";
import { useEditorState } from "./use-editor-state";

const HEADINGS = [Heading, Heading1, Heading2, Heading3] as const;
const COMMAND_KEY = /Mac|iPhone|iPad/.test(navigator.platform) ? "⌘" : "Ctrl+";

export function Toolbar({ editor }: { readonly editor: Editor | null }) {
  const t = useText();
  const narrow = useNarrow();
  const bar = useRef<HTMLDivElement>(null);
  const now = useEditorState(editor);
  const [linking, setLinking] = useState(false);
  useKeyboardInset(bar, narrow && now.focused);

  const chain = () => editor?.chain().focus(undefined, { scrollIntoView: false });
  const nextHeading = () => {
    const level = (now.heading + 1) % 4;
    if (level === 0) chain()?.setParagraph().run();
    else
      chain()
        ?.setHeading({ level: level as 1 | 2 | 3 })
        .run();
  };

  return (
    <>
      {(!narrow || now.focused) && (
        <Base.Root
          ref={bar}
          aria-label={t("format.bar")}
          className={
            narrow
              ? "fixed inset-x-0 bottom-0 z-30 flex justify-around border-t border-line bg-sheet px-1 pb-[env(safe-area-inset-bottom)]"
              : `flex items-center gap-0.5 transition-opacity ${now.focused ? "" : "opacity-80"}`
          }
        >
          <Tool
            icon={Bold}
            label={t("format.bold")}
            keys="B"
            on={now.bold}
            run={() => chain()?.toggleBold().run()}
          />
          <Tool
            icon={Italic}
            label={t("format.italic")}
            keys="I"
            on={now.italic}
            run={() => chain()?.toggleItalic().run()}
          />
          <Tool
            icon={Underline}
            label={t("format.underline")}
            keys="U"
            on={now.underline}
            run={() => chain()?.toggleUnderline().run()}
          />
          <Tool
            icon={HEADINGS[now.heading] ?? Heading}
            label={t("format.heading", { level: now.heading || 1 })}
            on={now.heading > 0}
            run={nextHeading}
          />
          <Tool
            icon={List}
            label={t("format.bulletList")}
            on={now.bulletList}
            run={() => chain()?.toggleBulletList().run()}
          />
          <Tool
            icon={ListOrdered}
            label={t("format.orderedList")}
            on={now.orderedList}
            run={() => chain()?.toggleOrderedList().run()}
          />
          <Tool icon={LinkIcon} label={t("format.link")} on={now.link} run={() => setLinking(true)} />
          {narrow && <Tool icon={ChevronDown} label={t("format.done")} run={() => editor?.commands.blur()} />}
        </Base.Root>
      )}
      {editor && <LinkForm editor={editor} open={linking} onClose={() => setLinking(false)} />}
    </>
  );
}

interface ToolProps {
  readonly icon: LucideIcon;
  readonly label: string;
  readonly keys?: string;
  readonly on?: boolean;
  readonly run: () => void;
}

function Tool({ icon: Icon, label, keys, on, run }: ToolProps) {
  // Pressing must not take the focus, and with it the selection and a phone's keyboard, from the editor.
  const stay = (event: MouseEvent) => event.preventDefault();
  return (
    <Base.Button
      aria-label={label}
      aria-pressed={on}
      title={keys ? `${label} (${COMMAND_KEY}${keys})` : label}
      onMouseDown={stay}
      onClick={run}
      className="touchable grid size-7.5 place-items-center rounded-field text-ink-2 hover:bg-sunk hover:text-ink aria-pressed:bg-accent-soft aria-pressed:text-accent"
    >
      <Icon aria-hidden size={16} strokeWidth={1.9} />
    </Base.Button>
  );
}
