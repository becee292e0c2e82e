// What Yjs makes of updates: one line in, {"updates": [base64, …]}; one line out, {vector, text, pending, reloaded}.
// `pending`: something was left waiting. `reloaded`: a second Y.Doc, given the first one's state, reads the same.
import { createInterface } from "node:readline";

import { Y } from "./libraries.mjs";

const content = (doc) => doc.getXmlFragment("default").toString();
const text = (node) =>
  node instanceof Y.XmlText
    ? node
        .toDelta()
        .map((part) => part.insert)
        .join("")
    : node.toArray().map(text).join("");

function integrate(updates) {
  const doc = new Y.Doc();
  updates.forEach((update) => Y.applyUpdate(doc, Buffer.from(update, "base64")));
  const again = new Y.Doc();
  Y.applyUpdate(again, Y.encodeStateAsUpdate(doc));
  return {
    vector: Buffer.from(Y.encodeStateVector(doc)).toString("base64"),
    text: text(doc.getXmlFragment("default")),
    pending: doc.store.pendingStructs !== null || doc.store.pendingDs !== null,
    reloaded: content(again) === content(doc),
  };
}

for await (const line of createInterface({ input: process.stdin })) {
  let answer;
  try {
    answer = integrate(JSON.parse(line).updates);
  } catch (error) {
    answer = { error: String(error.stack) };
  }
  process.stdout.write(JSON.stringify(answer) + "\n");
}
