import { expect, test } from "vitest";
import type { Contact } from "../../src/api/types";
import { lit, place } from "../../src/app/live";
import { createQueryClient, type ContactPages } from "../../src/app/queries";

const contact = (firstname: string, lastname: string): Contact => ({
  id: `con_${firstname}`,
  object: "contact",
  properties: {
    firstname,
    lastname,
    jobtitle: null,
    company: null,
    city: null,
    lifecyclestage: null,
    owner_id: null,
    emails: [],
    phones: [],
    tags: [],
  },
  archived: false,
  avatar: null,
  merged_ids: [],
  notes_text: null,
  version: 1,
  created_at: "2026-11-22T08:00:00Z",
  updated_at: "2026-11-22T08:00:00Z",
  main_note_id: `act_${firstname}`,
  notes_excerpt: "",
  permissions: { edit: true },
});

function listOf(...pages: Contact[][]) {
  const queries = createQueryClient();
  const data: ContactPages = {
    pageParams: pages.map(() => null),
    pages: pages.map((results, index) => ({
      results,
      total: 10,
      paging: index < pages.length - 1 ? { next: { after: "x", link: "?after=x" } } : {},
    })),
  };
  queries.setQueryData(["contacts"], data);
  const names = () =>
    queries
      .getQueryData<ContactPages>(["contacts"])
      ?.pages.flatMap((page) => page.results.map(({ properties }) => properties.firstname));
  return { queries, names };
}

test("a change is drawn in its place and lit", () => {
  const { queries, names } = listOf([contact("Camille", "Roy"), contact("Yanis", "Zola")]);
  place(queries, { ...contact("Camille", "Zzz"), notes_excerpt: "nouveau" });
  expect(names()).toEqual(["Camille", "Yanis"]);
  expect(lit.get().has("con_Camille")).toBe(true);
});

test("a new contact comes in where the server would put it, without case and accents", () => {
  const { queries, names } = listOf(
    [contact("Ana", "Abel")],
    [contact("Max", "Éloi"), contact("Zoé", "Zola")],
  );
  place(queries, contact("Eva", "ecale"));
  place(queries, contact("Noé", "Faure"));
  expect(names()).toEqual(["Ana", "Eva", "Max", "Noé", "Zoé"]);
});

test("one whose page nobody has read yet is not drawn", () => {
  const { queries, names } = listOf([contact("Ana", "Abel")]);
  queries.setQueryData<ContactPages>(
    ["contacts"],
    (pages) =>
      pages && {
        ...pages,
        pages: pages.pages.map((page) => ({ ...page, paging: { next: { after: "x", link: "?after=x" } } })),
      },
  );
  place(queries, contact("Zoé", "Zola"));
  expect(names()).toEqual(["Ana"]);
});
