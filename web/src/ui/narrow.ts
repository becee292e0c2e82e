/** Whether the window is as narrow as a phone: the same bound as the `desk` breakpoint of the styles. */
import { useSyncExternalStore } from "react";

const narrow = matchMedia("(width < 45rem)");

export function useNarrow(): boolean {
  return useSyncExternalStore(
    (listener) => {
      narrow.addEventListener("change", listener);
      return () => narrow.removeEventListener("change", listener);
    },
    () => narrow.matches,
  );
}
