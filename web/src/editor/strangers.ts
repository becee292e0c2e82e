/**
 * Nodes and marks that this build does not know. The editor binding deletes what its schema cannot show and writes the
 * deletion back; so a document that holds any is not given to an editor, and one that receives some loses its editor
 * before the binding sees them.
 */
import { XmlElement, XmlFragment, XmlText, type YEvent } from "yjs";

export interface Known {
  readonly nodes: ReadonlySet<string>;
  readonly marks: ReadonlySet<string>;
}

export function holdsStrangers(node: unknown, known: Known): boolean {
  if (node instanceof XmlText) return (node.toDelta() as Run[]).some((run) => hasStrangeMark(run, known));
  if (node instanceof XmlElement && !known.nodes.has(node.nodeName)) return true;
  return node instanceof XmlFragment && node.toArray().some((child) => holdsStrangers(child, known));
}

/** Calls `onStranger` when the document receives one; before anybody who observes it later than this call. */
export function watchForStrangers(fragment: XmlFragment, known: Known, onStranger: () => void): () => void {
  const look = (events: YEvent<XmlFragment>[]) => {
    const strange = events.some((event) =>
      (event.changes.delta as Run[]).some((run) => {
        const inserted = Array.isArray(run.insert) ? run.insert : [];
        return hasStrangeMark(run, known) || inserted.some((each) => holdsStrangers(each, known));
      }),
    );
    if (strange) onStranger();
  };
  fragment.observeDeep(look as Parameters<XmlFragment["observeDeep"]>[0]);
  return () => fragment.unobserveDeep(look as Parameters<XmlFragment["observeDeep"]>[0]);
}

interface Run {
  readonly insert?: unknown;
  readonly attributes?: Readonly<Record<string, unknown>>;
}

/** Overlapping marks carry a hash after two dashes. */
function hasStrangeMark({ attributes = {} }: Run, known: Known): boolean {
  return Object.entries(attributes).some(
    ([key, value]) => value !== null && !known.marks.has(key.replace(/--[a-zA-Z0-9+/=]{8}$/, "")),
  );
}
