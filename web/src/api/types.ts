/** The shapes of REST under the names that views use. All but two come from the server's own description. */
import type { components } from "./schema";

type Shapes = components["schemas"];

export type Role = "admin" | "editor" | "viewer";
export type Me = Shapes["User"];
export type Contact = Shapes["Contact"];
export type ContactProperties = Shapes["ContactProperties"];
export type Duplicate = Shapes["Duplicate"];
export type Reason = Duplicate["reasons"][number];
export type Deletion = Shapes["Deletion"];
export type WriteProperties = Shapes["Properties"];
export type Property = Shapes["Property"];
export type Colleague = Shapes["Colleague"];
export type PropertyChange = Shapes["PropertyChange"];
export type DeletedActivity = Shapes["DeletedActivity"];
export type Found = Shapes["Found"];
export type Import = Shapes["Import"];
export type Author = Shapes["Author"];
export type InheritedNote = Shapes["InheritedNote"];
export type Merge = Shapes["Merge"];
export type ReviewItem = Shapes["ReviewItem"];
export type ReviewItems = Shapes["ReviewItems"];
export type MergePreview = Shapes["MergePreview"];
export type MergedProperty = Shapes["MergedProperty"];
export type UndoPreview = Shapes["UndoPreview"];
/** Whose value a property gets, by its name. */
export type MergeChoices = Readonly<Record<string, MergeChoice>>;
export type MergeChoice = "primary" | "secondary" | "both" | { readonly value: string };

export interface Page<T> {
  readonly results: readonly T[];
  readonly paging?: Shapes["Paging"] | null;
  readonly total?: number | null;
}

export type CreateNote = Partial<Shapes["CreateNote"]>;
export type ChangeNote = Partial<Shapes["ChangeNote"]>;
export type Note = Omit<Shapes["Note"], "content"> & { readonly content: NoteContent };

export type NoteVersion = Shapes["NoteVersion"];
export type NoteAtVersion = Omit<Shapes["NoteAtVersion"], "content" | "changes"> & {
  readonly content: NoteContent;
  readonly changes: NoteContent | null;
};
export type Authorship = Omit<Shapes["Authorship"], "content"> & { readonly content: NoteContent };

/** ProseMirror's JSON. */
export interface NoteContent {
  readonly type: string;
  readonly attrs?: Readonly<Record<string, unknown>>;
  readonly content?: readonly NoteContent[];
  readonly text?: string;
  readonly marks?: readonly NoteMark[];
}

export interface NoteMark {
  readonly type: string;
  readonly attrs?: Readonly<Record<string, unknown>>;
}

/** One event of the stream of changes (api/changes.py). */
export interface Change {
  readonly type:
    | `contact.${"created" | "updated" | "merged" | "unmerged" | "deleted" | "restored"}`
    | "duplicate.dismissed"
    | `note.${"created" | "updated" | "deleted" | "restored"}`
    | `review.${"created" | "resolved"}`;
  readonly id: string;
  readonly contact_id: string;
  readonly actor_id: string | null;
}
