import { describe, expect, test } from "vitest";
import { isClean, ofSeveral, saveStateOf, type Facts } from "../../src/sync/save-state";

const CLEAN: Facts = {
  link: "connected",
  access: "write",
  synced: true,
  unsynced: 0,
  own: 0,
  earlier: 0,
  late: false,
  refusal: null,
};

describe("clean, and therefore saved", () => {
  test("when everything is acknowledged", () => {
    expect(isClean(CLEAN)).toBe(true);
    expect(saveStateOf(CLEAN)).toEqual({ kind: "saved" });
  });

  const spoilers: Partial<Facts>[] = [
    { link: "lost" },
    { link: "connecting" },
    { access: null },
    { synced: false },
    { unsynced: 1 },
    { refusal: "other" },
  ];
  for (const spoiler of spoilers) {
    test(`never with ${JSON.stringify(spoiler)}`, () => {
      expect(saveStateOf({ ...CLEAN, own: 1, ...spoiler }).kind).not.toBe("saved");
    });
  }
});

test("what earlier visits left is counted with what was written now", () => {
  expect(saveStateOf({ ...CLEAN, link: "lost", own: 2, earlier: 3 })).toEqual({
    kind: "offline",
    pending: 5,
  });
});

test("a handshake with nothing at stake is an opening, not a saving", () => {
  expect(saveStateOf({ ...CLEAN, synced: false, unsynced: 1 })).toEqual({ kind: "opening" });
});

test("an acknowledgement long in coming is said", () => {
  expect(saveStateOf({ ...CLEAN, unsynced: 1, own: 1, late: true })).toEqual({ kind: "late", pending: 1 });
});

test("a reader is told nothing about saving", () => {
  expect(saveStateOf({ ...CLEAN, access: "read" })).toEqual({ kind: "readonly" });
});

test("several notes are saved when all are; else the worst of them speaks, of the words of all", () => {
  const saved = { kind: "saved" } as const;
  const offline = { kind: "offline", pending: 1 } as const;
  expect(ofSeveral(saved, [saved, { kind: "opening" }])).toEqual(saved);
  expect(ofSeveral({ kind: "saving", pending: 2 }, [{ kind: "saving", pending: 2 }, offline])).toEqual({
    kind: "offline",
    pending: 3,
  });
  expect(ofSeveral(saved, [saved, { kind: "refused", reason: "other" }]).kind).toBe("refused");
});
