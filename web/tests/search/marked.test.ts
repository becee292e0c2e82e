import { expect, test } from "vitest";
import { piecesOf } from "../../src/search/marked";

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
