// Recorded writing sessions (https://github.com/josephg/editing-traces), or one made here where there is no recording.
//
// A session is {endContent, authors, edits: [{author, parents: [indexes], patches: [[position, deleted, inserted]]}]}; an
// edit applies to the merge of its parents. Positions count Unicode characters.
import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";

import { Y } from "./libraries.mjs";

/** `file`: a recording, else a session made from `seed`; `together`: how many edits of a lone author make one update. */
export function readSession({ file, seed, together = 1 }) {
  const session = file ? recorded(JSON.parse(gunzipSync(readFileSync(file))), together) : made(seed);
  const beyond16Bits = session.edits.some(({ patches }) => patches.some(([, , inserted]) => /[\ud800-\udfff]/.test(inserted)));
  return { ...session, beyond16Bits };
}

function recorded({ kind, numAgents, endContent, txns }, together) {
  if (kind === "concurrent") {
    const edits = txns.map(({ agent, parents, patches }) => ({ author: agent, parents, patches }));
    return { endContent, authors: numAgents, edits };
  }
  const edits = [];
  for (let start = 0; start < txns.length; start += together) {
    const patches = txns.slice(start, start + together).flatMap((txn) => txn.patches);
    edits.push({ author: 0, parents: edits.length ? [edits.length - 1] : [], patches });
  }
  return { endContent, authors: 1, edits };
}

/** In each round two authors write without seeing each other, then read all; Yjs itself says what it comes to. */
function made(seed) {
  const chance = randomness(seed);
  const texts = [1, 2].map((clientID) => Object.assign(new Y.Doc(), { clientID }).getText());
  const edits = [];
  const write = (author, parents) => {
    const change = randomPatch(texts[author], chance);
    patch(texts[author], change, true);
    edits.push({ author, parents, patches: [change] });
    return [edits.length - 1];
  };
  const exchange = () => {
    const states = texts.map((text) => Y.encodeStateAsUpdate(text.doc));
    texts.forEach((text) => states.forEach((state) => Y.applyUpdate(text.doc, state)));
  };
  let latest = write(0, []);
  exchange();
  for (let round = 0; round < 60; round += 1) {
    latest = texts.flatMap((_text, author) => {
      let parents = latest;
      for (let count = Math.floor(chance() * 9); count >= 0; count -= 1) parents = write(author, parents);
      return parents;
    });
    exchange();
  }
  return { endContent: texts[0].toString(), authors: 2, edits };
}

function randomPatch(text, chance) {
  const inserted = ["a", "é", "你", "🙂", "e\u0301", " ", "\n", "word"][Math.floor(chance() * 8)];
  const length = [...text.toString()].length;
  const position = Math.floor(chance() * (length + 1));
  return chance() < 0.3 && position < length ? [position, 1, ""] : [position, 0, inserted];
}

/** Apply one patch to a Y.Text; its position counts characters, Yjs counts UTF-16 units. */
export function patch(text, [position, deleted, inserted], beyond16Bits) {
  const units = (characters) => (beyond16Bits ? [...text.toString()].slice(0, characters).join("").length : characters);
  const start = units(position);
  if (deleted) text.delete(start, units(position + deleted) - start);
  if (inserted) text.insert(start, inserted);
}

/** mulberry32: the same numbers from the same seed, everywhere. */
export function randomness(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
