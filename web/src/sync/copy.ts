/**
 * One copy of one document: a Y.Doc, its IndexedDB store and a provider of its own, made for one opening and thrown
 * away after it. It counts what was changed here and not yet acknowledged; what to do about a refusal is its owner's.
 *
 * Order matters. The store is read before the provider attaches, so that the handshake offers everything an earlier
 * visit left, and "synced with nothing owed" then means that all of it is committed. Every change is in IndexedDB
 * before it is on the wire: y-indexeddb writes each update as it happens.
 */
import { HocuspocusProvider, WebSocketStatus } from "@hocuspocus/provider";
import { IndexeddbPersistence } from "y-indexeddb";
import { Awareness } from "y-protocols/awareness";
import { messageYjsSyncStep1, messageYjsUpdate } from "y-protocols/sync";
import { Doc } from "yjs";
import type { Facts, Link } from "./save-state";
import { isClean } from "./save-state";
import type { Socket } from "./socket";
import { watchSwept, type Swept } from "./swept";

const SYNC_MESSAGE = 0;

export interface CopyOptions {
  readonly document: string;
  /** IndexedDB store, or null where the browser keeps nothing. */
  readonly storeName: string | null;
  readonly socket: Socket;
  /** Resolves once the session cookie is known to be this person's; rejects to send no credentials at all. */
  readonly confirm: () => Promise<void>;
  readonly onChange: () => void;
  readonly onLocalChange: () => void;
  readonly onRefused: (reason: string) => void;
  /** What the server says to this session alone: which values it did not take. */
  readonly onMessage: (message: string) => void;
  /** A passage was deleted with words in it that were on their way. */
  readonly onSwept: (swept: Swept) => void;
  /** Another tab removed the store under us. */
  readonly onStoreGone: () => void;
}

export interface Copy {
  readonly doc: Doc;
  readonly awareness: Awareness;
  readonly facts: () => Omit<Facts, "earlier" | "refusal">;
  /** The local store has been read. */
  readonly loaded: () => boolean;
  /** Everything is acknowledged: start counting anew. */
  readonly settle: () => void;
  readonly close: () => Promise<void>;
}

const LATE_MS = 8_000;
/** A store that takes longer is read behind the handshake: its words then follow as an update of their own. */
const STORE_MS = 3_000;

export function openCopy(options: CopyOptions): Copy {
  const { socket, onChange } = options;
  const doc = new Doc();
  const awareness = new Awareness(doc);
  awareness.setLocalState(null);
  const { websocket, release } = socket.acquire();

  let own = 0;
  let link: Link = "connecting";
  let access: Facts["access"] = null;
  let late = false;
  let closed = false;
  let provider: HocuspocusProvider | null = null;
  let lateTimer: ReturnType<typeof setTimeout> | undefined;

  const persistence = options.storeName ? new IndexeddbPersistence(options.storeName, doc) : null;

  const watch = watchSwept(doc, (origin) => origin !== null && origin === provider, options.onSwept);

  const facts = () => ({
    link,
    access,
    synced: provider?.synced ?? false,
    unsynced: provider?.unsyncedChanges ?? 0,
    own,
    late,
  });

  const watchForLateness = () => {
    clearTimeout(lateTimer);
    late = false;
    if (own === 0 || link !== "connected") return;
    lateTimer = setTimeout(() => {
      late = true;
      onChange();
    }, LATE_MS);
  };

  const onStatus = ({ status }: { status: WebSocketStatus }) => {
    if (status === WebSocketStatus.Connected) link = "connected";
    else if (status === WebSocketStatus.Disconnected) link = "lost";
    // A new attempt after a loss is still a loss, until it succeeds.
    else if (link !== "lost") link = "connecting";
    watchForLateness();
    onChange();
  };

  const count = (_update: Uint8Array, origin: unknown) => {
    if (origin === persistence || origin === provider || access === "read") return;
    own += 1;
    if (own === 1) watchForLateness();
    options.onLocalChange();
    onChange();
  };

  const attach = () => {
    if (websocket.status === WebSocketStatus.Connected) link = "connected";
    provider = new HocuspocusProvider({
      name: options.document,
      document: doc,
      awareness,
      websocketProvider: websocket,
      sessionAwareness: true,
      flushDelay: false,
      token: () => options.confirm().then(() => ""),
      onAuthenticated: ({ scope }) => {
        access = scope === "readonly" ? "read" : "write";
        onChange();
      },
      onAuthenticationFailed: ({ reason }) => {
        // Our own `confirm` rejected: nothing was sent, the server ends the attempt and the provider tries again.
        if (!reason.startsWith("Failed to get token")) options.onRefused(reason);
      },
      onStateless: ({ payload }) => options.onMessage(payload),
      // Before the provider reads it; this copy of the message is ours.
      onMessage: ({ message }) => {
        message.readVarString();
        if (message.readVarUint() !== SYNC_MESSAGE) return;
        const kind = message.readVarUint() as number;
        const bytes = message.readVarUint8Array();
        if (kind === messageYjsSyncStep1) watch.hears(bytes);
        else watch.expects(kind === messageYjsUpdate ? bytes : null);
      },
      onSynced: onChange,
      onUnsyncedChanges: () => {
        watchForLateness();
        onChange();
      },
      onStatus,
    });
    // After the provider's own listener, so that its count already holds the change that ours announces.
    doc.on("update", count);
    provider.attach();
    onChange();
  };

  const start = async () => {
    if (persistence) await Promise.race([persistence.whenSynced, pause(STORE_MS)]);
    if (closed) return;
    persistence?.db?.addEventListener("versionchange", () => {
      if (!closed) options.onStoreGone();
    });
    attach();
  };
  void start();

  return {
    doc,
    awareness,
    facts,
    loaded: () => persistence?.synced ?? true,
    settle: () => {
      if (isClean({ ...facts(), earlier: 0, refusal: null })) {
        own = 0;
        watch.settle();
      }
      watchForLateness();
    },
    close: async () => {
      if (closed) return;
      closed = true;
      clearTimeout(lateTimer);
      provider?.destroy();
      awareness.destroy();
      release();
      await persistence?.destroy();
      doc.destroy();
    },
  };
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
