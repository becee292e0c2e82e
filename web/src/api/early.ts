/**
 * What the page asked for before the app's code was here (public/first-paint.js): a contact, and the first of its notes.
 * Each is given once, to the first who asks for just that, and only while the page is young.
 */
import type { components } from "./schema";

type Shapes = components["schemas"];

interface Asked {
  readonly path: string;
  readonly answer: Promise<Response>;
}

export interface Early {
  readonly contact?: Asked;
  readonly notes?: Asked;
}

declare global {
  interface Window {
    carnetEarly?: Early | undefined;
  }
}

const AGE_MS_MAX = 10_000;

/** The answer to this request, if it is on its way. Rejects as `fetch` does. */
export function earlyAnswer({ method, url }: Request): Promise<Response> | null {
  const { pathname, search } = new URL(url);
  const asked = take("contact", (path) => method === "GET" && path === pathname + search);
  return asked && asked.answer;
}

/** This note, if it is on its way. */
export async function earlyNote(id: string): Promise<Shapes["Note"] | null> {
  const asked = take("notes", () => true);
  try {
    const response = await asked?.answer;
    const page = response?.ok ? ((await response.json()) as Shapes["NotePage"]) : null;
    return page?.results.find((note) => note.id === id) ?? null;
  } catch {
    return null;
  }
}

function take(name: keyof Early, wanted: (path: string) => boolean): Asked | null {
  const { [name]: asked, ...others } = window.carnetEarly ?? {};
  if (!asked || !wanted(asked.path)) return null;
  window.carnetEarly = others;
  return performance.now() < AGE_MS_MAX ? asked : null;
}
