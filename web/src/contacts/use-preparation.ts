/** By the time a contact is opened from the list, its words are here. */
import { useQueryClient } from "@tanstack/react-query";
import type { Contact } from "../api/types";
import { contactQuery, noteQuery } from "../app/queries";
import { useSession } from "../app/session";

export function usePreparation(contact: Contact): () => void {
  const session = useSession();
  const queries = useQueryClient();
  return () => {
    queries.setQueryData(contactQuery(session, contact.id).queryKey, (known) => known ?? contact);
    void queries.prefetchQuery(noteQuery(session, contact.main_note_id));
  };
}
