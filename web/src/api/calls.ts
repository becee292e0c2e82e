/** The calls the client makes, one line each. */
import { read, rest } from "./request";
import type { Note, NoteContent, WriteProperties } from "./types";

const PAGE_SIZE = 50;

export const getMe = () => read(rest.GET("/api/v1/me"));
export const signIn = (email: string, password: string) =>
  read(rest.POST("/api/v1/session", { body: { email, password } }));
export const signOut = () => read(rest.DELETE("/api/v1/session"));

export const listContacts = (after: string | null) =>
  read(
    rest.GET("/api/v1/contacts", {
      params: { query: { limit: PAGE_SIZE, count: true, ...(after && { after }) } },
    }),
  );
export const getContact = (id: string) =>
  read(rest.GET("/api/v1/contacts/{id}", { params: { path: { id } } }));
export const createContact = (properties: WriteProperties) =>
  read(rest.POST("/api/v1/contacts", { body: { properties } }));
export const changeContact = (id: string, properties: WriteProperties) =>
  read(rest.PATCH("/api/v1/contacts/{id}", { params: { path: { id } }, body: { properties } }));

/** The description says of `content` only that it is ProseMirror's. */
export const getNote = async (id: string): Promise<Note> => {
  const note = await read(rest.GET("/api/v1/notes/{id}", { params: { path: { id } } }));
  return { ...note, content: note.content as unknown as NoteContent };
};

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
