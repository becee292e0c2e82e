/** Two contacts are to be merged, or a merge taken back: asked from anywhere, the dialog opens over whatever page one is on. */
import type { Merge } from "../api/types";
import { createStore } from "../app/store";

export interface MergeAsked {
  /** The one that stays, unless somebody turns them round. */
  readonly contactId: string;
  /** Absent where it is still to be chosen. */
  readonly otherId?: string;
}

export const mergeAsked = createStore<MergeAsked | null>(null);
export const undoAsked = createStore<Merge | null>(null);

export const askToMerge = (contactId: string, otherId?: string) =>
  mergeAsked.set(otherId === undefined ? { contactId } : { contactId, otherId });
export const askToUndo = (merge: Merge) => undoAsked.set(merge);
