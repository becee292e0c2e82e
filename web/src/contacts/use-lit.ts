/** What somebody else changed of a contact a moment ago. */
import { useSyncExternalStore } from "react";
import { lit } from "../app/live";

export function useLit(id: string): ReadonlySet<string> | undefined {
  return useSyncExternalStore(lit.subscribe, () => lit.get().get(id));
}
