// What people do to a note: in an editor, and as a phone or a script does it, straight to the Y.Doc.
import { stumbles, TextSelection, Y } from "./headless.mjs";
import { randomness } from "./sessions.mjs";

let random = randomness(0);

/** Everything by chance comes from here. */
export function seed(number) {
  random = randomness(number);
}

export const below = (n) => Math.floor(random() * n);
export const chance = (p) => random() < p;
export const pick = (list) => list[below(list.length)];

// --- in an editor ---

const LOW_SURROGATE = /^[\udc00-\udfff]$/;
const WORDS = [
  "note",
  "appel",
  "à rappeler",
  "Zoë",
  "😀",
  "👩‍👩‍👧",
  "é",
  "你好",
  "https://example.com ",
  "RDV",
  "12 €",
  "🇫🇷",
];
const LINKS = [
  "https://example.com/a?b=c&d=e",
  "mailto:ada@example.com",
  "tel:+33123456789",
  "/prices",
  "#top",
  "www.example.com",
];
const PASTES = [
  "<h2>Titre</h2><p>un <b>gras <i>et italique</i></b> 😀</p>",
  '<ul><li>a</li><li><p>b</p><ol start="3"><li>c</li></ol></li></ul>',
  '<p><a href="https://example.com" title="t">lien</a> <a href="/relative">ici</a> <b>b<br>c</b></p>',
  "<blockquote><p>cité</p></blockquote><pre><code>code</code></pre><hr><p><s>barré</s></p>",
];

export function type(editor, text) {
  const { view } = editor;
  for (const character of text) {
    const { from, to } = view.state.selection;
    const plain = () => view.state.tr.insertText(character, from, to);
    const taken = view.someProp("handleTextInput", (handle) => handle(view, from, to, character, plain));
    if (!taken) view.dispatch(plain());
  }
}

/** A caret never stands between the halves of a surrogate pair. */
function spot(editor, position) {
  const found = editor.state.doc.resolve(Math.min(position, editor.state.doc.content.size));
  if (!found.parent.isTextblock) return found;
  const text = found.parent.textBetween(0, found.parent.content.size, undefined, "\n");
  return LOW_SURROGATE.test(text[found.parentOffset] ?? "") ? editor.state.doc.resolve(found.pos + 1) : found;
}

function select(editor, length) {
  const from = below(editor.state.doc.content.size + 1);
  const selection = TextSelection.between(spot(editor, from), spot(editor, from + below(length + 1)));
  editor.view.dispatch(editor.state.tr.setSelection(selection));
}

/** What the key does; inside a line browsers do it by themselves. */
function backspace(editor) {
  const { $from, empty } = editor.state.selection;
  if (editor.commands.keyboardShortcut("Backspace") || !empty || !$from.parentOffset) return;
  const back = LOW_SURROGATE.test($from.nodeBefore?.text?.at(-1) ?? "") ? 2 : 1;
  editor.commands.deleteRange({ from: $from.pos - back, to: $from.pos });
}

const EDITS = [
  [40, (editor) => type(editor, pick(WORDS))],
  [8, (editor) => type(editor, pick(["# ", "- ", "1. ", "**b** ", " ", "..."]))],
  [12, (editor) => select(editor, 0)],
  [8, (editor) => (select(editor, 20), editor.commands.deleteSelection())],
  [12, backspace],
  [10, (editor) => editor.commands.keyboardShortcut("Enter")],
  [6, (editor) => (select(editor, 30), editor.commands.toggleMark(pick(["bold", "italic", "underline"])))],
  [4, (editor) => (select(editor, 15), editor.commands.setLink({ href: pick(LINKS) }))],
  [2, (editor) => (select(editor, 60), editor.chain().unsetLink().unsetAllMarks().run())],
  [5, (editor) => editor.commands.toggleHeading({ level: 1 + below(3) })],
  [4, (editor) => editor.commands.toggleBulletList()],
  [4, (editor) => editor.commands.toggleOrderedList()],
  [4, (editor) => editor.commands.sinkListItem("listItem")],
  [3, (editor) => editor.commands.liftListItem("listItem")],
  [5, (editor) => editor.commands.setHardBreak()],
  [7, (editor) => editor.commands.undo()],
  [4, (editor) => editor.commands.redo()],
  [3, (editor) => editor.view.pasteHTML(pick(PASTES))],
  [1, (editor) => (editor.commands.selectAll(), chance(0.5) && editor.commands.deleteSelection())],
];
const EDITS_WEIGHT = EDITS.reduce((sum, [weight]) => sum + weight, 0);

/** y-tiptap may put the caret between two halves when others have edited; browsers and our client move it on. */
function mendCaret(editor) {
  const { anchor, head } = editor.state.selection;
  const [start, end] = [spot(editor, anchor), spot(editor, head)];
  if (start.pos === anchor && end.pos === head) return;
  editor.view.dispatch(editor.state.tr.setSelection(TextSelection.between(start, end)));
}

export function actInEditor(editor) {
  let at = below(EDITS_WEIGHT);
  const [, act] = EDITS.find(([weight]) => (at -= weight) < 0);
  stumbles(() => {
    mendCaret(editor);
    act(editor);
  });
}

// --- without one ---

export function textsIn(node) {
  return node instanceof Y.XmlText ? [node] : node.toArray().flatMap(textsIn);
}

export function plainText(text) {
  const parts = text.toDelta().map((part) => part.insert);
  return parts.join("");
}

/** Never between the halves of a surrogate pair. */
function position(text) {
  const plain = plainText(text);
  const at = below(plain.length + 1);
  return LOW_SURROGATE.test(plain[at] ?? "") ? at + 1 : at;
}

export function actInDoc(doc) {
  const root = doc.getXmlFragment("default");
  const found = textsIn(root);
  if (found.length === 0 || chance(0.02)) {
    const paragraph = new Y.XmlElement("paragraph");
    paragraph.insert(0, [new Y.XmlText(pick(WORDS))]);
    root.insert(below(root.length + 1), [paragraph]);
    return;
  }
  const text = pick(found);
  const [a, b] = [position(text), position(text)].sort((x, y) => x - y);
  const dice = random();
  if (dice < 0.6) text.insert(a, pick(WORDS));
  else if (dice < 0.8) text.delete(a, b - a);
  else if (dice < 0.95)
    text.format(a, b - a, {
      [pick(["bold", "italic", "underline"])]: pick([{}, null]),
    });
  else if (root.length > 1) root.delete(below(root.length), 1);
}

let caret = 0;

/** One after the other, as a person types. */
export function typeInDoc(doc) {
  const text = doc.getXmlFragment("default").get(0)?.get(0);
  if (!text) {
    const paragraph = new Y.XmlElement("paragraph");
    paragraph.insert(0, [new Y.XmlText("début ")]);
    doc.getXmlFragment("default").insert(0, [paragraph]);
    return;
  }
  if (caret > text.length || chance(0.02)) caret = below(text.length + 1);
  if (chance(0.85)) text.insert(caret++, pick(["a", "é", "x", " ", "语"]));
  else if (caret > 0) text.delete(--caret, 1);
}
