import { expect, test } from "vitest";
import { near, piecesOf, valuesFound } from "../../src/search/marked";

test("what is between marks was found, the rest was not", () => {
  expect(piecesOf("…vu au <mark>salon</mark> de <mark>Lyon</mark>")).toEqual([
    { text: "…vu au ", found: false },
    { text: "salon", found: true },
    { text: " de ", found: false },
    { text: "Lyon", found: true },
  ]);
});

test("text that looks like markup stays text, unescaped once", () => {
  expect(piecesOf("&lt;img src=x onerror=&quot;a&quot;&gt; &amp;lt; l&#x27;été")).toEqual([
    { text: `<img src=x onerror="a"> &lt; l'été`, found: false },
  ]);
});

test("where there is little room, what was found still shows", () => {
  const pieces = piecesOf("Allergique aux relances. La rappeler après le <mark>salon</mark> de Lyon.");
  expect(near(pieces, 12).map(({ text }) => text)).toEqual(["…après le ", "salon", " de Lyon."]);
  expect(near(pieces, 100)).toEqual(pieces);
  expect(near(piecesOf("Allergique aux relances."), 5)).toHaveLength(1);
});

test("of values in a row only those that hold what was found are shown", () => {
  expect(valuesFound("…· 0612 · salon de <mark>Lyon</mark> · vip")).toBe("salon de <mark>Lyon</mark>");
  expect(valuesFound("a <mark>b · c</mark> d")).toBe("a <mark>b · c</mark> d");
});
