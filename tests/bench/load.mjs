/**
 * Many people typing, at a rate, without a document of their own: frames are made and read by hand, so that one process
 * can play a hundred people and the server is what gets tired.
 *
 *   node load.mjs '{"dialect": "hocuspocus", "urls": [...], "token": "", "documents": [...], "clients": 5, "rate": 1000,
 *                   "seconds": 20, "warm": 5}'
 *
 * Says {"event":"measuring"} when everybody is in and typing, and at the end what came: edits sent and delivered,
 * statuses, milliseconds from sending an edit to its arrival at another client (p50, p99), and to its status (p95, p99).
 */
import WebSocket from "ws";
import * as Y from "yjs";

const plan = JSON.parse(process.argv[2]);
const [SYNC, AUTH, STATUS, PING] = [0, 2, 8, 9];
const UPDATE = 2;
const hocuspocus = plan.dialect === "hocuspocus"; // else y-websocket: a room an address, frames without it

function varUint(value) {
  const bytes = [];
  for (; value > 127; value = Math.floor(value / 128)) bytes.push((value % 128) | 128);
  return [...bytes, value];
}

function readVarUint(bytes, at) {
  let value = 0;
  for (let factor = 1; ; factor *= 128) {
    const byte = bytes[at.at++];
    value += (byte & 127) * factor;
    if (byte < 128) return value;
  }
}

const varString = (text) => [...varUint(Buffer.byteLength(text)), ...Buffer.from(text)];
const varBytes = (bytes) => [...varUint(bytes.length), ...bytes];

/** client id → clock → when it was sent. */
const sent = new Map();
const counts = { sent: 0, delivered: 0, statuses: 0 };
const latencies = [];
const acknowledgements = [];
let measuring = false;

class Person {
  constructor(url, document, index) {
    this.document = document;
    this.client = 1_000_000 + index;
    this.clock = 0;
    this.waiting = [];
    this.prefix = Buffer.from(hocuspocus ? varString(document) : []);
    this.ready = new Promise((resolve, reject) => {
      this.resolve = resolve;
      this.socket = new WebSocket(hocuspocus ? url : `${url}/${document}`, { perMessageDeflate: false });
      this.socket.on("error", reject);
      this.socket.on("close", (code) => this.closing || reject(new Error(`closed with ${code}`)));
    });
    sent.set(this.client, []);
    this.socket.on("open", () => {
      if (hocuspocus) this.say([AUTH, 0, ...varString(plan.token), ...varString("4.8.0")]);
      this.say([SYNC, 0, 1, 0]);
    });
    this.socket.on("message", (bytes) => this.hear(bytes));
  }

  say(body) {
    this.socket.send(Buffer.concat([this.prefix, Buffer.from(body)]));
  }

  hear(bytes) {
    if (hocuspocus && bytes.length === 1) {
      if (bytes[0] === PING) this.socket.send(Buffer.from([10]));
      return;
    }
    const at = { at: this.prefix.length };
    const type = bytes[at.at++];
    if (type === SYNC) {
      const kind = bytes[at.at++];
      if (kind === UPDATE) this.see(bytes, at);
      else if (kind === 0) this.say([SYNC, 1, 2, 0, 0]);
      else this.resolve();
    } else if (type === STATUS && bytes[at.at] === 1) {
      counts.statuses += 1;
      const since = this.waiting.shift();
      if (measuring && since) acknowledgements.push(performance.now() - since);
    } else if (type === AUTH && bytes[at.at] === 1) throw new Error(`refused: ${bytes.subarray(at.at)}`);
  }

  /** Edits of somebody else (or of this very person, when the server echoes); some servers send several in one. */
  see(bytes, at) {
    const update = bytes.subarray(at.at + varUint(readVarUint(bytes, { ...at })).length);
    const [clients, structs] = update;
    if (!measuring) return;
    if (clients === 1 && structs === 1) {
      const inside = { at: 2 };
      this.count(readVarUint(update, inside), readVarUint(update, inside));
    } else for (const { id } of Y.decodeUpdate(update).structs) this.count(id.client, id.clock);
  }

  count(client, clock) {
    if (client === this.client) return;
    counts.delivered += 1;
    const since = sent.get(client)?.[clock];
    if (since) latencies.push(performance.now() - since);
  }

  /** A paragraph of one's own. */
  begin() {
    const doc = new Y.Doc();
    doc.clientID = this.client;
    const paragraph = new Y.XmlElement("paragraph");
    paragraph.insert(0, [new Y.XmlText("a")]);
    doc.getXmlFragment("default").insert(0, [paragraph]);
    this.clock = Y.getState(doc.store, this.client);
    this.waiting.push(0);
    this.say([SYNC, UPDATE, ...varBytes(Y.encodeStateAsUpdate(doc))]);
  }

  type() {
    const client = varUint(this.client);
    const origin = [...client, ...varUint(this.clock - 1)];
    const update = [1, 1, ...client, ...varUint(this.clock), 0x84, ...origin, 1, 97, 0];
    const now = performance.now();
    sent.get(this.client)[this.clock] = now;
    this.waiting.push(now);
    this.clock += 1;
    if (measuring) counts.sent += 1;
    this.say([SYNC, UPDATE, ...varBytes(update)]);
  }
}

const people = plan.documents.flatMap((document, room) =>
  Array.from({ length: plan.clients }, (_, seat) => {
    const index = room * plan.clients + seat;
    return new Person(plan.urls[index % plan.urls.length], document, index);
  }),
);
await Promise.all(people.map((person) => person.ready));
for (const person of people) if (plan.rate) person.begin();

/** Evenly over time and people, by the clock: a late tick makes up for what it missed. */
const began = performance.now();
let typed = 0;
const ticking = setInterval(() => {
  const due = Math.floor(((performance.now() - began) / 1000) * plan.rate);
  for (; typed < due; typed += 1) people[typed % people.length].type();
}, 2);

const wait = (seconds) => new Promise((resolve) => setTimeout(resolve, seconds * 1000));
const quantile = (values, q) => values.toSorted((a, b) => a - b)[Math.floor(q * (values.length - 1))] ?? null;

await wait(plan.warm);
measuring = true;
console.log(JSON.stringify({ event: "measuring" }));
await wait(plan.seconds);
measuring = false;
console.log(
  JSON.stringify({
    event: "measured",
    ...counts,
    latency: { p50: quantile(latencies, 0.5), p99: quantile(latencies, 0.99) },
    acknowledged: { p95: quantile(acknowledgements, 0.95), p99: quantile(acknowledgements, 0.99) },
  }),
);
clearInterval(ticking);
await wait(0.5);
for (const person of people) {
  person.closing = true;
  person.socket.terminate();
}
