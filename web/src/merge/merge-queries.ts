/** What was merged into a contact, kept true while its page is open. */
import { queryOptions, type QueryClient } from "@tanstack/react-query";
import { listMerges } from "../api/calls";
import { orKept } from "../app/queries";
import { followChanges } from "../app/live";
import type { Session } from "../app/session";

export const mergesQuery = ({ device }: Session, contactId: string) =>
  queryOptions({
    queryKey: ["merges", contactId],
    queryFn: () => orKept(device, `merges/${contactId}`, () => listMerges(contactId)),
    staleTime: 0,
  });

/** Reads merges and notes anew when something was merged into this contact, or taken back. */
export function followMerges(queries: QueryClient, contactId: string): () => void {
  return followChanges((event) => {
    if (event.kind !== "change" || event.change.contact_id !== contactId) return;
    const { type } = event.change;
    if (type !== "contact.merged" && type !== "contact.unmerged") return;
    for (const of of ["merges", "dated-notes"]) void queries.invalidateQueries({ queryKey: [of, contactId] });
  });
}
