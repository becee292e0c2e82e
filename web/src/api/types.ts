/** The shapes of REST that the client reads, as the interface of the server gives them. */

export type Role = "admin" | "editor" | "viewer";

export interface Me {
  readonly id: string;
  readonly name: string;
  readonly email: string;
  readonly role: Role;
  readonly color: string;
  readonly initials: string;
}

export interface Contact {
  readonly id: string;
  readonly properties: { readonly firstname: string | null; readonly lastname: string | null };
  readonly created_at: string;
  readonly updated_at: string;
  readonly main_note_id: string;
  readonly notes_excerpt: string;
  readonly permissions: { readonly edit: boolean };
}

export interface Page<T> {
  readonly results: readonly T[];
  readonly paging?: { readonly next?: { readonly after: string } } | null;
  readonly total?: number;
}

export interface Note {
  readonly id: string;
  readonly contact_id: string;
  readonly text: string;
  readonly content: NoteContent;
  readonly updated_at: string;
  /** Null while nobody has written. */
  readonly updated_by: { readonly id: string; readonly name: string } | null;
  readonly permissions: { readonly edit: boolean };
}

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

export interface Change {
  readonly type: "contact.created" | "contact.updated" | "note.updated";
  readonly id: string;
  readonly contact_id: string;
  readonly actor_id: string | null;
}
