/**
 * Other people's carets, over the cursor plugin of y-tiptap. The name stands above a caret for two seconds after it
 * moved; where it would pass the right edge it hangs to the left. Colours come from classes: the page's policy allows
 * no style in markup, and so they follow the theme.
 */
import type { Plugin } from "@tiptap/pm/state";
import { yCursorPlugin } from "@tiptap/y-tiptap";
import type { Awareness } from "y-protocols/awareness";
import { personClass } from "../ui/people";

interface CaretUser {
  readonly id?: string;
  readonly name: string;
  readonly color: string;
}

const NAME_SHOWN_MS = 2_000;
const WORD_JOINER = "\u2060";

export function remoteCarets(awareness: Awareness): Plugin {
  const carets = new Map<number, HTMLElement>();
  const colorOf = ({ id, color }: CaretUser) => personClass(id ?? "", color);

  const build = (user: CaretUser, client: number): HTMLElement => {
    const caret = document.createElement("span");
    caret.className = `caret ${colorOf(user)}`;
    // The name is in the list of who is here; in the middle of the words it would only be read out of place.
    caret.setAttribute("aria-hidden", "true");
    const name = document.createElement("span");
    name.className = "caret-name";
    name.textContent = user.name;
    caret.append(WORD_JOINER, name, WORD_JOINER);
    carets.set(client, caret);
    return caret;
  };

  const plugin: Plugin = yCursorPlugin(awareness, {
    cursorBuilder: build,
    selectionBuilder: (user: CaretUser) => ({ class: `caret-range ${colorOf(user)}` }),
  });
  return withMoves(plugin, awareness, carets);
}

/** Adds to the plugin's view: see who moved, and show that name for a while. */
function withMoves(plugin: Plugin, awareness: Awareness, carets: Map<number, HTMLElement>): Plugin {
  const { view } = plugin.spec;
  plugin.spec.view = (editorView) => {
    const inner = view?.call(plugin, editorView);
    const places = new Map<number, string>();
    const timers = new Map<number, ReturnType<typeof setTimeout>>();

    const show = (client: number) => {
      const caret = carets.get(client);
      if (!caret) return;
      caret.classList.remove("is-at-edge");
      caret.classList.add("is-moving");
      const edge = editorView.dom.getBoundingClientRect().right;
      const name = caret.querySelector(".caret-name");
      caret.classList.toggle("is-at-edge", (name?.getBoundingClientRect().right ?? 0) > edge);
      clearTimeout(timers.get(client));
      timers.set(
        client,
        setTimeout(() => carets.get(client)?.classList.remove("is-moving"), NAME_SHOWN_MS),
      );
    };
    const onChange = ({ removed }: { removed: number[] }) => {
      for (const client of removed) {
        carets.delete(client);
        places.delete(client);
      }
      for (const [client, state] of awareness.getStates()) {
        const place = JSON.stringify(state.cursor ?? null);
        if (client === awareness.clientID || places.get(client) === place) continue;
        places.set(client, place);
        // After the decoration has been drawn in its new place.
        if (state.cursor) requestAnimationFrame(() => show(client));
      }
    };
    awareness.on("change", onChange);
    return {
      ...inner,
      destroy: () => {
        awareness.off("change", onChange);
        for (const timer of timers.values()) clearTimeout(timer);
        inner?.destroy?.();
      },
    };
  };
  return plugin;
}
