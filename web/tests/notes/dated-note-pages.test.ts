import { expect, test } from "vitest";
import type { Note, Page } from "../../src/api/types";
import { isWithin, notesIn, withNote, withoutNote, type NotePages } from "../../src/notes/dated-note-pages";

const note = (id: string, occurred_at: string, title: string | null = null) =>
  ({ id, occurred_at, title, contact_id: "con_1" }) as Note;
const page = (next: boolean, ...results: Note[]): Page<Note> => ({
  results,
  paging: next ? { next: { after: "x", link: "/x" } } : {},
});
const pagesOf = (...pages: Page<Note>[]): NotePages => ({ pages, pageParams: pages.map(() => null) });
const ids = (pages: NotePages) => pages.pages.map(({ results }) => results.map(({ id }) => id).join(""));

const e = note("e", "2026-11-05T10:00:00Z");
const d = note("d", "2026-11-04T10:00:00Z");
const c = note("c", "2026-11-03T10:00:00Z");
const b = note("b", "2026-11-02T10:00:00Z");
const read = pagesOf(page(true, e, d), page(true, c, b));

test.each([
  ["the newest", "2026-11-06T10:00:00Z", ["xed", "cb"]],
  ["between two of a page", "2026-11-04T12:00:00Z", ["exd", "cb"]],
  ["between two pages", "2026-11-03T12:00:00Z", ["ed", "xcb"]],
  ["older than what has been read", "2026-11-01T10:00:00Z", ["ed", "cb"]],
])("a note that is %s comes in there", (_, at, expected) => {
  expect(ids(withNote(read, note("x", at)))).toEqual(expected);
});

test("the last page takes whatever is older", () => {
  expect(ids(withNote(pagesOf(page(false, e)), b))).toEqual(["eb"]);
  expect(ids(withNote(pagesOf(page(false)), b))).toEqual(["b"]);
});

test("of one moment the lower id stands first, as on the server", () => {
  const twins = withNote(pagesOf(page(false, e)), note("a", "2026-11-05T11:00:00+01:00"));
  expect(ids(twins)).toEqual(["ae"]);
});

test("a note that changed is there once, where it now belongs", () => {
  const moved = withNote(read, { ...b, occurred_at: "2026-11-09T10:00:00Z", title: "Neu" });
  expect(ids(moved)).toEqual(["bed", "c"]);
  expect(notesIn(moved)[0]?.title).toBe("Neu");
});

test("a note that is gone leaves the others where they are", () => {
  expect(ids(withoutNote(read, "d"))).toEqual(["e", "cb"]);
});

test("a note whose place has been read is known to be there or not; of an older one nothing is known", () => {
  expect(isWithin(read, note("x", "2026-11-04T12:00:00Z"))).toBe(true);
  expect(isWithin(read, note("x", "2026-11-01T10:00:00Z"))).toBe(false);
  expect(isWithin(pagesOf(page(false, e)), note("x", "2026-11-01T10:00:00Z"))).toBe(true);
});
