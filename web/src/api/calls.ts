/** The calls the client makes, one line each. */
import type { Asked } from "../contacts/contact-pages";
import { earlyNote } from "./early";
import { read, rest } from "./request";
import type {
  Authorship,
  ChangeNote,
  CreateNote,
  MergeChoices,
  Note,
  NoteAtVersion,
  NoteContent,
  Page,
  WriteProperties,
} from "./types";

const PAGE_SIZE = 50;

export const getMe = () => read(rest.GET("/api/v1/me"));
export const signIn = (email: string, password: string) =>
  read(rest.POST("/api/v1/session", { body: { email, password } }));
export const signOut = () => read(rest.DELETE("/api/v1/session"));

export const listContacts = ({ q, sort }: Asked, after: string | null, signal: AbortSignal) =>
  read(
    rest.GET("/api/v1/contacts", {
      params: { query: { limit: PAGE_SIZE, count: true, sort, ...(q && { q }), ...(after && { after }) } },
      signal,
    }),
  );
export const search = async (
  q: string,
  { types = "contact,note", limit }: { readonly types?: string; readonly limit: number },
  signal: AbortSignal,
) => (await read(rest.GET("/api/v1/search", { params: { query: { q, types, limit } }, signal }))).results;
export const getContact = (id: string) =>
  read(rest.GET("/api/v1/contacts/{id}", { params: { path: { id } } }));
export const getMerge = (id: string) => read(rest.GET("/api/v1/merges/{id}", { params: { path: { id } } }));
export const listReviewItems = (contactId: string) =>
  read(rest.GET("/api/v1/contacts/{id}/review-items", { params: { path: { id: contactId } } }));
export const reviewFurther = (contactId: string) =>
  read(rest.POST("/api/v1/contacts/{id}/review-items/further", { params: { path: { id: contactId } } }));
export const resolveReviewItem = (id: string, choice: "keep" | "take") =>
  read(rest.POST("/api/v1/review-items/{id}/resolve", { params: { path: { id } }, body: { choice } }));
/** The words of the second are added to the first. */
export const combineNotes = (id: string, absorbedId: string) =>
  read(rest.POST("/api/v1/notes/{id}/combine", { params: { path: { id } }, body: { note_id: absorbedId } }));
export const undoCombination = (id: string) =>
  read(rest.POST("/api/v1/combinations/{id}/undo", { params: { path: { id } } }));
/** Refused where somebody has an address or the name of it, unless that is allowed. */
export const createContact = (properties: WriteProperties, allowDuplicate: boolean) =>
  read(rest.POST("/api/v1/contacts", { body: { properties, allow_duplicate: allowDuplicate } }));
export const changeContact = (id: string, properties: WriteProperties) =>
  read(rest.PATCH("/api/v1/contacts/{id}", { params: { path: { id } }, body: { properties } }));

export const deleteContact = (id: string, permanent = false) =>
  read(
    rest.DELETE("/api/v1/contacts/{id}", { params: { path: { id }, query: permanent ? { permanent } : {} } }),
  );
export const restoreContact = (id: string, allowDuplicate = false) =>
  read(
    rest.POST("/api/v1/contacts/{id}/restore", {
      params: { path: { id }, query: allowDuplicate ? { allow_duplicate: true } : {} },
    }),
  );
export const listDeletedContacts = (after: string | null, signal: AbortSignal) =>
  read(
    rest.GET("/api/v1/contacts", {
      params: { query: { limit: PAGE_SIZE, deleted: true, sort: "-deleted_at", ...(after && { after }) } },
      signal,
    }),
  );

interface DuplicatesAsked {
  readonly after?: string | null;
  readonly limit: number;
  /** What is found by now, rather than all of it later. */
  readonly partial: boolean;
}
export const listDuplicates = ({ after, limit, partial }: DuplicatesAsked, signal: AbortSignal) =>
  read(
    rest.GET("/api/v1/duplicates", {
      params: { query: { limit, partial, ...(after && { after }) } },
      signal,
    }),
  );
export const listDuplicatesOf = async (id: string) =>
  (await read(rest.GET("/api/v1/contacts/{id}/duplicates", { params: { path: { id } } }))).results;
export const dismissDuplicate = (one: string, other: string) =>
  read(rest.POST("/api/v1/duplicates/dismiss", { body: { one_id: one, other_id: other } }));
export const mergeSure = () => read(rest.POST("/api/v1/duplicates/merge-sure"));
export const undoMergeBatch = (id: string) =>
  read(rest.POST("/api/v1/merge-batches/{id}/undo", { params: { path: { id } } }));

/** The description says of `content` only that it is ProseMirror's. */
const withContent = <N extends { content: unknown }>(note: N) => ({
  ...note,
  content: note.content as NoteContent,
});
export const getNote = async (id: string): Promise<Note> =>
  withContent(
    (await earlyNote(id)) ?? (await read(rest.GET("/api/v1/notes/{id}", { params: { path: { id } } }))),
  );
export const changeNote = async (id: string, change: ChangeNote): Promise<Note> =>
  withContent(
    await read(
      rest.PATCH("/api/v1/notes/{id}", { params: { path: { id } }, body: { format: "markdown", ...change } }),
    ),
  );
export const deleteNote = (id: string) =>
  read(rest.DELETE("/api/v1/notes/{id}", { params: { path: { id } } }));
const NOTES_PAGE_SIZE = 20;
export const listNotes = async (contactId: string, after: string | null): Promise<Page<Note>> => {
  const page = await read(
    rest.GET("/api/v1/contacts/{id}/notes", {
      params: { path: { id: contactId }, query: { limit: NOTES_PAGE_SIZE, ...(after && { after }) } },
    }),
  );
  return { ...page, results: page.results.map(withContent) };
};
export const createNote = async (contactId: string, note: CreateNote): Promise<Note> =>
  withContent(
    await read(
      rest.POST("/api/v1/contacts/{id}/notes", {
        params: { path: { id: contactId } },
        body: { body: "", format: "markdown", ...note },
      }),
    ),
  );
export const listDeletedActivities = (contactId: string) =>
  read(rest.GET("/api/v1/contacts/{id}/deleted-activities", { params: { path: { id: contactId } } }));
export const restoreActivity = async (id: string): Promise<Note> =>
  withContent(await read(rest.POST("/api/v1/activities/{id}/restore", { params: { path: { id } } })));

export const listVersions = (id: string, after: string | null) =>
  read(
    rest.GET("/api/v1/notes/{id}/versions", {
      params: { path: { id }, query: { limit: PAGE_SIZE, ...(after && { after }) } },
    }),
  );
export const getVersion = async (id: string, seq: number, signal: AbortSignal): Promise<NoteAtVersion> => {
  const version = await read(
    rest.GET("/api/v1/notes/{id}/versions/{seq}", {
      params: { path: { id, seq: String(seq) }, query: { compare: "previous" } },
      signal,
    }),
  );
  return { ...withContent(version), changes: version.changes as NoteContent | null };
};
export const getAuthorship = async (id: string, version: number, signal: AbortSignal): Promise<Authorship> =>
  withContent(
    await read(
      rest.GET("/api/v1/notes/{id}/authorship", { params: { path: { id }, query: { version } }, signal }),
    ),
  );
/** `before` of the answer is what to restore to take it back; null where nothing had to change. */
export const restoreVersion = async (id: string, seq: number) =>
  withContent(
    await read(rest.POST("/api/v1/notes/{id}/restore", { params: { path: { id } }, body: { seq } })),
  );

export const listProperties = () => read(rest.GET("/api/v1/properties"));
export const listUsers = () => read(rest.GET("/api/v1/users"));
export const getPropertyHistory = (id: string, property: string | null, after: string | null) =>
  read(
    rest.GET("/api/v1/contacts/{id}/property-history", {
      params: {
        path: { id },
        query: { limit: PAGE_SIZE, ...(property && { property }), ...(after && { after }) },
      },
    }),
  );
export const putAvatar = (id: string, file: File) => {
  const form = new FormData();
  form.append("file", file);
  const body = form as unknown as { file: string };
  return read(
    rest.PUT("/api/v1/contacts/{id}/avatar", { params: { path: { id } }, body, bodySerializer: () => form }),
  );
};
export const deleteAvatar = (id: string) =>
  read(rest.DELETE("/api/v1/contacts/{id}/avatar", { params: { path: { id } } }));

export const listImports = () => read(rest.GET("/api/v1/imports"));
export const getImport = (id: string) => read(rest.GET("/api/v1/imports/{id}", { params: { path: { id } } }));
export const cancelImport = (id: string) =>
  read(rest.POST("/api/v1/imports/{id}/cancel", { params: { path: { id } } }));
export const runImport = (id: string) =>
  read(rest.POST("/api/v1/imports/{id}/run", { params: { path: { id } } }));

export const previewMerge = (primaryId: string, secondaryId: string, signal: AbortSignal) =>
  read(
    rest.POST("/api/v1/contacts/merge/preview", {
      body: { primary_id: primaryId, secondary_id: secondaryId, choices: {} },
      signal,
    }),
  );
export interface MergeOrder {
  readonly primary_id: string;
  readonly secondary_id: string;
  readonly choices: MergeChoices;
  /** Of the conflicts as they were seen. */
  readonly versions: Readonly<Record<string, string>>;
}
/** Sent again with the same key, it is done once. */
export const mergeContacts = (order: MergeOrder, key: string) =>
  read(rest.POST("/api/v1/contacts/merge", { body: order, params: { header: { "Idempotency-Key": key } } }));
export const listMerges = async (contactId: string) =>
  (await read(rest.GET("/api/v1/contacts/{id}/merges", { params: { path: { id: contactId } } }))).results;
export const previewUndo = (mergeId: string) =>
  read(rest.GET("/api/v1/merges/{id}/undo-preview", { params: { path: { id: mergeId } } }));
/** `move` are notes made since that go along. */
export const undoMerge = (mergeId: string, move: string[] = []) =>
  read(rest.POST("/api/v1/merges/{id}/undo", { params: { path: { id: mergeId } }, body: { move } }));
