/**
 * The words of a note without an editor: what is on screen before the editor has loaded, and where it may not be. The
 * markup is that of the editor, so that nothing moves when it takes over.
 */
import { Fragment, type MouseEvent, type ReactNode } from "react";
import type { NoteContent } from "../api/types";
import { isSafeAddress } from "./addresses";

interface StaticNoteProps {
  readonly content: NoteContent;
  /** Shown when there are no words. */
  readonly placeholder: string;
  readonly onPress?: (event: MouseEvent) => void;
}

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
  switch (node.type) {
    case "paragraph":
      return <p>{inline(children)}</p>;
    case "heading": {
      const level = Number(node.attrs?.level);
      const Heading = level === 2 ? "h2" : level === 3 ? "h3" : "h1";
      return <Heading>{inline(children)}</Heading>;
    }
    case "bulletList":
      return <ul>{blocksOf(children)}</ul>;
    case "orderedList": {
      const start = Number(node.attrs?.start ?? 1);
      return <ol {...(start === 1 ? {} : { start })}>{blocksOf(children)}</ol>;
    }
    case "listItem":
      return <li>{blocksOf(children)}</li>;
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
  const last = children.at(-1);
  return (
    <>
      {children.map((child, index) => (
        <Fragment key={index}>{run(child)}</Fragment>
      ))}
      {last?.type === "hardBreak" && <br />}
    </>
  );
}

function run(node: NoteContent): ReactNode {
  if (node.type === "hardBreak") return <br />;
  const words = node.text ?? String(node.attrs?.label ?? "");
  // The first mark is the outermost.
  return (node.marks ?? []).toReversed().reduce<ReactNode>((inner, { type, attrs }) => {
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
          <a href={href} target="_blank" rel="noopener noreferrer nofollow">
            {inner}
          </a>
        );
      }
      default:
        return inner;
    }
  }, words);
}
