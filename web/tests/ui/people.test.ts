import { expect, test } from "vitest";
import { contactClass, initialsOf, personClass } from "../../src/ui/people";

test("a colour the server gives is drawn as that of the theme", () => {
  expect(personClass("usr_1", "#2672b7")).toBe("person-1");
  expect(personClass("usr_1", "#AA4964")).toBe("person-12");
});

test("any other falls back to one by the id, always the same", () => {
  expect(personClass("usr_1", "red; background: url(x)")).toMatch(/^person-(\d|1[0-2])$/);
  expect(contactClass("con_1")).toBe(contactClass("con_1"));
});

test.each([
  ["Camille Roy", "CR"],
  ["Marc-Antoine de la Tour", "MT"],
  ["léa", "L"],
  ["😀 Smile", "😀S"],
  ["", ""],
])("the initials of %j are %j", (name, initials) => expect(initialsOf(name)).toBe(initials));
