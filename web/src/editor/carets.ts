/**
 * Other people's carets, over the cursor plugin of y-tiptap. The name stands above a caret for two seconds after it
 * moved; where it would pass the right edge it hangs to the left. Colours come from classes: the page's policy allows
 * no style in markup, and so they follow the theme.
 */
import type { Plugin } from "@tiptap/pm/state";
import { yCursorPlugin } from "@tiptap/y-tiptap";
import type { Awareness } from "y-protocols/awareness";
import { getState } from "yjs";
import { personClass } from "../ui/people";

interface CaretUser {
  readonly id?: string;
  readonly name: string;
  readonly color: string;
}

/** Relative positions as they travel: behind which letter, or else at which end of which node. */
interface Place {
  readonly item?: Id | null;
  readonly type?: Id | null;
}
interface Id {
  readonly client: number;
  readonly clock: number;
}
interface Cursor {
  readonly anchor: Place;
  readonly head: Place;
}

const NAME_SHOWN_MS = 2_000;
const WORD_JOINER = "\u2060";

export function remoteCarets(awareness: Awareness): Plugin {
  const names = nameTimes();
  const plugin: Plugin = yCursorPlugin(inStep(awareness), {
    cursorBuilder: (user: CaretUser, client: number) => {
      const caret = draw(user);
      names.drawn(client, caret);
      return caret;
    },
    selectionBuilder: (user: CaretUser) => ({ class: `caret-range ${colorOf(user)}` }),
  });

  const { view } = plugin.spec;
  plugin.spec.view = (editorView) => {
    const inner = view?.call(plugin, editorView);
    const stop = onMoves(awareness, names.moved);
    return {
      ...inner,
      destroy: () => {
        stop();
        names.stop();
        inner?.destroy?.();
      },
    };
  };
  return plugin;
}

const colorOf = ({ id, color }: CaretUser) => personClass(id ?? "", color);

function draw(user: CaretUser): HTMLElement {
  const caret = document.createElement("span");
  caret.className = `caret ${colorOf(user)}`;
  // The name is in the list of who is here; in the middle of the words it would only be read out of place.
  caret.setAttribute("aria-hidden", "true");
  const name = document.createElement("span");
  name.className = "caret-name";
  name.textContent = user.name;
  caret.append(WORD_JOINER, name, WORD_JOINER);
  return caret;
}

/**
 * A caret may arrive before the letter it stands behind, which waits for its commit. Until the letter is here the caret
 * stays where it was; drawn as it came it would vanish with every keystroke.
 */
function inStep(awareness: Awareness): Awareness {
  const last = new Map<number, Cursor>();
  const isKnown = (id: Id | null | undefined) => !id || getState(awareness.doc.store, id.client) > id.clock;
  const isHere = ({ item, type }: Place) => isKnown(item) && isKnown(type);
  const getStates = () =>
    new Map(
      [...awareness.getStates()].map(([client, state]) => {
        const cursor = state.cursor as Cursor | null | undefined;
        if (!cursor || (isHere(cursor.anchor) && isHere(cursor.head))) {
          if (cursor) last.set(client, cursor);
          else last.delete(client);
          return [client, state];
        }
        return [client, { ...state, cursor: last.get(client) ?? null }];
      }),
    );
  return Object.create(awareness, { getStates: { value: getStates } }) as Awareness;
}

/** Calls `moved` with each client whose caret went elsewhere. */
function onMoves(awareness: Awareness, moved: (client: number) => void): () => void {
  const places = new Map<number, string>();
  const onChange = ({ removed }: { removed: number[] }) => {
    for (const client of removed) places.delete(client);
    for (const [client, state] of awareness.getStates()) {
      const place = JSON.stringify(state.cursor ?? null);
      if (client === awareness.clientID || places.get(client) === place) continue;
      places.set(client, place);
      if (state.cursor) moved(client);
    }
  };
  awareness.on("change", onChange);
  return () => awareness.off("change", onChange);
}

/** When each name is shown. The editor draws a caret anew whenever the words around it change: that is no move. */
function nameTimes() {
  const carets = new Map<number, HTMLElement>();
  const shown = new Map<number, ReturnType<typeof setTimeout>>();

  const show = (client: number) => {
    const caret = carets.get(client);
    const name = caret?.querySelector(".caret-name");
    if (!caret || !name) return;
    caret.classList.add("is-moving");
    caret.classList.remove("is-at-edge");
    const edge = caret.closest(".ProseMirror")?.getBoundingClientRect().right ?? Number.POSITIVE_INFINITY;
    caret.classList.toggle("is-at-edge", name.getBoundingClientRect().right > edge);
  };

  return {
    drawn: (client: number, caret: HTMLElement) => {
      carets.set(client, caret);
      // It is in the page, and can be measured, only after this.
      if (shown.has(client)) requestAnimationFrame(() => show(client));
    },
    moved: (client: number) => {
      clearTimeout(shown.get(client));
      const hide = () => {
        shown.delete(client);
        carets.get(client)?.classList.remove("is-moving");
      };
      shown.set(client, setTimeout(hide, NAME_SHOWN_MS));
      requestAnimationFrame(() => show(client));
    },
    stop: () => {
      for (const timer of shown.values()) clearTimeout(timer);
    },
  };
}
