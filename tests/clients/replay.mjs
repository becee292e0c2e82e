// Recorded authors at unmodified providers. Each author looks at a private view of the note that holds exactly what the
// author had seen when the recording was made. An edit is made in the view once everything it builds on has come
// through the server to the author's own provider; then it goes from the view to the provider, and so to the server.
import { setImmediate } from "node:timers/promises";

import { Y } from "./libraries.mjs";
import { patch } from "./sessions.mjs";
import { newParagraph, root } from "./writing.mjs";

const CLIENT_IDS = [1000, 1001]; // the recordings break ties by the authors' order

/** `people[author].document` belongs to that author's provider. Resolves when every edit has been made. */
export async function replay(session, people) {
  const updates = []; // of each edit: its bytes, and what a document that has it must contain
  await Promise.all(people.map((person, author) => write(session, author, person.document, updates)));
}

async function write(session, author, document, updates) {
  const view = new Y.Doc();
  view.clientID = CLIENT_IDS[author];
  const seen = new Set();
  for (const [index, edit] of session.edits.entries()) {
    if (edit.author !== author) continue;
    for (const earlier of unseenAncestors(session.edits, edit.parents, seen)) {
      await arrival(document, () => updates[earlier] && contains(document, updates[earlier]));
      Y.applyUpdate(view, updates[earlier].bytes);
    }
    view.once("update", (bytes) => (updates[index] = described(bytes)));
    view.transact(() => {
      const text = index === 0 ? newParagraph(view) : root(view).get(0).get(0);
      for (const change of edit.patches) patch(text, change, session.beyond16Bits);
    });
    seen.add(index);
    Y.applyUpdate(document, updates[index].bytes, "the author");
    await setImmediate(); // let frames out and in
  }
}

/** What an edit builds on and the author has not seen yet, oldest first. */
function unseenAncestors(edits, parents, seen) {
  const found = [];
  const ahead = [...parents];
  while (ahead.length) {
    const index = ahead.pop();
    if (seen.has(index)) continue;
    seen.add(index);
    found.push(index);
    ahead.push(...edits[index].parents);
  }
  return found.sort((one, other) => one - other);
}

function described(bytes) {
  const { structs, ds } = Y.decodeUpdate(bytes);
  return { bytes, ends: structs.map(({ id, length }) => [id.client, id.clock + length]), deleted: [...ds.clients] };
}

function contains(document, { ends, deleted }) {
  const { store } = document;
  return (
    ends.every(([client, end]) => Y.getState(store, client) >= end) &&
    deleted.every(([client, ranges]) => ranges.every((range) => isDeleted(store, client, range)))
  );
}

function isDeleted(store, client, { clock, len }) {
  for (let at = clock; at < clock + len; at += 1) {
    if (Y.getState(store, client) <= at || !Y.getItem(store, Y.createID(client, at)).deleted) return false;
  }
  return true;
}

/** Wait for updates until `isThere`. */
function arrival(document, isThere) {
  if (isThere()) return Promise.resolve();
  return new Promise((resolve) => {
    const check = () => {
      if (!isThere()) return;
      document.off("update", check);
      resolve();
    };
    document.on("update", check);
  });
}
