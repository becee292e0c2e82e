/** What a merge, or its undoing, changes in what has been read; the stream of changes tells everybody else. */
import type { QueryClient } from "@tanstack/react-query";
import type { Merge } from "../api/types";

export function mergedNow(queries: QueryClient, { primary_id, secondary_id }: Merge): void {
  for (const id of [primary_id, secondary_id]) {
    for (const of of ["contact", "dated-notes", "merges", "deleted-activities", "property-history"]) {
      void queries.invalidateQueries({ queryKey: [of, id] });
    }
  }
  void queries.invalidateQueries({ queryKey: ["search"] });
}
