/**
 * One person's own edits of a contact's document, in this tab: each is a whole (another address in the place of one is
 * two keys), so that it is taken back as a whole, by its author or because the server did not take a part of it.
 */
import type { Doc, YMapEvent } from "yjs";
import { PROPERTIES } from "../sync/words";
import { propertyOf, same, type Writes } from "./values";

export interface Wish {
  readonly property: string;
  readonly writes: Writes;
  /** What was typed, and into the place of which element: to be mended, should it be refused. */
  readonly typed: string;
  readonly element?: string | undefined;
}

/** A value that the server put back, and why: a code of the catalogue's `refused.…`. */
export interface Refused {
  readonly property: string;
  readonly code: string;
  readonly typed: string;
  readonly element?: string | undefined;
}

interface Edit extends Omit<Wish, "writes"> {
  readonly keys: ReadonlyMap<string, Change>;
}

interface Change {
  readonly before: unknown;
  readonly after: unknown;
}

export type Edits = ReturnType<typeof openEdits>;
const EDITS_MAX = 100;

export function openEdits(doc: Doc) {
  const map = doc.getMap<unknown>(PROPERTIES);
  const origin = {};
  let done: Edit[] = [];

  const put = (writes: Iterable<readonly [string, unknown]>) =>
    doc.transact(() => {
      for (const [key, value] of writes) {
        if (value === undefined) map.delete(key);
        else map.set(key, value);
      }
    }, origin);

  /** Takes back what of an edit still stands as it was left; false: nothing does. */
  const takeBack = ({ keys }: Edit): boolean => {
    const standing = [...keys].filter(([key, { after }]) => same(map.get(key), after));
    put(standing.map(([key, { before }]) => [key, before]));
    return standing.length > 0;
  };

  /** The server gave an element of ours another form, in one stroke: it is ours under that name. */
  const follow = ({ transaction, changes }: YMapEvent<unknown>) => {
    if (transaction.origin === origin) return;
    const added = [...changes.keys].filter(([, { action }]) => action === "add").map(([key]) => key);
    const renamed = (edit: Edit): Edit => {
      const [form, ...others] = added.filter((key) => propertyOf(key) === edit.property);
      if (form === undefined || others.length > 0) return edit;
      const keys = [...edit.keys].map(([key, { before, after }]): [string, Change] => {
        const gone = after !== undefined && changes.keys.get(key)?.action === "delete";
        return gone ? [form, { before, after: map.get(form) }] : [key, { before, after }];
      });
      return { ...edit, keys: new Map(keys) };
    };
    done = done.map(renamed);
  };
  map.observe(follow);

  return {
    /** False: it changes nothing. */
    write: ({ writes, ...rest }: Wish): boolean => {
      const changed = Object.entries(writes).filter(([key, value]) => !same(map.get(key), value));
      if (changed.length === 0) return false;
      const keys = new Map(changed.map(([key, after]) => [key, { before: map.get(key), after }]));
      done = [...done, { ...rest, keys }].slice(-EDITS_MAX);
      put(changed);
      return true;
    },

    /** Takes back the newest edit of which something still stands; the property it was of. */
    undo: (): string | null => {
      for (let edit = done.at(-1); edit; edit = done.at(-1)) {
        done = done.slice(0, -1);
        if (takeBack(edit)) return edit.property;
      }
      return null;
    },

    /** What a message of the server's refuses. The other half of an edit goes back with the refused one. */
    refused: (message: string): Refused[] => {
      const refusals = new Map<Edit | string, Refused>();
      for (const { key, code } of problemsIn(message)) {
        const edit = done.findLast(({ keys }) => keys.has(key));
        const property = propertyOf(key);
        if (edit) {
          done = done.filter((each) => each !== edit);
          const others = [...edit.keys].filter(([other]) => other !== key);
          takeBack({ ...edit, keys: new Map(others) });
          refusals.set(edit, { property, code, typed: edit.typed, element: edit.element });
        } else if (![...refusals.values()].some((each) => each.property === property)) {
          refusals.set(key, { property, code, typed: key.slice(property.length + 1) });
        }
      }
      return [...refusals.values()];
    },

    close: () => map.unobserve(follow),
  };
}

function problemsIn(message: string): { key: string; code: string }[] {
  try {
    const told = JSON.parse(message) as { type?: unknown; problems?: unknown } | null;
    if (told?.type !== "problems" || !Array.isArray(told.problems)) return [];
    return (told.problems as { key?: unknown; code?: unknown }[]).flatMap(({ key, code }) =>
      typeof key === "string" && typeof code === "string" ? [{ key, code }] : [],
    );
  } catch {
    return [];
  }
}
