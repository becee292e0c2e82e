import type { Contact } from "../../src/api/types";

export const contact = (firstname: string, lastname: string, changes: Partial<Contact> = {}): Contact => ({
  id: `con_${firstname}`,
  object: "contact",
  properties: {
    firstname,
    lastname,
    jobtitle: null,
    company: null,
    city: null,
    lifecyclestage: null,
    owner_id: null,
    emails: [],
    phones: [],
    tags: [],
  },
  archived: false,
  merged_ids: [],
  notes_text: null,
  version: 1,
  created_at: "2026-11-22T08:00:00Z",
  updated_at: "2026-11-22T08:00:00Z",
  main_note_id: `act_${firstname}`,
  notes_excerpt: "",
  avatar: null,
  permissions: { edit: true, delete: true },
  ...changes,
});
