import { expect, test } from "vitest";
import type { MergedProperty, MergePreview } from "../../src/api/types";
import {
  allOf,
  chosenOf,
  compare,
  movedCells,
  namesIn,
  propertiesOf,
  turned,
  turnedRound,
  versionsSeen,
} from "../../src/merge/comparison";

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

test("two of one name are told apart by their addresses", () => {
  expect(namesIn(preview, "?")).toEqual({ primary: "Camille Roy", secondary: "C. Roy" });
  const twins = { ...preview, secondary: { ...preview.secondary, name: "Camille Roy" } };
  expect(namesIn(twins, "?")).toEqual({ primary: "Camille Roy (a@x.fr)", secondary: "Camille Roy (b@x.fr)" });
});
