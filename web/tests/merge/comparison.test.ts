import { expect, test } from "vitest";
import type { MergedProperty, MergePreview } from "../../src/api/types";
import {
  allOf,
  chosenOf,
  compare,
  knownByIn,
  movedCells,
  photoAfter,
  propertiesOf,
  turned,
  turnedRound,
  versionsSeen,
} from "../../src/merge/comparison";
import { toldApart } from "../../src/merge/names";
import { translator } from "../../src/i18n/catalogue";
import { fr } from "../../src/i18n/fr";

const property = (name: string, more: Partial<MergedProperty>): MergedProperty => ({
  name,
  primary: null,
  secondary: null,
  result: null,
  taken: "equal",
  conflict: false,
  note: null,
  version: `${name}-1`,
  primary_change: null,
  secondary_change: null,
  ...more,
});
const city = property("city", {
  primary: "Lyon",
  secondary: "Paris",
  result: "Lyon",
  taken: "primary",
  conflict: true,
});
const emails = property("emails", {
  primary: [{ value: "a@x.fr", primary: true }],
  secondary: [{ value: "b@x.fr", primary: true }],
  taken: "both",
});
const company = property("company", { secondary: "Acme", result: "Acme", taken: "secondary" });
const jobtitle = property("jobtitle", { primary: "Achats", result: "Achats", taken: "primary" });
const stage = property("lifecyclestage", {
  primary: "lead",
  secondary: "lead",
  taken: "primary",
  note: "furthest",
});
const phones = property("phones", { primary: [], secondary: [] });
const t = translator(fr, "fr");
const preview: MergePreview = {
  object: "merge_preview",
  primary: { id: "con_1", name: "Camille Roy", notes: 3 },
  secondary: { id: "con_2", name: "C. Roy", notes: 2 },
  properties: [city, emails, company, jobtitle, stage, phones],
  conflicts: ["city"],
};
const namesOf = (properties: readonly MergedProperty[]) => properties.map(({ name }) => name).join(" ");

test("a comparison puts what is to be decided apart, and leaves out what neither has", () => {
  const { conflicts, united, brought, same } = compare(preview, new Set());
  expect([conflicts, united, brought, same].map(namesOf)).toEqual([
    "city",
    "emails",
    "company lifecyclestage",
    "jobtitle",
  ]);
});

test("what somebody wants to decide is to be decided, in its place", () => {
  expect(namesOf(compare(preview, new Set(["company"])).conflicts)).toBe("city company");
});

test("the survivor shows the photo that is chosen, whichever way round the two stand", () => {
  const photo = property("photo", { primary: "/a", secondary: "/b", taken: "primary", conflict: true });
  const both = { ...preview, properties: [photo, ...preview.properties] };
  expect(photoAfter(both, {})).toBe("/a");
  expect(photoAfter(both, { photo: "secondary" })).toBe("/b");
  expect(photoAfter(turnedRound(both), turned({ photo: "secondary" }))).toBe("/b");
  expect(photoAfter(preview, {})).toBeUndefined();
});

test("the rule stands until somebody chooses", () => {
  expect(chosenOf(city, {})).toBe("primary");
  expect(chosenOf(emails, {})).toBe("both");
  expect(chosenOf(city, { city: "secondary" })).toBe("secondary");
  expect(allOf("secondary", [city], { company: "primary" })).toEqual({
    city: "secondary",
    company: "primary",
  });
});

test("turned round, whoever chose a value still has that value, and the sides have changed places", () => {
  expect(turned({ city: "secondary", emails: "both", jobtitle: { value: "Directrice" } })).toEqual({
    city: "primary",
    emails: "both",
    jobtitle: { value: "Directrice" },
  });
  const round = turnedRound(preview);
  expect([round.primary.id, round.properties[0]?.primary]).toEqual(["con_2", "Paris"]);
  expect(round.properties.map(({ taken }) => taken)).toEqual([
    "primary",
    "both",
    "primary",
    "secondary",
    "secondary",
    "equal",
  ]);
  expect(turnedRound(round)).toEqual(preview);
});

test("the versions sent are those of the conflicts and of whatever else was decided", () => {
  expect(versionsSeen(preview, { company: "primary" })).toEqual({ city: "city-1", company: "company-1" });
});

test("a cell that shows another value has moved, whichever way round the two stand", () => {
  const now = { ...preview, properties: [{ ...city, secondary: "Nantes" }, emails, company, jobtitle] };
  expect([...movedCells(preview, now)]).toEqual(["con_2/city"]);
  expect([...movedCells(preview, turnedRound(now))]).toEqual(["con_2/city"]);
  expect(movedCells(preview, turnedRound(preview)).size).toBe(0);
  expect(movedCells(null, now).size).toBe(0);
  expect(propertiesOf(new Set(["con_1/city", "con_2/city", "con_2/company"]))).toEqual(["city", "company"]);
});

test("two of one name are told apart by the first thing in which they differ", () => {
  const called = { primary: "Camille Roy", secondary: "C. Roy" };
  const twins = { ...called, secondary: "Camille Roy" };
  const knownBy = knownByIn(preview);
  expect(knownBy).toEqual({ primary: "a@x.fr", secondary: "b@x.fr" });
  expect(toldApart(t, called, knownBy)).toEqual(called);
  expect(toldApart(t, twins, knownBy)).toEqual({
    primary: "Camille Roy (a@x.fr)",
    secondary: "Camille Roy (b@x.fr)",
  });
  expect(toldApart(t, twins, { primary: "", secondary: "Acme" })).toEqual({
    primary: "Camille Roy",
    secondary: "Camille Roy (Acme)",
  });
  expect(toldApart(t, twins, { primary: "", secondary: "" }).secondary).toBe("Camille Roy (fiche fusionnée)");
});
