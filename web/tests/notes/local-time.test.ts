import { expect, test } from "vitest";
import { fromLocal, toLocal } from "../../src/notes/local-time";

test("a moment goes into a field and comes back to the minute", () => {
  const at = new Date(2026, 2, 4, 5, 6, 7).toISOString();
  expect(toLocal(at)).toBe("2026-03-04T05:06");
  expect(fromLocal(toLocal(at))).toBe(new Date(2026, 2, 4, 5, 6).toISOString());
});

test("what is no moment is none", () => {
  expect(fromLocal("")).toBeNull();
  expect(fromLocal("demain")).toBeNull();
});
