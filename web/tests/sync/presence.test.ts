import { expect, test, vi } from "vitest";
import { Awareness } from "y-protocols/awareness";
import { Doc } from "yjs";
import { appear, editorsIn, peopleIn } from "../../src/sync/presence";

const TOM = { id: "usr_tom", name: "Tom", color: "#ad4b47" };

test("a person with two tabs is here once, and idle only when both are", () => {
  const states = new Map([
    [1, { user: TOM, idle: true }],
    [2, { user: TOM, idle: false }],
  ]);
  expect(peopleIn(states, "usr_lea")).toEqual([{ ...TOM, idle: false }]);
});

test("oneself and entries that say nothing of a person are left out", () => {
  const states = new Map<number, unknown>([
    [1, { user: TOM }],
    [2, {}],
    [3, { user: { name: 5 } }],
    [4, null],
  ]);
  expect(peopleIn(states, "usr_tom")).toEqual([]);
});

test("one falls idle after a minute without a sign of life, and is back with the first", () => {
  vi.useFakeTimers();
  const awareness = new Awareness(new Doc());
  const leave = appear(awareness, TOM);
  vi.advanceTimersByTime(60_000);
  expect(awareness.getLocalState()).toMatchObject({ user: TOM, idle: true });
  window.dispatchEvent(new Event("keydown"));
  expect(awareness.getLocalState()).toMatchObject({ idle: false });
  leave();
  expect(awareness.getLocalState()).toBeNull();
  awareness.destroy();
  vi.useRealTimers();
});

test("a field is edited by whoever says so, one person a field, never oneself", () => {
  const ada = { id: "usr_ada", name: "Ada", color: "#1d7d3e" };
  const states = new Map<number, unknown>([
    [1, { user: TOM, field: "city" }],
    [2, { user: ada, field: "city" }],
    [3, { user: ada, field: null }],
    [4, { user: { ...TOM, id: "usr_lea" }, field: "company" }],
  ]);
  expect([...editorsIn(states, "usr_lea")]).toEqual([["city", { ...ada, idle: false }]]);
});
