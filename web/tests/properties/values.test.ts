import { expect, test } from "vitest";
import type { Property } from "../../src/api/types";
import {
  addElement,
  changeElement,
  elementsIn,
  makePrimary,
  nameIn,
  phoneText,
  primaryIn,
  removeElement,
  setScalar,
  valuesOf,
  type Values,
  type Writes,
} from "../../src/properties/values";

const property = (name: string, type: Property["type"], kind: Property["kind"]): Property => ({
  object: "property",
  label_key: `property.${name}`,
  name,
  type,
  kind,
  options: [],
  required: false,
  unique: false,
  read_only: false,
  built_in: true,
});
const emails = property("emails", "email", "set");
const tags = property("tags", "text", "set");

const after = (values: Values, writes: Writes): Values =>
  Object.fromEntries(Object.entries({ ...values, ...writes }).filter(([, value]) => value !== undefined));
const two: Values = { "emails:a@x.fr": {}, "emails:b@x.fr": { primary: true } };

test("what REST says stands under the keys of the document", () => {
  const values = valuesOf({
    properties: {
      firstname: "Ada",
      lastname: null,
      jobtitle: null,
      company: null,
      city: null,
      lifecyclestage: null,
      owner_id: null,
      emails: [
        { value: "b@x.fr", primary: true },
        { value: "a@x.fr", primary: false },
      ],
      phones: [],
      tags: ["vip"],
    },
  });
  expect(values).toEqual({ firstname: "Ada", ...two, "tags:vip": true });
});

test("the primary element stands first; of two the lowest; without one the lowest of all", () => {
  const first = (values: Values) => elementsIn(values, emails).map(({ value }) => value);
  expect(first(two)).toEqual(["b@x.fr", "a@x.fr"]);
  expect(first({ ...two, "emails:a@x.fr": { primary: true } })).toEqual(["a@x.fr", "b@x.fr"]);
  expect(first({ "emails:c@x.fr": {}, "emails:a@x.fr": {} })).toEqual(["a@x.fr", "c@x.fr"]);
  expect(elementsIn({ "tags:\u{1f600}": true, "tags:\uffee": true }, tags)[0]?.value).toBe("\uffee");
});

test("the first address is primary, another one is not, one that is there adds nothing", () => {
  expect(addElement({}, emails, " Ada@X.fr ")).toEqual({ "emails:ada@x.fr": { primary: true } });
  expect(addElement(two, emails, "c@x.fr")).toEqual({ "emails:c@x.fr": {} });
  expect(addElement(two, emails, "A@x.fr")).toEqual({});
  expect(addElement({}, tags, "  ")).toEqual({});
  expect(addElement({}, tags, "vip")).toEqual({ "tags:vip": true });
});

test("an address that takes another's place takes its rank; an empty one takes it away", () => {
  expect(elementsIn(after(two, changeElement(two, emails, "b@x.fr", "z@x.fr")), emails)[0]).toEqual({
    value: "z@x.fr",
    primary: true,
  });
  expect(changeElement(two, emails, "a@x.fr", "c@x.fr")["emails:c@x.fr"]).toEqual({});
  expect(after(two, changeElement(two, emails, "b@x.fr", ""))).toEqual({
    "emails:a@x.fr": { primary: true },
  });
  expect(changeElement(two, emails, "b@x.fr", "B@x.fr")).toEqual({});
});

test("there is always one primary element", () => {
  expect(primaryIn(after(two, removeElement(two, emails, "b@x.fr")), "emails")).toBe("a@x.fr");
  const marked = after(two, makePrimary(two, emails, "a@x.fr"));
  expect(marked).toEqual({ "emails:a@x.fr": { primary: true }, "emails:b@x.fr": {} });
});

test("a blank scalar is none", () => {
  expect(setScalar("city", " Lyon ")).toEqual({ city: "Lyon" });
  expect(setScalar("city", "  ")).toEqual({ city: undefined });
  expect(nameIn({ lastname: "Roy" })).toBe("Roy");
});

test.each([
  ["+33612345678", "06 12 34 56 78"],
  ["+442079460018", "+442079460018"],
  ["+33123456789;ext=12", "01 23 45 67 89 #12"],
])("%s is shown as %s", (number, text) => {
  expect(phoneText(number)).toBe(text);
});
