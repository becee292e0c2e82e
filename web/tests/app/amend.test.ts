import { QueryObserver } from "@tanstack/react-query";
import { expect, test, vi } from "vitest";
import { amend } from "../../src/app/amend";
import { createQueryClient } from "../../src/app/queries";

const KEY = ["words"];

/** A server that answers when told to, with what it held when it was asked. */
function server(held: string[]) {
  const asked: (() => void)[] = [];
  const ask = () => {
    const words = [...held];
    return new Promise<string[]>((resolve) => asked.push(() => resolve(words)));
  };
  return { held, ask, answer: () => asked.shift()?.(), waiting: () => asked.length };
}

function watched(held: string[]) {
  const queries = createQueryClient();
  const words = server(held);
  new QueryObserver(queries, { queryKey: KEY, queryFn: words.ask }).subscribe(() => undefined);
  const shown = () => queries.getQueryData<string[]>(KEY);
  const add = (word: string) => {
    words.held.push(word);
    amend<string[]>(queries, KEY, (known) => known && [...known, word]);
  };
  return { queries, words, shown, add };
}

test("an answer given before the change does not take it away", async () => {
  const { queries, words, shown, add } = watched(["one"]);
  words.answer();
  await vi.waitFor(() => expect(shown()).toEqual(["one"]));
  void queries.invalidateQueries({ queryKey: KEY });
  add("two");
  add("three");
  expect(shown()).toEqual(["one", "two", "three"]);
  words.answer();
  await vi.waitFor(() => expect(words.waiting()).toBe(1));
  words.answer();
  await vi.waitFor(() => expect(shown()).toEqual(["one", "two", "three"]));
  expect(words.waiting()).toBe(0);
});

test("a change before the first answer is not forgotten", async () => {
  const { words, shown, add } = watched(["one"]);
  add("two");
  words.answer();
  await vi.waitFor(() => expect(words.waiting()).toBe(1));
  words.answer();
  await vi.waitFor(() => expect(shown()).toEqual(["one", "two"]));
});

test("what nobody asks for at the moment is changed and not read again", async () => {
  const { words, shown, add } = watched(["one"]);
  words.answer();
  await vi.waitFor(() => expect(shown()).toEqual(["one"]));
  add("two");
  expect(shown()).toEqual(["one", "two"]);
  expect(words.waiting()).toBe(0);
});
