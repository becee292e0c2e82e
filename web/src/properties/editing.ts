/** Which value of a panel is being edited, how one gets there and leaves, and what a commit says. */
import { createContext, useContext } from "react";
import type { Colleague, Property } from "../api/types";
import type { Then } from "./inline-input";
import type { Writes } from "./values";

/** A value that can be edited: a scalar, an element of a set, or (adding) the place for another one. */
export interface Place {
  readonly name: string;
  readonly element?: string | undefined;
  readonly adding?: boolean | undefined;
  readonly draft?: string | undefined;
}

export interface Editing {
  readonly contactId: string;
  readonly version: number;
  readonly users: readonly Colleague[];
  readonly place: Place | null;
  /** Another place, unless what was typed in this one waits for a choice. */
  readonly open: (place: Place) => void;
  readonly hold: (asked: boolean) => void;
  /** What would be written as typed so far; null: nothing. Kept for whoever leaves the page before they commit. */
  readonly type: (property: Property, edit: Commit | null) => void;
  readonly leave: (property: Property, then: Then) => void;
  /** Writes, offers the undo, and leaves. */
  readonly commit: (property: Property, edit: Commit, then: Then) => void;
}

export interface Commit {
  readonly writes: Writes;
  readonly typed: string;
  readonly element?: string | undefined;
}

const EditingContext = createContext<Editing | null>(null);
export const EditingProvider = EditingContext.Provider;

export function useEditing(): Editing {
  const editing = useContext(EditingContext);
  if (!editing) throw new Error("expected a panel of properties around this view");
  return editing;
}
