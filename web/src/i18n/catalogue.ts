/** How messages are typed and put together: a text, or one text for each plural category a language has. */
import type { fr } from "./fr";

export type Plural = { readonly one: string; readonly other: string };
export type Key = keyof typeof fr;
export type Catalogue = { readonly [K in Key]: (typeof fr)[K] extends string ? string : Plural };

type NamesIn<S> = S extends `${string}{${infer Name}}${infer Rest}` ? Name | NamesIn<Rest> : never;
type Names<M> = M extends Plural ? NamesIn<M["one"]> | NamesIn<M["other"]> | "count" : NamesIn<M>;
type Given<N extends string> = { readonly [P in N]: P extends "count" ? number : string | number };

/** The parameters a message needs: none at all for a plain one. */
export type Arguments<K extends Key> = [Names<(typeof fr)[K]>] extends [never]
  ? []
  : [Given<Names<(typeof fr)[K]>>];

/** The messages without parameters. */
export type PlainKey = { [K in Key]: Arguments<K> extends [] ? K : never }[Key];

export type Translate = <K extends Key>(key: K, ...values: Arguments<K>) => string;

export function translator(catalogue: Catalogue, language: string): Translate {
  const plural = new Intl.PluralRules(language);
  const number = new Intl.NumberFormat(language);
  return (key, ...values) => {
    const given = (values[0] ?? {}) as Record<string, string | number>;
    const message: string | Plural = catalogue[key];
    const text = typeof message === "string" ? message : message[category(plural, given.count)];
    return text.replace(/\{(\w+)\}/g, (_, name: string) => {
      const value = given[name];
      return typeof value === "number" ? number.format(value) : String(value);
    });
  };
}

function category(plural: Intl.PluralRules, count: string | number | undefined): "one" | "other" {
  return plural.select(Number(count)) === "one" ? "one" : "other";
}
