import { expect, test } from "vitest";
import { translator } from "../../src/i18n/catalogue";
import { en } from "../../src/i18n/en";
import { unfit } from "../../src/imports/address-book";
import { unlisted } from "../../src/imports/unlisted";

const t = translator(en, "en");
const MEGABYTE = 1024 * 1024;

test.each(["friends.vcf", "FRIENDS.VCF", "a.b.vcard", "contacts.csv"])("%s may be sent", (name) => {
  expect(unfit({ name, size: 100 * MEGABYTE }, t)).toBeNull();
});

test.each([
  ["photo.png", 5, "“photo.png” is not an address book."],
  ["vcf", 5, "“vcf” is not an address book."],
  ["none.vcf", 0, "“none.vcf” is empty."],
  ["all.csv", 100 * MEGABYTE + 1, "“all.csv” has 101 MB; 100 MB at most."],
])("%s of %i bytes is told why not", (name, size, why) => {
  expect(unfit({ name, size }, t)).toContain(why);
});

test("what is counted and not listed is known", () => {
  const one = { kind: "refused", line: 1, name: "", code: "empty", message: "", detail: "" } as const;
  expect(unlisted({ cases: [one, one], codes: { empty: 5, too_long: 2 } })).toBe(5);
  expect(unlisted({ cases: [one], codes: { empty: 1 } })).toBe(0);
});
