import { beforeEach, expect, test } from "vitest";
import { applyUpdate, Doc, encodeStateAsUpdate } from "yjs";
import { openEdits, type Edits } from "../../src/properties/edits";

let mine: Doc;
let theirs: Doc;
let edits: Edits;

const values = () => mine.getMap("properties").toJSON();
/** What somebody else (or the server, putting right) does, in one stroke. */
const meanwhile = (act: (map: ReturnType<Doc["getMap"]>) => void) => {
  applyUpdate(theirs, encodeStateAsUpdate(mine));
  theirs.transact(() => act(theirs.getMap("properties")));
  applyUpdate(mine, encodeStateAsUpdate(theirs));
};
const problems = (...keys: string[]) =>
  JSON.stringify({
    type: "problems",
    problems: keys.map((key) => ({ key, code: "not_an_email", message: "" })),
  });

beforeEach(() => {
  mine = new Doc();
  theirs = new Doc();
  edits = openEdits(mine);
  mine.getMap("properties").set("city", "Lyon");
  mine.getMap("properties").set("emails:old@x.fr", { primary: true });
});

const change = (text: string) => ({
  property: "emails",
  writes: { "emails:old@x.fr": undefined, [`emails:${text}`]: { primary: true } },
  typed: text,
  element: "old@x.fr",
});

test("undo takes back the newest edit, whole", () => {
  edits.write({ property: "city", writes: { city: "Paris" }, typed: "Paris" });
  edits.write(change("new@x.fr"));
  expect(edits.undo()).toBe("emails");
  expect(values()).toEqual({ city: "Paris", "emails:old@x.fr": { primary: true } });
  expect(edits.undo()).toBe("city");
  expect(values().city).toBe("Lyon");
  expect(edits.undo()).toBeNull();
});

test("undo leaves alone what somebody else has changed since", () => {
  edits.write({ property: "city", writes: { city: "Paris" }, typed: "Paris" });
  meanwhile((map) => map.set("city", "Nice"));
  expect(edits.undo()).toBeNull();
  expect(values().city).toBe("Nice");
});

test("undo finds an element that the server gave another form", () => {
  edits.write({ property: "phones", writes: { "phones:06 12": { primary: true } }, typed: "06 12" });
  meanwhile((map) => {
    map.delete("phones:06 12");
    map.set("phones:+33612", { primary: true });
  });
  expect(edits.undo()).toBe("phones");
  expect(Object.keys(values())).not.toContain("phones:+33612");
});

test("what changes nothing is no edit", () => {
  expect(edits.write({ property: "city", writes: { city: "Lyon" }, typed: "Lyon" })).toBe(false);
  expect(edits.undo()).toBeNull();
});

test("a refused element brings back the one it stood for, and what was typed is there to mend", () => {
  edits.write(change("bad"));
  meanwhile((map) => map.delete("emails:bad"));
  expect(edits.refused(problems("emails:bad"))).toEqual([
    { property: "emails", code: "not_an_email", typed: "bad", element: "old@x.fr" },
  ]);
  expect(values()).toEqual({ city: "Lyon", "emails:old@x.fr": { primary: true } });
  expect(edits.undo()).toBeNull();
});

test("a refusal of an earlier visit's value is told too, and other messages say nothing", () => {
  expect(edits.refused(problems("emails:lost"))).toEqual([
    { property: "emails", code: "not_an_email", typed: "lost" },
  ]);
  expect(edits.refused("{}")).toEqual([]);
  expect(edits.refused("no json")).toEqual([]);
});
