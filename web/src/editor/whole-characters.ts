/**
 * No caret between the two halves of a character. After an edit of somebody else's the binding can put one there (an
 * emoji is two code units), and what is typed then would tear the character apart in everybody's document.
 */
import { Plugin, TextSelection } from "@tiptap/pm/state";
import type { ResolvedPos } from "@tiptap/pm/model";

export function wholeCharacters(): Plugin {
  return new Plugin({
    appendTransaction: (_transactions, _before, { selection, tr }) => {
      if (!(selection instanceof TextSelection)) return null;
      const anchor = behindCharacter(selection.$anchor);
      const head = behindCharacter(selection.$head);
      if (anchor === selection.anchor && head === selection.head) return null;
      return tr.setSelection(TextSelection.create(tr.doc, anchor, head)).setMeta("addToHistory", false);
    },
  });
}

function behindCharacter($pos: ResolvedPos): number {
  const { pos, textOffset, parent } = $pos;
  if (textOffset === 0) return pos;
  const around = parent.child($pos.index()).text?.slice(textOffset - 1, textOffset + 1) ?? "";
  return /^[\ud800-\udbff][\udc00-\udfff]$/.test(around) ? pos + 1 : pos;
}
