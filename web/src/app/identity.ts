/**
 * Who uses this page. The cookie is the server's business; beside it the device remembers the last person, so that the
 * app opens at once, and offline, with their name on it. Everything kept on the device is named by that person's id,
 * and no document is sent before the server has confirmed, once in this page's life, that the cookie is theirs.
 */
import { getMe } from "../api/calls";
import { Problem, Unreachable } from "../api/request";
import type { Me } from "../api/types";

const REMEMBERED = "carnet.user";
let confirmed: string | null = null;

export function remembered(): Me | null {
  const kept = localStorage.getItem(REMEMBERED);
  return kept ? (JSON.parse(kept) as Me) : null;
}

export function remember(me: Me): void {
  confirmed = me.id;
  localStorage.setItem(REMEMBERED, JSON.stringify(me));
}

export function forget(): void {
  confirmed = null;
  localStorage.removeItem(REMEMBERED);
}

export type Asked =
  | { readonly kind: "known"; readonly me: Me }
  | { readonly kind: "stranger" }
  | { readonly kind: "unreachable" };

/** Whom the cookie names. */
export async function askServer(): Promise<Asked> {
  try {
    const me = await getMe();
    remember(me);
    return { kind: "known", me };
  } catch (error) {
    if (error instanceof Problem && error.status === 401) return { kind: "stranger" };
    if (error instanceof Unreachable) return { kind: "unreachable" };
    throw error;
  }
}

/** Resolves once the server has said that the cookie is this person's; a page that shows somebody else starts anew. */
export async function confirm(me: Me): Promise<void> {
  if (confirmed !== me.id) await askServer();
  if (confirmed === me.id) return;
  if (confirmed !== null) location.reload();
  throw new Error(`the session of ${me.id} is not confirmed`);
}

/** Another tab signed in or out: whoever this page was showing, it shows them no longer. */
export function followOtherTabs(): void {
  const idIn = (value: string | null) => (value ? (JSON.parse(value) as Me).id : null);
  window.addEventListener("storage", ({ key, oldValue, newValue }) => {
    if (key === REMEMBERED && idIn(oldValue) !== idIn(newValue)) location.reload();
  });
}
