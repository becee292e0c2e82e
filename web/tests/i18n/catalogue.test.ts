import { describe, expect, test } from "vitest";
import { translator, type Catalogue, type Plural } from "../../src/i18n/catalogue";
import { dates } from "../../src/i18n/dates";
import { en } from "../../src/i18n/en";
import { fr } from "../../src/i18n/fr";
import { frenchSpaces, inFrench } from "../../src/i18n/typography";

const texts = (message: string | Plural) =>
  typeof message === "string" ? [message] : [message.one, message.other];
const names = (message: string | Plural) =>
  new Set(texts(message).flatMap((text) => [...text.matchAll(/\{(\w+)\}/g)].map(([, name]) => name)));

describe("the two catalogues", () => {
  test("say the same things with the same parameters", () => {
    const english: Record<string, string | Plural> = en;
    expect(Object.keys(en)).toEqual(Object.keys(fr));
    for (const [key, message] of Object.entries<string | Plural>(fr)) {
      expect(names(english[key] ?? ""), key).toEqual(names(message));
    }
  });

  test("use typographic apostrophes", () => {
    for (const catalogue of [fr, en]) {
      for (const [key, message] of Object.entries<string | Plural>(catalogue)) {
        expect(texts(message).join(), key).not.toMatch(/[a-zé]'[a-zé]/i);
      }
    }
  });
});

test("French puts narrow no-break spaces before high punctuation and inside quotation marks", () => {
  expect(frenchSpaces("Tom dit : « oui » ! À 10:42 ?")).toBe(
    "Tom dit\u202f: «\u202foui\u202f»\u202f! À 10:42\u202f?",
  );
  const catalogue: Catalogue = inFrench(fr);
  for (const [key, message] of Object.entries(catalogue)) {
    expect(texts(message).join(), key).not.toMatch(/ [:;?!»]|« /);
  }
});

describe("plurals", () => {
  const french = translator(inFrench(fr), "fr");
  const english = translator(en, "en");
  test("none is singular in French and plural in English", () => {
    expect(french("contacts.count", { count: 0 })).toBe("0 contact");
    expect(english("contacts.count", { count: 0 })).toBe("0 contacts");
  });
  test("numbers are written as the language writes them", () => {
    expect(french("contacts.count", { count: 12_408 })).toBe("12\u202f408 contacts");
    expect(english("contacts.count", { count: 12_408 })).toBe("12,408 contacts");
  });
});

describe("moments", () => {
  const french = dates("fr", translator(inFrench(fr), "fr"));
  const now = new Date(2026, 10, 22, 10, 0);
  test.each([
    [new Date(2026, 10, 22, 9, 59, 30), "à l’instant"],
    [new Date(2026, 10, 22, 9, 58), "il y a 2 min"],
    [new Date(2026, 10, 22, 7, 0), "il y a 3 h"],
    [new Date(2026, 10, 21, 23, 0), "hier"],
    [new Date(2026, 10, 12), "12 nov."],
    [new Date(2025, 10, 12), "12 nov. 2025"],
  ])("%s is %s", (at, words) => {
    expect(french.short(at, now).replaceAll("\u00a0", " ")).toBe(words);
  });
  test("in a sentence a date takes its article", () => {
    expect(french.inSentence(new Date(2026, 10, 12), now)).toBe("le 12 novembre");
  });
});
