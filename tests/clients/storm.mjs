/**
 * A crowd: readers by the thousand, each a socket with one document, made and read by hand so that one process can play
 * them all. They do as stock Hocuspocus providers do: an Auth, a SyncStep1 with what they have, and after every close
 * another try, at first at once, then after one to two seconds.
 */
import { createRequire } from "node:module";

import { answer } from "./json_lines.mjs";

const WebSocket = createRequire(new URL("../../web/package.json", import.meta.url))("ws");
const [SYNC, AUTH, PING, PONG] = [0, 2, 9, 10];

function varUint(value) {
  const bytes = [];
  for (; value > 127; value = Math.floor(value / 128)) bytes.push((value % 128) | 128);
  return [...bytes, value];
}

const varString = (text) => [...varUint(Buffer.byteLength(text)), ...Buffer.from(text)];

class Reader {
  vector = Buffer.from([1, 0]); // length and bytes: an empty one
  synced = false;
  tries = 0;

  constructor(url, token, document) {
    this.url = url;
    this.prefix = Buffer.from(varString(document));
    this.auth = [AUTH, 0, ...varString(token), ...varString("4.8.0")];
  }

  connect() {
    this.synced = false;
    this.tries += 1;
    this.socket = new WebSocket(this.url, { perMessageDeflate: false });
    this.socket.on("open", () => {
      this.say(this.auth);
      this.say([SYNC, 0, ...this.vector]);
    });
    this.socket.on("message", (frame) => this.hear(frame));
    this.socket.on("error", (error) => count(failures, error.code ?? error.message));
    this.socket.on("close", (code) => {
      count(closes, code);
      this.closed = performance.now();
      setTimeout(() => this.connect(), this.tries ? 1000 + Math.random() * 1000 : 0);
    });
  }

  say(body) {
    this.socket.send(Buffer.concat([this.prefix, Buffer.from(body)]));
  }

  hear(frame) {
    if (frame.length === 1) {
      if (frame[0] === PING) this.socket.send(Buffer.from([PONG]));
      return;
    }
    const at = this.prefix.length;
    if (frame[at] === AUTH && frame[at + 1] === 1) count(failures, "refused");
    if (frame[at] !== SYNC) return;
    if (frame[at + 1] === 0) {
      this.vector = frame.subarray(at + 2);
      this.say([SYNC, 1, 2, 0, 0]);
    } else if (frame[at + 1] === 1) {
      this.synced = true;
      this.tries = 0;
      times.push(performance.now() - began);
    }
  }
}

let [readers, times, closes, failures, began] = [[], [], {}, {}, 0];

function count(counts, what) {
  counts[what] = (counts[what] ?? 0) + 1;
}

function begin() {
  [times, closes, failures, began] = [[], {}, {}, performance.now()];
}

answer({
  /** Everybody comes, evenly over the urls and documents. */
  come({ urls, token, documents, count }) {
    begin();
    for (let n = 0; n < count; n += 1) {
      readers.push(new Reader(urls[n % urls.length], token, documents[n % documents.length]));
    }
    for (const reader of readers) reader.connect();
  },
  /** Every connection is cut at the same moment, and everybody is back in the same moment. */
  cut() {
    begin();
    for (const reader of readers) {
      reader.synced = false;
      reader.tries = 0;
      reader.socket.terminate();
    }
  },
  begin,
  /** From here on they try elsewhere. */
  go({ urls }) {
    readers.forEach((reader, n) => {
      reader.url = urls[n % urls.length];
    });
  },
  /** How many are in sync, when each of them was (milliseconds), and why sockets ended. */
  state: () => ({ synced: readers.filter((reader) => reader.synced).length, times, closes, failures }),
});
