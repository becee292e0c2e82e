import { beforeEach, expect, test } from "vitest";
import { changed, knownContact, place } from "../../src/app/live";
import { createQueryClient } from "../../src/app/queries";
import type { Contact } from "../../src/api/types";
import type { Asked, ContactPages } from "../../src/contacts/contact-pages";
import { contact } from "../contacts/people";

const all: Asked = { q: "", sort: "name" };
const searched: Asked = { q: "roy", sort: "name" };

function client(...lists: [Asked, Contact[]][]) {
  const queries = createQueryClient();
  for (const [asked, results] of lists) {
    const pages: ContactPages = { pageParams: [null], pages: [{ results, asked, paging: {} }] };
    queries.setQueryData(["contacts", asked], pages);
  }
  const names = (asked: Asked) =>
    queries
      .getQueryData<ContactPages>(["contacts", asked])
      ?.pages.flatMap((page) => page.results.map(({ properties }) => properties.firstname));
  return { queries, names };
}

beforeEach(() => changed.set(new Set()));

test("a change comes into every list that shows the contact, and into its page", () => {
  const { queries } = client([all, [contact("Camille", "Roy")]], [searched, [contact("Camille", "Roy")]]);
  const noted = contact("Camille", "Roy", { notes_excerpt: "nouveau" });
  place(queries, noted);
  expect(queries.getQueryData(["contact", noted.id])).toEqual(noted);
  for (const asked of [all, searched]) {
    expect(queries.getQueryData<ContactPages>(["contacts", asked])?.pages[0]?.results).toEqual([noted]);
  }
  expect(changed.get()).toEqual(new Set([noted.id]));
});

test("a new contact comes into the list of all, and into no search: only the server knows whether it is found", () => {
  const { queries, names } = client([all, [contact("Ana", "Abel")]], [searched, []]);
  place(queries, contact("Camille", "Roy"));
  expect(names(all)).toEqual(["Ana", "Camille"]);
  expect(names(searched)).toEqual([]);
});

test("what is shown in a list is what is known", () => {
  const { queries } = client([all, [contact("Ana", "Abel", { version: 2 })]]);
  queries.setQueryData(["contact", "con_Ana"], contact("Ana", "Abel"));
  expect(knownContact(queries, "con_Ana")?.version).toBe(2);
  expect(knownContact(queries, "con_Eva")).toBeUndefined();
});
