import { expect, test } from "vitest";
import { asked, readListSearch, writeListSearch } from "../../src/contacts/list-search";

test("an address says what was asked, and nothing that goes without saying", () => {
  expect(writeListSearch({ q: "  salon lyon ", sort: "-updated_at" })).toEqual({
    q: "salon lyon",
    sort: "-updated_at",
  });
  expect(writeListSearch({ q: " ", sort: "name" })).toEqual({});
});

test("whatever stands in an address becomes a list that there is", () => {
  expect(readListSearch({ q: 33612345678, sort: "salary" })).toEqual({ q: "33612345678" });
  expect(readListSearch({ q: ["a"], sort: 3 })).toEqual({});
  expect(readListSearch({ q: "x".repeat(600) }).q).toHaveLength(500);
  expect(asked({})).toEqual({ q: "", sort: "name" });
});
