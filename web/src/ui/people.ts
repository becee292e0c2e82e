/** People as they are drawn. The server names a person's colour by its hex, the page draws it for the theme it is in. */
import type { Colleague } from "../api/types";

const HEX = [
  "#2672b7", "#ad4b47", "#1d7d3e", "#8656a6", "#02787d", "#9f5102",
  "#6861b6", "#9f4d86", "#7c6702", "#027493", "#587502", "#aa4964",
]; // prettier-ignore

/** A class that sets `--c`. A colour the server never gave falls back to one by the id. */
export function personClass(id: string, hex: string): string {
  const known = HEX.indexOf(hex.toLowerCase());
  return `person-${(known >= 0 ? known : hash(id) % HEX.length) + 1}`;
}

/** Whom something can be given to: who is still in the team, and whoever has it now. */
export function assignable(users: readonly Colleague[], now: unknown): readonly Colleague[] {
  return users.filter(({ id, active }) => active || id === now);
}

/** Contacts have a colour by their id. */
export function contactClass(id: string): string {
  return `person-${(hash(id) % HEX.length) + 1}`;
}

function hash(text: string): number {
  let value = 2_166_136_261;
  for (let i = 0; i < text.length; i += 1) value = Math.imul(value ^ text.charCodeAt(i), 16_777_619);
  return value >>> 0;
}

/** "Camille Roy" → "CR"; one letter for one word; nothing for no name. */
export function initialsOf(name: string): string {
  const words = name.trim().split(/\s+/).filter(Boolean);
  const letters = words.length > 1 ? [words[0], words.at(-1)] : [words[0]];
  return letters
    .map((word) => [...(word ?? "")][0] ?? "")
    .join("")
    .toLocaleUpperCase();
}
