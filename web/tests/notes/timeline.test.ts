import { expect, test } from "vitest";
import type { Merge, Note } from "../../src/api/types";
import { monthOf, timeline } from "../../src/notes/timeline";

const note = (id: string, occurred_at: string) => ({ id, occurred_at }) as Note;
const merge = (id: string, at: string) => ({ id, at }) as Merge;
const notes = [note("b", "2026-11-04T10:00:00Z"), note("a", "2026-11-02T10:00:00Z")];
const merges = [
  merge("M", "2026-11-05T10:00:00Z"),
  merge("L", "2026-11-03T10:00:00Z"),
  merge("K", "2026-10-01T10:00:00Z"),
];
const ids = (more: boolean) =>
  timeline(notes, merges, more)
    .map(({ id }) => id)
    .join("");

test("merges stand among the notes by when they happened", () => {
  expect(ids(false)).toBe("MbLaK");
});

test("one before the last note that has been read comes with the notes around it", () => {
  expect(ids(true)).toBe("MbLa");
});

test("months are those of the clock on the wall", () => {
  const last = { at: new Date(2026, 10, 30, 23, 59).toISOString() };
  const first = { at: new Date(2026, 11, 1, 0, 1).toISOString() };
  expect([monthOf(last), monthOf(first), monthOf(undefined)]).toEqual(["2026-11", "2026-12", ""]);
});
