/** The calls the client makes, one line each. */
import { request } from "./request";
import type { Contact, Me, Note, Page } from "./types";

export interface Name {
  readonly firstname: string;
  readonly lastname: string;
}

const PAGE_SIZE = 50;

export const getMe = () => request<Me>("GET", "/me");
export const signIn = (email: string, password: string) =>
  request<Me>("POST", "/session", { email, password });
export const signOut = () => request<void>("DELETE", "/session");

export const listContacts = (after: string | null) =>
  request<Page<Contact>>(
    "GET",
    `/contacts?limit=${PAGE_SIZE}&count=true${after ? `&after=${encodeURIComponent(after)}` : ""}`,
  );
export const getContact = (id: string) => request<Contact>("GET", `/contacts/${encodeURIComponent(id)}`);
export const createContact = (properties: Name) => request<Contact>("POST", "/contacts", { properties });
export const renameContact = (id: string, properties: Name) =>
  request<Contact>("PATCH", `/contacts/${encodeURIComponent(id)}`, { properties });
export const getNote = (id: string) => request<Note>("GET", `/notes/${encodeURIComponent(id)}`);
