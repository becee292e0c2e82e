import { describe, expect, test } from "vitest";
import { isClean, saveStateOf, type Facts } from "../../src/sync/save-state";

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
