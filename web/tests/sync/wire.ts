/**
 * The far end of the wire: a server of one document that speaks Hocuspocus frames to the published provider, and does
 * what a test tells it: hold its acknowledgements, refuse, hang up, let nobody in.
 */
import * as decoding from "lib0/decoding";
import * as encoding from "lib0/encoding";
import * as sync from "y-protocols/sync";
import { applyUpdate, Doc, encodeStateAsUpdate, encodeStateVector } from "yjs";

const SYNC = 0;
const AUTH = 2;
const STATUS = 8;

export class Wire {
  readonly doc = new Doc();
  readonly sockets = new Set<Line>();
  scope: "read-write" | "readonly" = "read-write";
  /** The reasons for which the next askers are refused, one each. */
  readonly refusals: string[] = [];
  up = true;
  holding = false;
  readonly tokens: string[] = [];
  /** Where documents are open, for what the server says unasked. */
  readonly #open = new Map<Line, string>();
  #held: (() => void)[] = [];
  readonly #refused = new Set<string>();

  /** What to give the provider in the place of the browser's WebSocket. */
  readonly WebSocket = lineTo(this);

  receive(line: Line, data: Uint8Array): void {
    const decoder = decoding.createDecoder(data);
    if (data.length === 1) return;
    const address = decoding.readVarString(decoder);
    const type = decoding.readVarUint(decoder);
    if (type === AUTH) this.#authenticate(line, address, decoder);
    else if (type === SYNC && !this.#refused.has(address)) this.#sync(line, address, decoder);
  }

  #authenticate(line: Line, address: string, decoder: decoding.Decoder): void {
    decoding.readVarUint(decoder);
    this.tokens.push(decoding.readVarString(decoder));
    const reason = this.refusals.shift();
    if (reason) this.#refused.add(address);
    this.#send(line, address, AUTH, (encoder) => {
      encoding.writeVarUint(encoder, reason ? 1 : 2);
      encoding.writeVarString(encoder, reason ?? this.scope);
    });
  }

  #sync(line: Line, address: string, decoder: decoding.Decoder): void {
    const kind = decoding.readVarUint(decoder);
    const bytes = decoding.readVarUint8Array(decoder);
    if (kind === sync.messageYjsSyncStep1) {
      this.#open.set(line, address);
      this.#send(line, address, SYNC, (encoder) => sync.writeSyncStep1(encoder, this.doc));
      this.#send(line, address, SYNC, (encoder) => sync.writeSyncStep2(encoder, this.doc, bytes));
      return;
    }
    const acknowledge = () => {
      const refused = this.scope === "readonly" && brings(this.doc, bytes);
      if (!refused) applyUpdate(this.doc, bytes);
      this.#send(line, address, STATUS, (encoder) => encoding.writeVarUint(encoder, refused ? 0 : 1));
    };
    if (this.holding) this.#held.push(acknowledge);
    else acknowledge();
  }

  /** Somebody else changes the document, and whoever has it open hears of it. */
  change(change: (doc: Doc) => void): void {
    const before = encodeStateVector(this.doc);
    this.doc.transact(() => change(this.doc));
    const update = encodeStateAsUpdate(this.doc, before);
    for (const [line, address] of this.#open) {
      this.#send(line, address, SYNC, (encoder) => sync.writeUpdate(encoder, update));
    }
  }

  /** Commit and acknowledge what was held. */
  release(): void {
    this.holding = false;
    for (const acknowledge of this.#held.splice(0)) acknowledge();
  }

  /** Every line is cut; what was held is lost, as in a crash before the commit. */
  goDown(): void {
    this.up = false;
    this.#held = [];
    for (const line of this.sockets) line.end();
  }

  #send(line: Line, address: string, type: number, body: (encoder: encoding.Encoder) => void): void {
    const encoder = encoding.createEncoder();
    encoding.writeVarString(encoder, address);
    encoding.writeVarUint(encoder, type);
    body(encoder);
    line.deliver(encoding.toUint8Array(encoder));
  }
}

function brings(doc: Doc, update: Uint8Array): boolean {
  const copy = new Doc();
  let news = false;
  applyUpdate(copy, encodeStateAsUpdate(doc));
  copy.on("update", () => (news = true));
  applyUpdate(copy, update);
  return news;
}

function lineTo(wire: Wire): unknown {
  return class extends Line {
    constructor() {
      super(wire);
    }
  };
}

/** One connection, with the part of a WebSocket that the provider uses. */
class Line extends EventTarget {
  readyState = 0;
  binaryType = "arraybuffer";
  identifier = "";

  constructor(readonly wire: Wire) {
    super();
    queueMicrotask(() => {
      if (!wire.up) return this.end();
      this.readyState = 1;
      wire.sockets.add(this);
      this.dispatchEvent(new Event("open"));
    });
  }

  send(data: Uint8Array): void {
    this.wire.receive(this, data);
  }

  deliver(data: Uint8Array): void {
    const message = new MessageEvent("message", { data: data.slice().buffer });
    setTimeout(() => this.readyState === 1 && this.dispatchEvent(message)); // no network answers within a tick
  }

  close(): void {
    this.end();
  }

  end(): void {
    if (this.readyState === 3) return;
    this.readyState = 3;
    this.wire.sockets.delete(this);
    this.dispatchEvent(new CloseEvent("close", { code: 1006 }));
  }
}
