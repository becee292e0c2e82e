import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { earlyAnswer, earlyNote } from "../../src/api/early";

const PATH = "/api/v1/contacts/con_1";
const at = (path: string, method = "GET") => new Request(`http://carnet.test${path}`, { method });
const asked = (path: string, body: unknown) => ({ path, answer: Promise.resolve(Response.json(body)) });

beforeEach(() => {
  vi.spyOn(performance, "now").mockReturnValue(500);
  window.carnetEarly = {
    contact: asked(PATH, { id: "con_1" }),
    notes: asked(`${PATH}/notes?limit=1`, { results: [{ id: "act_1" }] }),
  };
});
afterEach(() => {
  vi.restoreAllMocks();
  window.carnetEarly = undefined;
});

test("what was asked for before anybody was here is given once, to who asks for just that", async () => {
  expect(earlyAnswer(at(`${PATH}?include=notes`))).toBeNull();
  expect(earlyAnswer(at(PATH, "DELETE"))).toBeNull();
  expect(await (await earlyAnswer(at(PATH)))?.json()).toEqual({ id: "con_1" });
  expect(earlyAnswer(at(PATH))).toBeNull();
  expect(await earlyNote("act_1")).toEqual({ id: "act_1" });
  expect(await earlyNote("act_1")).toBeNull();
});

test("another note, or one that could not be read, is asked for as ever", async () => {
  expect(await earlyNote("act_2")).toBeNull();
  window.carnetEarly = { notes: { path: PATH, answer: Promise.reject(new TypeError("offline")) } };
  expect(await earlyNote("act_1")).toBeNull();
});

test("an answer that nobody fetched is not given to who comes much later", async () => {
  vi.mocked(performance.now).mockReturnValue(60_000);
  expect(earlyAnswer(at(PATH))).toBeNull();
  expect(await earlyNote("act_1")).toBeNull();
});
