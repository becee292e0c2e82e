/**
 * Words that a deletion swept away unseen. Whoever deletes a passage names every letter of it that they know; what was
 * written into it meanwhile, offline or a moment ago, goes with it though nobody meant it to.
 */
import {
  ContentString,
  decodeStateVector,
  decodeUpdate,
  encodeStateVector,
  isDeleted,
  Item,
  iterateDeletedStructs,
  XmlText,
  type Doc,
  type Transaction,
} from "yjs";

/** A passage as it stood on this device, one line for each text in it; `id` is that of its first letter swept away. */
export interface Swept {
  readonly id: string;
  readonly lines: readonly string[];
}

export interface SweptWatch {
  /** A handshake begins: the server has so much. */
  readonly hears: (stateVector: Uint8Array) => void;
  /** What the server sends next: somebody's update, or null for what a handshake brings. */
  readonly expects: (update: Uint8Array | null) => void;
  /** Everything here is acknowledged. */
  readonly settle: () => void;
}

/** Watches `doc`; `isServers` tells the transactions of the server from all others. */
export function watchSwept(
  doc: Doc,
  isServers: (origin: unknown) => boolean,
  onSwept: (swept: Swept) => void,
): SweptWatch {
  /** Client → up to which clock the server is known to have its letters. */
  let had: Map<number, number> | null = null;
  let update: Uint8Array | null = null;

  doc.on("afterTransaction", (transaction: Transaction) => {
    if (!had || !isServers(transaction.origin)) return;
    const swept = sweptBy(transaction, had, update);
    for (const [client, clock] of transaction.afterState) {
      if (clock > (transaction.beforeState.get(client) ?? 0)) had.set(client, clock);
    }
    if (swept) onSwept(swept);
  });

  return {
    // Only the first: what was on its way when the line broke may have reached the server after the deletion.
    hears: (stateVector) => (had ??= decodeStateVector(stateVector)),
    expects: (next) => (update = next),
    settle: () => (had = decodeStateVector(encodeStateVector(doc))),
  };
}

/** What a transaction deleted of the letters that stood here and that the server is not known to have had. */
function sweptBy(
  transaction: Transaction,
  had: Map<number, number>,
  update: Uint8Array | null,
): Swept | null {
  const lost: Item[] = [];
  iterateDeletedStructs(transaction, transaction.deleteSet, (item) => {
    if (!(item instanceof Item && item.content instanceof ContentString && item.parent instanceof XmlText))
      return;
    const { client, clock } = item.lastId;
    const ours = stoodBefore(transaction, item) && clock >= (had.get(client) ?? 0);
    if (ours && item.content.str.trim() !== "") lost.push(item);
  });
  // Acknowledgements are counted, not told apart: while one types on, also letters that others have seen are among them.
  const named = lost.length > 0 && update ? decodeUpdate(update).ds : null;
  const unseen = named ? lost.filter((item) => !isDeleted(named, item.lastId)) : lost;
  const [first] = unseen;
  if (!first) return null;
  const texts = new Map(unseen.map((item) => [item.parent, item]));
  const lines = [...texts.values()].map((item) => asItStood(transaction, item));
  return { id: `${first.id.client}:${first.id.clock}`, lines };
}

/** The letters of an item's text before the transaction that deleted it. */
function asItStood(transaction: Transaction, item: Item): string {
  let each: Item | null = item;
  while (each.left) each = each.left;
  let letters = "";
  for (; each; each = each.right) {
    const there = !each.deleted || isDeleted(transaction.deleteSet, each.id);
    if (there && stoodBefore(transaction, each) && each.content instanceof ContentString)
      letters += each.content.str;
  }
  return letters;
}

function stoodBefore({ beforeState }: Transaction, { id }: Item): boolean {
  return id.clock < (beforeState.get(id.client) ?? 0);
}
