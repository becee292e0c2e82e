import { expect, test } from "vitest";
import type { Found } from "../../src/api/types";
import { contactOn, hrefOf, matching, sorted } from "../../src/search/commands";
import { withVisit } from "../../src/search/recents";

const labels = (query: string, ...all: string[]) =>
  matching(
    all.map((label) => ({ label })),
    query,
  ).map(({ label }) => label);

test("a command is found by its beginning, by its words, by its letters in order; in this order", () => {
  expect(labels("co", "Thème : clair", "Créer un contact", "Copier ana@b.fr")).toEqual([
    "Copier ana@b.fr",
    "Créer un contact",
  ]);
  expect(labels("thsb", "Thème : sombre", "Thème : clair")).toEqual(["Thème : sombre"]);
});

test("case and accents do not matter, and other words lead there too", () => {
  expect(labels("CREER", "Créer un contact")).toHaveLength(1);
  expect(matching([{ label: "Switch to English", words: "langue" }], "lang")).toHaveLength(1);
  expect(labels("zzz", "Créer un contact")).toEqual([]);
});

const hit = (
  type: "contact" | "note",
  id: string,
  contact_id: string,
  matched_in: Found["matched_in"],
): Found => ({
  type,
  id,
  contact_id,
  matched_in,
  title: "",
  excerpt_html: "",
});

test("a contact found by its note is left to that note, one found by two notes together is not", () => {
  const byName = hit("contact", "con_a", "con_a", "name");
  const byNote = hit("contact", "con_b", "con_b", "note");
  const byTwo = hit("contact", "con_c", "con_c", "note");
  const note = hit("note", "act_b", "con_b", "text");
  expect(sorted([byName, byNote, byTwo, note])).toEqual({ contacts: [byName, byTwo], notes: [note] });
});

test("a note leads to its place on its contact's page", () => {
  expect(hrefOf(hit("note", "act_b", "con_b", "text"))).toBe("/contacts/con_b#note-act_b");
  expect(hrefOf(hit("contact", "con_b", "con_b", "name"))).toBe("/contacts/con_b");
  expect(contactOn("/contacts/con_b")).toBe("con_b");
  expect(contactOn("/contacts")).toBeNull();
});

test("the contact visited last stands first, once", () => {
  expect(withVisit(["a", "b", "c"], "c")).toEqual(["c", "a", "b"]);
  expect(
    withVisit(
      Array.from({ length: 12 }, (_, index) => `${index}`),
      "new",
    ),
  ).toHaveLength(12);
});
