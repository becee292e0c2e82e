// Honest updates, as a server receives them: headless Tiptap editors and bare Yjs clients work on documents, lose
// their connection, come back, send things twice, and share a browser with another tab.
//
//   node corpus.mjs SEED UPDATES FILE
//
// FILE is a sequence of records: kind (1 byte), document, client, length (4 bytes each, big-endian), then the bytes.
//   0 a document begins: its scenario's name     1 an update, in the order of arrival
//   2 its final state vector     3 its final state as one update     4 its final text
// The same seed makes the same file: chance and time come from the seed alone.

import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";

import { closeWindow, openEditor, passTime, stumbles, Y } from "./headless.mjs";
import {
  actInDoc,
  actInEditor,
  below,
  chance,
  pick,
  plainText,
  seed,
  textsIn,
  type,
  typeInDoc,
} from "./acts.mjs";

const [number, wanted, file] = [Number(process.argv[2]), Number(process.argv[3]), process.argv[4]];
seed(number);

// --- the file ---

const records = [];
let received = 0;

function record(kind, document, client, bytes) {
  const head = Buffer.alloc(13);
  head.writeUInt8(kind);
  head.writeUInt32BE(document, 1);
  head.writeUInt32BE(client, 5);
  head.writeUInt32BE(bytes.length, 9);
  records.push(head, Buffer.from(bytes));
}

// --- the server ---

/** What the server has taken, and whom it tells of what was new. What does not close yet it holds, as ours does. */
class Room {
  constructor(number, name) {
    this.number = number;
    this.doc = new Y.Doc();
    this.clients = [];
    this.held = [];
    record(0, number, 0, Buffer.from(name));
  }

  receive(client, update) {
    received += 1;
    record(1, this.number, client.number, update);
    this.held.push({ client, update });
    let taken;
    while ((taken = this.held.findIndex((one) => closes(one.update, this.doc.store))) >= 0) {
      const [one] = this.held.splice(taken, 1);
      const news = Y.diffUpdate(one.update, Y.encodeStateVector(this.doc));
      this.doc.transact((transaction) => {
        Y.applyUpdate(this.doc, news);
        transaction.local = true; // else Yjs tidies formats up, which no server does, and tells nobody
      });
      for (const other of this.clients) if (other.online && other !== one.client) other.inbox.push(news);
    }
  }
}

/** Whether an update builds on nothing, and deletes nothing, that is in neither the store nor the update. */
function closes(update, store) {
  const { structs, ds } = Y.decodeUpdate(update);
  const reached = new Map();
  const clockOf = (client) => reached.get(client) ?? Y.getState(store, client);
  const has = ({ client, clock }) => clock < clockOf(client);
  const fresh = structs.filter(({ id, length }) => id.clock + length > Y.getState(store, id.client));
  for (const struct of fresh) {
    if (struct instanceof Y.Skip || struct.id.clock > clockOf(struct.id.client)) return false;
    reached.set(struct.id.client, struct.id.clock + struct.length);
  }
  const named = fresh.flatMap(({ origin, rightOrigin, parent }) => [origin, rightOrigin, parent]);
  const deleted = [...ds.clients].flatMap(([client, ranges]) =>
    ranges.map(({ clock, len }) => ({ client, clock: clock + len - 1 })),
  );
  return [...named.filter((id) => id instanceof Y.ID), ...deleted].every(has);
}

// --- the clients ---

const PROVIDER = { name: "what came over the wire" };

/** A Y.Doc with a connection, a local copy, perhaps a second tab, and perhaps an editor. */
class Client {
  constructor(room, { editor = true, gc = true } = {}) {
    this.room = room;
    this.number = room.clients.push(this) - 1;
    this.edits = editor;
    this.gc = gc;
    this.tab = null;
    this.stored = [];
    this.open();
  }

  /** A page opens: a new client id, the local copy loaded as one update. */
  open() {
    this.doc = new Y.Doc({ gc: this.gc });
    this.doc.clientID = chance(0.9) ? below(2 ** 32) : below(2 ** 53);
    this.online = false;
    this.inbox = [];
    this.queue = [];
    this.doc.on("update", (update, origin) => this.updated(update, origin));
    const stored = this.stored;
    this.stored = [];
    if (stored.length > 0) {
      this.doc.transact(() => stored.forEach((update) => Y.applyUpdate(this.doc, update)), "local copy");
    }
    this.editor = this.edits ? openEditor(this.doc) : null;
  }

  updated(update, origin) {
    this.stored.push(update);
    if (origin === PROVIDER) return;
    if (this.tab) Y.applyUpdate(this.tab.doc, update, PROVIDER);
    if (this.online) this.room.receive(this, update);
    else this.queue.push(update);
  }

  /** The handshake. What was made meanwhile goes out as it was made, or within SyncStep2, or both. */
  connect() {
    if (this.online) return;
    const known = Y.encodeStateVector(this.room.doc);
    this.online = true;
    const queue = this.queue.splice(0);
    if (chance(0.5)) queue.forEach((update) => this.room.receive(this, update));
    else if (queue.length > 0 && chance(0.3)) this.room.receive(this, Y.mergeUpdates(queue));
    if (chance(0.1))
      this.room.receive(this, Y.encodeStateAsUpdate(this.doc, olderVector(this.room.doc.store)));
    this.room.receive(this, Y.encodeStateAsUpdate(this.doc, known));
    this.inbox = [Y.encodeStateAsUpdate(this.room.doc, Y.encodeStateVector(this.doc))];
  }

  disconnect() {
    this.online = false;
    this.inbox = [];
  }

  /** Whatever has come from the server, in one go. */
  read() {
    const updates = this.inbox.splice(0);
    if (updates.length > 0) {
      const apply = () =>
        this.doc.transact(() => updates.forEach((update) => Y.applyUpdate(this.doc, update)), PROVIDER);
      if (stumbles(apply)) this.reopen();
    }
  }

  /** The page is closed and opened again. */
  reopen() {
    this.close();
    this.open();
  }

  close() {
    this.online = false;
    this.editor?.destroy();
    this.doc.destroy();
  }
}

/** A vector the server may have had earlier: some clients unknown, others as far as some struct of theirs reached. */
function olderVector(store) {
  const older = new Map();
  for (const [client, structs] of store.clients) {
    const last = pick(structs);
    if (chance(0.8)) older.set(client, last.id.clock + last.length);
  }
  return Y.encodeStateVector(older);
}

// --- scenarios ---

const tick = () => new Promise((resolve) => setTimeout(resolve, 0));

/** Several people at once, some of them now and then away. */
async function together(room, steps) {
  const clients = [
    new Client(room),
    new Client(room, { gc: chance(0.8) }),
    new Client(room, { editor: false }),
  ];
  await tick();
  clients.forEach((client) => chance(0.7) && client.connect());
  const tabs = chance(0.3);
  if (tabs) [clients[0].tab, clients[1].tab] = [clients[1], clients[0]];
  const resends = [];
  for (let step = 0; step < steps; step += 1) {
    passTime(below(700));
    const client = pick(clients);
    const dice = below(1000) / 1000;
    if (dice < 0.9) client.editor ? actInEditor(client.editor) : actInDoc(client.doc);
    else if (dice < 0.93) client.disconnect();
    else if (dice < 0.97) client.connect();
    else if (dice < 0.975 && !tabs) (client.reopen(), await tick());
    else if (client.online && client.stored.length > 0) resends.push([client, pick(client.stored)]);
    if (chance(0.3)) pick(clients).read();
    if (chance(0.1))
      for (const [from, update] of resends.splice(0)) if (from.online) room.receive(from, update);
  }
  return clients;
}

/** A long paste, then work in it. */
async function paste(room) {
  const clients = [new Client(room), new Client(room)];
  await tick();
  clients.forEach((client) => client.connect());
  const characters = Array.from({ length: 100_000 }, () => String.fromCharCode(0x4e00 + below(20_000))).join(
    "",
  );
  clients[0].editor.view.pasteText(characters);
  clients[1].read();
  for (let step = 0; step < 20; step += 1) actInEditor(pick(clients).editor);
  return clients;
}

/** Weeks without a network. */
async function offline(room) {
  const away = new Client(room, { editor: false });
  const here = new Client(room);
  await tick();
  here.connect();
  type(here.editor, "Pendant ce temps, ici aussi. ");
  for (let edits = 0; edits < 20_000; edits += 1) typeInDoc(away.doc);
  for (let step = 0; step < 50; step += 1) actInEditor(here.editor);
  away.queue = [];
  away.connect();
  return [away, here];
}

/** Everybody comes back and reads until nobody has anything to say; then all are equal. */
async function settle(room, clients) {
  clients.forEach((client) => {
    client.tab = null;
    client.disconnect();
    client.connect();
  });
  for (let round = 0; clients.some((client) => client.inbox.length > 0); round += 1) {
    assert(round < 50, "clients do not come to rest");
    clients.forEach((client) => {
      client.read();
      client.connect(); // one that stumbled was opened anew
    });
    await tick();
  }
  assert.equal(room.held.length, 0);
  const content = (doc) => doc.getXmlFragment("default").toString();
  const [first, ...others] = clients.map(({ doc }) => content(doc));
  others.forEach((other) => alike(other, first) || assert.equal(other, first));
  // Once in half a million updates Yjs makes a letter with the same neighbour on both sides (seed 20261175): where it
  // stands depends on when one reads it, so the room may have it elsewhere. It has as many.
  const letters = (doc) => textsIn(doc.getXmlFragment("default")).map(plainText).join("");
  assert.equal(letters(room.doc).length, letters(clients[0].doc).length);
  record(2, room.number, 0, Y.encodeStateVector(room.doc));
  record(3, room.number, 0, Y.encodeStateAsUpdate(room.doc));
  record(4, room.number, 0, Buffer.from(letters(room.doc)));
  clients.forEach((client) => client.close());
}

/**
 * Equal but for U+FFFD: where half a surrogate pair was left alone, Yjs puts one in the place of it and of whatever
 * follows as soon as somebody writes between them, and only its author's Yjs still knows that it was half a pair.
 */
function alike(one, other) {
  const same = (at) => one[at] === other[at] || one[at] === "\ufffd" || other[at] === "\ufffd";
  return one.length === other.length && Array.from({ length: one.length }, (_, at) => at).every(same);
}

const RARE = new Map([
  [1, ["paste of 100,000 characters", paste]],
  [2, ["20,000 edits offline", offline]],
]);

for (let number = 0; received < wanted; number += 1) {
  const [name, play] = RARE.get(number) ?? ["together", (room) => together(room, 400)];
  const room = new Room(number, name);
  await settle(room, await play(room));
}
writeFileSync(file, Buffer.concat(records));
await closeWindow();
