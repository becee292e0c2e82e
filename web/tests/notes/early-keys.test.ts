import { expect, test } from "vitest";
import { changeBy, type Wanted } from "../../src/notes/early-keys";

const PRESSED: Wanted = { x: 40, pageY: 60, to: null, text: "" };
const press = (key: string, held: { ctrlKey?: boolean; metaKey?: boolean; altKey?: boolean } = {}) =>
  changeBy({ key, ctrlKey: false, metaKey: false, altKey: false, isComposing: false, ...held });
const after = (...keys: Parameters<typeof press>[]) =>
  keys.reduce((wanted, key) => press(...key)?.(wanted) ?? wanted, PRESSED);

test("what is typed before the editor is here waits for it", () => {
  expect(after(["n"], ["é"], ["x"], ["Backspace"])).toEqual({ ...PRESSED, text: "né" });
});

test("the caret goes to either end, and stays where somebody typed", () => {
  expect(after(["End", { ctrlKey: true }]).to).toBe("end");
  expect(after(["ArrowUp", { metaKey: true }]).to).toBe("start");
  expect(after(["a"], ["End", { ctrlKey: true }])).toEqual({ ...PRESSED, text: "a" });
});

test("other keys are the page's", () => {
  for (const key of ["Shift", "Tab", "Escape", "ArrowDown"]) expect(press(key)).toBeNull();
  expect(press("k", { ctrlKey: true })).toBeNull();
  expect(press("ArrowUp", { ctrlKey: true })).toBeNull();
});
