/**
 * A contact's properties as its document holds them, read and written. Scalars stand under their property's name, the
 * elements of sets under `name:element`, so that two people who add at once both win (docs/architecture.md).
 *
 * `Writes` is what an edit puts under which key; undefined takes the key away.
 */
import type { Contact, Property } from "../api/types";

export type Values = Readonly<Record<string, unknown>>;
export type Writes = Readonly<Record<string, unknown>>;

export interface Element {
  readonly value: string;
  readonly primary: boolean;
}

export function keyOf(name: string, element: string): string {
  return `${name}:${element}`;
}

/** The property that a key belongs to. */
export function propertyOf(key: string): string {
  return key.split(":", 1)[0] ?? key;
}

export function hasPrimary({ kind, type }: Pick<Property, "kind" | "type">): boolean {
  return kind === "set" && (type === "email" || type === "phone");
}

/** What REST says of a contact, under the keys of its document: shown until the document is here. */
export function valuesOf(contact: Pick<Contact, "properties">): Values {
  const values: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(contact.properties)) {
    if (typeof value === "string") values[name] = value;
    if (!Array.isArray(value)) continue;
    for (const element of value as (string | Element)[]) {
      if (typeof element === "string") values[keyOf(name, element)] = true;
      else values[keyOf(name, element.value)] = element.primary ? { primary: true } : {};
    }
  }
  return values;
}

/** Empty where nothing is known. */
export function scalarIn(values: Values, name: string): string {
  const value = values[name];
  return typeof value === "string" ? value : "";
}

/** The elements of a set in order, the primary one first: of two the lowest, of none the lowest of all. */
export function elementsIn(values: Values, property: Pick<Property, "name" | "kind" | "type">): Element[] {
  const prefix = keyOf(property.name, "");
  const keys = Object.keys(values).filter((key) => key.startsWith(prefix) && values[key] != null);
  const elements = keys.map((key) => key.slice(prefix.length)).toSorted(byCodePoint);
  if (!hasPrimary(property)) return elements.map((value) => ({ value, primary: false }));
  const first = elements.find((value) => isPrimary(values[prefix + value])) ?? elements[0];
  const ordered = elements.toSorted((a, b) => Number(b === first) - Number(a === first));
  return ordered.map((value) => ({ value, primary: value === first }));
}

function isPrimary(flags: unknown): boolean {
  return (flags as { primary?: unknown } | null)?.primary === true;
}

/** The server's order, which is not that of UTF-16. */
function byCodePoint(a: string, b: string): number {
  const [one, other] = [[...a], [...b]];
  const at = one.findIndex((character, index) => character !== other[index]);
  if (at < 0) return one.length - other.length;
  return (one[at]?.codePointAt(0) ?? 0) - (other[at]?.codePointAt(0) ?? -1);
}

/** The first e-mail address or telephone number; empty for none. */
export function primaryIn(values: Values, name: "emails" | "phones"): string {
  const type = name === "emails" ? "email" : "phone";
  return elementsIn(values, { name, kind: "set", type })[0]?.value ?? "";
}

export function nameIn(values: Values): string {
  return [scalarIn(values, "firstname"), scalarIn(values, "lastname")].filter(Boolean).join(" ");
}

// --- edits ---

export function setScalar(name: string, text: string): Writes {
  return { [name]: text.trim() || undefined };
}

/** An element more; the first of addresses or numbers is the primary one. */
export function addElement(values: Values, property: Property, text: string): Writes {
  const element = written(property, text);
  if (!element || keyOf(property.name, element) in values) return {};
  const flags = hasPrimary(property) && elementsIn(values, property).length > 0 ? {} : flagsOf(property);
  return { [keyOf(property.name, element)]: flags };
}

/** Another element in the place of one, first if that one was. */
export function changeElement(values: Values, property: Property, before: string, text: string): Writes {
  const element = written(property, text);
  if (element === before) return {};
  if (!element) return removeElement(values, property, before);
  const was = elementsIn(values, property).find(({ value }) => value === before);
  const flags = hasPrimary(property) && !was?.primary ? {} : flagsOf(property);
  return { [keyOf(property.name, before)]: undefined, [keyOf(property.name, element)]: flags };
}

/** Whoever comes next is primary from then on. */
export function removeElement(values: Values, property: Property, element: string): Writes {
  const writes = { [keyOf(property.name, element)]: undefined };
  const [first, next] = elementsIn(values, property);
  if (!hasPrimary(property) || first?.value !== element || !next) return writes;
  return { ...writes, [keyOf(property.name, next.value)]: { primary: true } };
}

export function makePrimary(values: Values, property: Property, element: string): Writes {
  const others = elementsIn(values, property).filter(({ value }) => value !== element);
  const marked = others.filter(({ value }) => isPrimary(values[keyOf(property.name, value)]));
  const cleared = marked.map(({ value }) => [keyOf(property.name, value), {}] as const);
  return { ...Object.fromEntries(cleared), [keyOf(property.name, element)]: { primary: true } };
}

function flagsOf(property: Property): unknown {
  return hasPrimary(property) ? { primary: true } : true;
}

/** Near the form that the server gives an element: whoever adds what is there already adds nothing. */
function written(property: Property, text: string): string {
  const trimmed = text.trim();
  return property.type === "email" ? trimmed.toLowerCase() : trimmed.normalize("NFC");
}

/** A French number as it is said at home, any other as it is dialled from anywhere. */
export function phoneText(number: string): string {
  const [dialled = "", extension] = number.split(";ext=");
  const home = /^\+33([1-9])(\d{2})(\d{2})(\d{2})(\d{2})$/.exec(dialled);
  const text = home ? `0${home.slice(1).join(" ")}` : dialled;
  return extension ? `${text} #${extension}` : text;
}

/** The same value, whatever object it is. */
export function same(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
