/** French spacing: a narrow no-break space before « : ; ? ! » and inside the quotation marks. */
import type { Plural } from "./catalogue";

const NARROW = "\u202f";

export function frenchSpaces(text: string): string {
  return text.replace(/ ([:;?!»])/g, `${NARROW}$1`).replace(/« /g, `«${NARROW}`);
}

export function inFrench<C extends Record<string, string | Plural>>(catalogue: C): C {
  const entries = Object.entries(catalogue).map(([key, message]) => [
    key,
    typeof message === "string"
      ? frenchSpaces(message)
      : { one: frenchSpaces(message.one), other: frenchSpaces(message.other) },
  ]);
  return Object.fromEntries(entries) as C;
}
