/**
 * What the page may say about the words on it. "Saved" is said only when the server has acknowledged everything this
 * device holds: the handshake is over, no acknowledgement is owed, and nothing of an earlier visit is waiting.
 */

export type SaveState =
  | { readonly kind: "opening" }
  | { readonly kind: "saved" }
  | { readonly kind: "saving"; readonly pending: number }
  /** Connected, but the acknowledgement is long in coming. */
  | { readonly kind: "late"; readonly pending: number }
  | { readonly kind: "offline"; readonly pending: number }
  | { readonly kind: "readonly" }
  | { readonly kind: "refused"; readonly reason: Refusal };

export type Refusal = "unauthenticated" | "not-found" | "other";

export type Link = "connecting" | "connected" | "lost";

/** What is known of one open document; `unsynced` is the provider's own count, `access` is null before the answer. */
export interface Facts {
  readonly link: Link;
  readonly access: "write" | "read" | null;
  readonly synced: boolean;
  readonly unsynced: number;
  /** Changes made here since everything was last acknowledged. */
  readonly own: number;
  /** Changes that earlier visits left on this device. */
  readonly earlier: number;
  readonly late: boolean;
  readonly refusal: Refusal | null;
}

/** Everything this device holds has been acknowledged as committed. */
export function isClean(facts: Facts): boolean {
  return facts.link === "connected" && facts.access !== null && facts.synced && facts.unsynced === 0;
}

export function saveStateOf(facts: Facts): SaveState {
  const pending = facts.own + facts.earlier;
  if (facts.refusal) return { kind: "refused", reason: facts.refusal };
  if (facts.link === "lost") return { kind: "offline", pending };
  if (isClean(facts)) return facts.access === "read" ? { kind: "readonly" } : { kind: "saved" };
  if (facts.access === "read") return { kind: "readonly" };
  if (pending === 0) return { kind: "opening" };
  return facts.late ? { kind: "late", pending } : { kind: "saving", pending };
}

/** Words this device would take with it if it vanished now. */
export function pendingOf(state: SaveState): number {
  return "pending" in state ? state.pending : 0;
}

const TROUBLE = ["refused", "late", "offline", "saving"] as const;

/** Of several notes as one: that of the note which is written in, unless another has words on the way, or trouble. */
export function ofSeveral(active: SaveState, all: readonly SaveState[]): SaveState {
  const worst = TROUBLE.flatMap((kind) => all.filter((each) => each.kind === kind))[0];
  if (!worst) return active;
  return "pending" in worst
    ? { ...worst, pending: all.reduce((sum, each) => sum + pendingOf(each), 0) }
    : worst;
}
