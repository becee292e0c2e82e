/** Two contacts are to be merged: asked from anywhere, the dialog opens over whatever page one is on. */
import { createStore } from "../app/store";

export interface MergeAsked {
  /** The one that stays, unless somebody turns them round. */
  readonly contactId: string;
  /** Absent where it is still to be chosen. */
  readonly otherId?: string;
}

export const mergeAsked = createStore<MergeAsked | null>(null);

export const askToMerge = (contactId: string, otherId?: string) =>
  mergeAsked.set(otherId === undefined ? { contactId } : { contactId, otherId });
