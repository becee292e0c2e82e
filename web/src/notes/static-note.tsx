/**
 * The words of a note without an editor: what is on screen before the editor has loaded, and where it may not be. The
 * markup is that of the editor, so that nothing moves when it takes over.
 */
import { createContext, Fragment, useContext, type MouseEvent, type ReactNode } from "react";
import type { NoteContent, NoteMark } from "../api/types";
import { isSafeAddress } from "./addresses";

interface StaticNoteProps {
  readonly content: NoteContent;
  /** Shown when there are no words. */
  readonly placeholder: string;
  readonly onPress?: (event: MouseEvent) => void;
}

/** Draws marks that no note has, only a reading of one: what was inserted, who wrote it. Null: not one of those. */
export type DrawMark = (mark: NoteMark, inner: ReactNode) => ReactNode;
const MoreMarks = createContext<DrawMark>(() => null);
export const MoreMarksProvider = MoreMarks.Provider;

export function StaticNote({ content, placeholder, onPress }: StaticNoteProps) {
  const blocks = content.content ?? [];
  return (
    // Pressing it only prepares the editor, which is what a keyboard reaches.
    // oxlint-disable-next-line jsx-a11y/click-events-have-key-events, jsx-a11y/no-static-element-interactions
    <div className="prose" onClick={onPress}>
      {isBlank(content) ? (
        <p className="is-editor-empty" data-placeholder={placeholder}>
          <br />
        </p>
      ) : (
        blocks.map((block, index) => <Block key={index} node={block} />)
      )}
    </div>
  );
}

/** Nothing but at most one empty paragraph. */
export function isBlank({ content = [] }: NoteContent): boolean {
  const [first, second] = content;
  return !second && (!first || (first.type === "paragraph" && !first.content?.length));
}

function Block({ node }: { readonly node: NoteContent }): ReactNode {
  const children = node.content ?? [];
  // Only a reading of a note has it (redline.py): what became of the whole block.
  const change = node.attrs?.change ? { "data-change": String(node.attrs.change) } : {};
  switch (node.type) {
    case "paragraph":
      return <p {...change}>{inline(children)}</p>;
    case "heading": {
      const level = Number(node.attrs?.level);
      const Heading = level === 2 ? "h2" : level === 3 ? "h3" : "h1";
      return <Heading {...change}>{inline(children)}</Heading>;
    }
    case "bulletList":
      return <ul {...change}>{blocksOf(children)}</ul>;
    case "orderedList": {
      const start = Number(node.attrs?.start ?? 1);
      return (
        <ol {...change} {...(start === 1 ? {} : { start })}>
          {blocksOf(children)}
        </ol>
      );
    }
    case "listItem":
      return <li {...change}>{blocksOf(children)}</li>;
    default:
      // Something newer than this build: its words, without its form.
      return children.some(isInline) || children.length === 0 ? (
        <p>{inline(children)}</p>
      ) : (
        blocksOf(children)
      );
  }
}

function blocksOf(children: readonly NoteContent[]): ReactNode {
  return children.map((child, index) => <Block key={index} node={child} />);
}

function isInline(node: NoteContent): boolean {
  return node.type === "text" || node.type === "hardBreak" || node.type === "mention";
}

function inline(children: readonly NoteContent[]): ReactNode {
  if (children.length === 0) return <br />;
  return (
    <>
      {runs(children, 0)}
      {children.at(-1)?.type === "hardBreak" && <br />}
    </>
  );
}

/** Neighbours under the same mark share its element, the outermost first: as the editor nests them. */
function runs(children: readonly NoteContent[], depth: number): ReactNode {
  const groups: NoteContent[][] = [];
  const markOf = (node: NoteContent | undefined) => JSON.stringify(node?.marks?.[depth] ?? null);
  for (const child of children) {
    const group = groups.at(-1);
    if (group && markOf(group[0]) === markOf(child)) group.push(child);
    else groups.push([child]);
  }
  return groups.map((group, index) => {
    const mark = group[0]?.marks?.[depth];
    if (!mark) return <Fragment key={index}>{group.map(leaf)}</Fragment>;
    return (
      <Marked key={index} mark={mark}>
        {runs(group, depth + 1)}
      </Marked>
    );
  });
}

function leaf(node: NoteContent, index: number): ReactNode {
  if (node.type === "hardBreak") return <br key={index} />;
  return node.text ?? String(node.attrs?.label ?? "");
}

function Marked({ mark, children: inner }: { readonly mark: NoteMark; readonly children: ReactNode }) {
  const more = useContext(MoreMarks)(mark, inner);
  if (more !== null) return more;
  const { type, attrs } = mark;
  switch (type) {
    case "bold":
      return <strong>{inner}</strong>;
    case "italic":
      return <em>{inner}</em>;
    case "underline":
      return <u>{inner}</u>;
    case "link": {
      const href = String(attrs?.href ?? "");
      if (!isSafeAddress(href)) return inner;
      return (
        <a target="_blank" rel="noopener noreferrer nofollow" href={href}>
          {inner}
        </a>
      );
    }
    default:
      return inner;
  }
}
