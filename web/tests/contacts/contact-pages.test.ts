import { expect, test } from "vitest";
import type { Contact } from "../../src/api/types";
import {
  changedFields,
  contactsIn,
  outOfPlace,
  withContact,
  withoutContact,
  type ContactPages,
  type Sort,
} from "../../src/contacts/contact-pages";
import { contact } from "./people";

const ana = contact("Ana", "Abel", { updated_at: "2026-11-22T08:03:00Z" });
const max = contact("Max", "Éloi", { updated_at: "2026-11-22T08:02:00Z" });
const zoe = contact("Zoé", "Zola", { updated_at: "2026-11-22T08:01:00Z" });

/** Pages read so far; `more` where the server has others after them. */
function listOf(sort: Sort, pages: Contact[][], more = false): ContactPages {
  return {
    pageParams: pages.map(() => null),
    pages: pages.map((results, index) => ({
      results,
      asked: { q: "", sort },
      total: 10,
      paging: more || index < pages.length - 1 ? { next: { after: "x", link: "?after=x" } } : {},
    })),
  };
}
const names = (pages: ContactPages) => contactsIn(pages).map(({ properties }) => properties.firstname);

test("a change is drawn where the contact stands, whatever its name is now", () => {
  const renamed = { ...ana, properties: { ...ana.properties, lastname: "Zzz" } };
  expect(contactsIn(withContact(listOf("name", [[ana, zoe]]), renamed))).toEqual([renamed, zoe]);
});

test("a new contact comes in where the server would put it, without case and accents", () => {
  const pages = withContact(listOf("name", [[ana], [max, zoe]]), contact("Eva", "ecale"));
  expect(names(withContact(pages, contact("Noé", "Faure")))).toEqual(["Ana", "Eva", "Max", "Noé", "Zoé"]);
});

test("where the latest change comes first, so does a new contact", () => {
  const fresh = contact("Eva", "Faure", { updated_at: "2026-11-22T09:00:00Z" });
  expect(names(withContact(listOf("-updated_at", [[ana, max, zoe]]), fresh))[0]).toBe("Eva");
});

test("a new one is counted once, one whose page nobody has read yet only with that page", () => {
  const pages = withContact(withContact(listOf("name", [[ana, zoe]]), max), max);
  expect(pages.pages[0]?.total).toBe(11);
  const some = listOf("name", [[ana]], true);
  expect(withContact(some, zoe)).toBe(some);
});

test("one that is gone leaves its page and the count", () => {
  const pages = withoutContact(listOf("name", [[ana], [max, zoe]]), max.id);
  expect(names(pages)).toEqual(["Ana", "Zoé"]);
  expect(pages.pages.map(({ total }) => total)).toEqual([9, 9]);
});

test("those that the order would put elsewhere are counted, the others are not", () => {
  const renamed = contact("Ana", "Zzz");
  expect(outOfPlace([renamed, max, zoe], new Set([ana.id, max.id]), "name")).toBe(1);
  expect(outOfPlace([ana, max, zoe], new Set([ana.id, max.id, zoe.id]), "name")).toBe(0);
});

test("neighbours that moved together are measured by what did not move", () => {
  const late = "2026-11-22T10:00:00Z";
  const list = [ana, { ...max, updated_at: late }, { ...zoe, updated_at: late }];
  expect(outOfPlace(list, new Set([max.id, zoe.id]), "-updated_at")).toBe(2);
});

test("what changed is named by its fields, of a new contact all of them", () => {
  const after = { ...ana, notes_excerpt: "Neu", properties: { ...ana.properties, tags: ["vip"] } };
  expect(changedFields(ana, after)).toEqual(new Set(["tags", "notes_excerpt"]));
  expect(changedFields(ana, { ...ana })).toEqual(new Set());
  expect(changedFields(undefined, ana).has("lastname")).toBe(true);
});
