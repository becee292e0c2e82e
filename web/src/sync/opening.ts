/**
 * A document, opened by one view (or by a delivery in the background). The view draws `snapshot()` and binds its editor
 * to `snapshot().copy`; when that changes, the local copy was replaced and the editor binds anew.
 *
 * Kept true here:
 * - each change counts as pending, durably and by tab, until everything on this device is acknowledged;
 * - what earlier visits left counts too, and is settled only by an acknowledgement that came after it was read;
 * - a copy that the server refuses is moved aside, a fresh one opened, and the words it never took are offered;
 * - so are those written into a passage that somebody deleted without having seen them.
 */
import type { Awareness } from "y-protocols/awareness";
import type { Doc } from "yjs";
import { openCopy, type Copy } from "./copy";
import type { Device, Kept, Pending, Rescued } from "./device";
import { removeDatabase } from "./device";
import { isClean, saveStateOf, type Facts, type Refusal, type SaveState } from "./save-state";
import { promiseKeeper } from "./promise-keeper";
import type { Socket } from "./socket";
import { appendLines, linesMissing, linesOf } from "./words";

/** After these the copy on this device can never be taken: it is moved aside. */
const COPY_REFUSED = new Set([
  "malformed",
  "foreign-client",
  "schema",
  "epoch-changed",
  "document-too-large",
  "readonly",
]);
const UNREACHABLE_MS = 1_500;
/** Long enough for a page whose person signed out in another tab to be gone, and not to make the store anew. */
const STORE_GONE_MS = 500;

export interface OpeningOptions {
  readonly document: string;
  readonly device: Device;
  readonly socket: Socket;
  readonly confirm: () => Promise<void>;
}

export interface Snapshot {
  /** Null until the words may be shown and edited: read from this device and, if possible, brought up to date. */
  readonly copy: { readonly doc: Doc; readonly awareness: Awareness } | null;
  /** Offline, and this document was never met on this device: there is nothing to write on. */
  readonly missing: boolean;
  readonly editable: boolean;
  readonly save: SaveState;
  readonly rescued: readonly Rescued[];
}

export interface Opening {
  readonly subscribe: (listener: () => void) => () => void;
  /** Hears what the server says to this session alone. */
  readonly listen: (listener: (message: string) => void) => () => void;
  readonly snapshot: () => Snapshot;
  readonly insertRescued: (rescued: Rescued) => void;
  readonly dropRescued: (rescued: Rescued) => void;
  readonly retry: () => void;
  readonly close: () => void;
}

export function openDocument({ document, device, socket, confirm }: OpeningOptions): Opening {
  const session = crypto.randomUUID();
  const promise = promiseKeeper(device, document, session);
  const listeners = new Set<() => void>();
  const hearers = new Set<(message: string) => void>();
  let copy: Copy | null = null;
  let kept: Kept = { document, generation: 0, met: false };
  let earlier: readonly Pending[] = [];
  let rescued: readonly Rescued[] = [];
  /** The copy before this one was moved aside: a second refusal with nothing written since is final. */
  let afresh = false;
  let refusal: Refusal | null = null;
  let ready = false;
  let missing = false;
  let closed = false;
  let unreachable: ReturnType<typeof setTimeout> | undefined;
  let gone: ReturnType<typeof setTimeout> | undefined;
  let current: Snapshot = draw();

  function facts(): Facts {
    const known = copy?.facts() ?? {
      link: "connecting",
      access: null,
      synced: false,
      unsynced: 0,
      own: 0,
      late: false,
    };
    return { ...known, earlier: earlier.reduce((sum, each) => sum + each.count, 0), refusal };
  }

  function draw(): Snapshot {
    const now = facts();
    return {
      copy: ready && copy ? { doc: copy.doc, awareness: copy.awareness } : null,
      missing,
      editable: now.access !== "read" && refusal === null,
      save: saveStateOf(now),
      rescued: rescued.filter((each) => each.sifted || refusal !== null),
    };
  }

  function tell(): void {
    const next = draw();
    const same =
      next.copy?.doc === current.copy?.doc &&
      next.missing === current.missing &&
      next.editable === current.editable &&
      next.rescued.length === current.rescued.length &&
      JSON.stringify(next.save) === JSON.stringify(current.save);
    if (same) return;
    current = next.copy && next.copy.doc === current.copy?.doc ? { ...next, copy: current.copy } : next;
    for (const listener of listeners) listener();
  }

  /** Whatever happened to the copy: is all acknowledged, may it be shown? Safe at any moment, any number of times. */
  function look(): void {
    if (!copy || closed) return;
    const now = facts();
    if (now.synced && now.access === "read" && now.own + now.earlier > 0) return void refused("readonly");
    if (isClean(now)) {
      copy.settle();
      promise(0);
      refusal = null;
      afresh = false;
      if (copy.loaded()) {
        void device.settle(earlier);
        earlier = [];
      }
      if (!kept.met) void device.keep((kept = { document, generation: kept.generation, met: true }));
      void sift(copy);
    }
    // What began here holds nothing elsewhere that one would have to wait for.
    if (now.synced || (kept.born && copy.loaded())) show();
    else if (now.link === "lost" && copy.loaded()) {
      if (kept.met) show();
      else missing = !ready;
    }
    tell();
  }

  function show(): void {
    ready = true;
    missing = false;
    clearTimeout(unreachable);
  }

  async function start(): Promise<void> {
    kept = await device.kept(document);
    // Read before the store: words that another tab adds later renew its promise, and are not settled by us.
    earlier = (await device.pending(document)).filter((each) => each.session !== session);
    rescued = await device.rescued(document);
    if (closed) return;
    copy = openCopy({
      document,
      storeName: device.durable ? device.storeName(kept) : null,
      socket,
      confirm,
      onChange: look,
      onLocalChange: () => promise(copy?.facts().own ?? 0),
      onRefused: (reason) => void refused(reason),
      onMessage: (message) => {
        for (const hear of hearers) hear(message);
      },
      onSwept: ({ id, lines }) => {
        void rescue({ id: `${document} ${id}`, reason: "swept", lines, sifted: true });
        tell();
      },
      onStoreGone: () => {
        clearTimeout(gone);
        gone = setTimeout(() => void restart(), STORE_GONE_MS);
      },
    });
    unreachable = setTimeout(() => {
      if (copy?.loaded() && kept.met) show();
      tell();
    }, UNREACHABLE_MS);
    look();
  }

  async function restart(): Promise<void> {
    const old = copy;
    copy = null;
    ready = false;
    clearTimeout(unreachable);
    await old?.close();
    if (!closed) await start();
  }

  async function refused(reason: string): Promise<void> {
    if (!copy) return;
    const now = facts();
    const owed = now.own + now.earlier;
    if (COPY_REFUSED.has(reason) && (!afresh || owed > 0)) {
      afresh = true;
      await moveAside(copy, reason, owed);
      if (!closed) await start();
      return;
    }
    refusal = reason === "unauthenticated" || reason === "not-found" ? reason : "other";
    if (reason === "not-found" && owed > 0) await moveAside(copy, reason, owed);
    tell();
  }

  /** Nothing will ever take this copy. Its words are on disk before it goes; where none is owed it was merely stale. */
  async function moveAside(old: Copy, reason: string, owed: number): Promise<void> {
    copy = null;
    ready = false;
    if (owed > 0) await rescue({ id: crypto.randomUUID(), reason, lines: linesOf(old.doc), sifted: false });
    await old.close();
    await device.settle(earlier);
    earlier = [];
    promise(0);
    await device.keep({ document, generation: kept.generation + 1, met: false });
    if (device.durable) await removeDatabase(device.storeName(kept));
  }

  async function rescue(words: Omit<Rescued, "document" | "at">): Promise<void> {
    const found: Rescued = { ...words, document, at: Date.now() };
    rescued = [...rescued.filter(({ id }) => id !== found.id), found];
    await device.rescue(found);
  }

  /** The current words are here: of what was rescued, offer only the lines that they lack. */
  async function sift({ doc }: Copy): Promise<void> {
    const unsifted = rescued.filter((each) => !each.sifted);
    if (unsifted.length === 0) return;
    const theirs = linesOf(doc);
    const sifted = rescued.map((each) =>
      each.sifted ? each : { ...each, lines: linesMissing(each.lines, theirs), sifted: true },
    );
    rescued = sifted.filter((each) => each.lines.length > 0);
    tell();
    for (const each of sifted) {
      if (each.lines.length > 0) await device.rescue(each);
      else await device.dropRescued(each.id);
    }
  }

  function dropRescued(gone: Rescued): void {
    rescued = rescued.filter((each) => each.id !== gone.id);
    void device.dropRescued(gone.id);
    tell();
  }

  void start();

  return {
    subscribe: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    listen: (hear) => {
      hearers.add(hear);
      return () => hearers.delete(hear);
    },
    snapshot: () => current,
    insertRescued: (each) => {
      if (copy && current.editable) {
        appendLines(copy.doc, each.lines);
        dropRescued(each);
      }
    },
    dropRescued,
    retry: () => {
      refusal = null;
      afresh = false;
      void restart();
    },
    close: () => {
      closed = true;
      listeners.clear();
      hearers.clear();
      clearTimeout(unreachable);
      clearTimeout(gone);
      // Not yet acknowledged words stay promised on this device; `deliver` sends them.
      void copy?.close();
    },
  };
}
