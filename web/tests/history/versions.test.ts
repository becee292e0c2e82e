import { expect, test } from "vitest";
import type { NoteVersion } from "../../src/api/types";
import { byDay } from "../../src/history/days";
import { versionWith } from "../../src/history/version-queries";

const version = (first: number, id: number, ended_at: string): NoteVersion => ({
  id,
  first,
  object: "note_version",
  authors: [],
  began_at: ended_at,
  ended_at,
  added: 1,
  removed: 0,
});
const versions = [
  version(7, 9, "2026-11-22T10:42:00Z"),
  version(3, 6, "2026-11-22T09:00:00Z"),
  version(1, 2, "2026-11-20T09:00:00Z"),
];

test("versions stand under their days, in their order", () => {
  const days = byDay(versions, (at) => at.toISOString().slice(0, 10));
  expect(days.map(({ day, versions: ofDay }) => [day, ofDay.map(({ id }) => id)])).toEqual([
    ["2026-11-22", [9, 6]],
    ["2026-11-20", [2]],
  ]);
});

test("a version is found by any of its rows, so that one that grows keeps its address", () => {
  expect([1, 2, 4, 9].map((seq) => versionWith(versions, seq)?.id)).toEqual([2, 2, 6, 9]);
  expect(versionWith(versions, undefined)?.id).toBe(9);
  expect(versionWith(versions, 10)).toBeNull();
});
