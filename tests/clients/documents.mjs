// Real Yjs as the judge of sync/documents.py: what it reads in our bytes, and what it writes for us to read.
// A list of questions as JSON on stdin, the list of answers on stdout.
import { readFileSync } from "node:fs";
import { Y } from "./libraries.mjs";

const bytes = (hex) => Buffer.from(hex, "hex");
const hex = (data) => Buffer.from(data).toString("hex");

/** As sync/tree.py has it: neighbouring runs of equal marks are one, a key's hash is no part of the mark's name. */
function content(parent) {
  const children = [];
  for (const child of parent.toArray()) {
    if (!(child instanceof Y.XmlText)) {
      children.push({ tag: child.nodeName, attributes: child.getAttributes(), children: content(child) });
      continue;
    }
    for (const { insert, attributes = {} } of child.toDelta()) {
      const marks = Object.fromEntries(Object.entries(attributes).map(([key, value]) => [key.split("--")[0], value]));
      const last = children.at(-1);
      if (last?.marks && same(last.marks, marks)) last.text += insert;
      else children.push({ text: insert, marks });
    }
  }
  return children;
}

const sorted = (value) =>
  JSON.stringify(value, (_, item) =>
    item && typeof item === "object" && !Array.isArray(item)
      ? Object.fromEntries(Object.entries(item).sort(([a], [b]) => (a < b ? -1 : 1)))
      : item,
  );
const same = (one, other) => sorted(one) === sorted(other);

/** A note as an editor leaves it: typed out of order, with every kind of block, and something deleted. */
function note() {
  const doc = new Y.Doc();
  doc.clientID = 77;
  const element = (tag, attributes, ...children) => {
    const made = new Y.XmlElement(tag);
    for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
    made.insert(0, children);
    return made;
  };
  const text = (...runs) => {
    const made = new Y.XmlText();
    made.applyDelta(runs.map(([insert, attributes]) => ({ insert, attributes })));
    return made;
  };
  const link = { "link--aB3dE6gH": { href: "https://example.org/", target: null } };
  const item = (...runs) => element("listItem", {}, element("paragraph", {}, text(...runs)));
  const root = doc.getXmlFragment("default");
  root.insert(0, [
    element("heading", { level: 2 }, text(["Rappel 👩‍👩‍👧 "], ["ée\u0301", { bold: {} }])),
    element("orderedList", { start: 3 }, item(["un 🙂"]), item(["deux ", { italic: {} }], ["ici", link])),
    element("paragraph", {}, text(["avant"]), element("hardBreak", {}), text(["après"])),
    element("paragraph", {}),
    element("taskList", {}, element("taskItem", { checked: true }, element("paragraph", {}, text(["fait"])))),
    element("paragraph", {}, text(["gone"])),
  ]);
  root.get(0).get(0).insert(6, "🙂🙂", { bold: {} });
  root.get(0).get(0).delete(6, 2);
  root.delete(5, 1);
  return doc;
}

const verbs = {
  note: () => {
    const doc = note();
    return { update: hex(Y.encodeStateAsUpdate(doc)), content: content(doc.getXmlFragment("default")) };
  },

  /** What a client that takes these updates one by one reads after each, and whether it corrected any of them. */
  read: ({ updates }) => {
    const doc = new Y.Doc();
    let tidied = 0;
    doc.on("update", (_update, _origin, _doc, transaction) => {
      if (transaction.local) tidied += 1;
    });
    const contents = updates.map((update) => {
      Y.applyUpdate(doc, bytes(update));
      return content(doc.getXmlFragment("default"));
    });
    return { contents, tidied, vector: hex(Y.encodeStateVector(doc)) };
  },
};

const questions = JSON.parse(readFileSync(0, "utf8"));
process.stdout.write(JSON.stringify(questions.map((question) => verbs[question.verb](question))));
