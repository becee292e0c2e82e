/** How much room the window gives, by the same bounds as the breakpoints of the styles. */
import { useSyncExternalStore } from "react";

const narrow = matchMedia("(width < 45rem)");
const single = matchMedia("(width < 64rem)");

/** As narrow as a phone: below `desk`. */
export function useNarrow(): boolean {
  return useMatch(narrow);
}

/** Room for one panel only: below `panels`. */
export function useSinglePanel(): boolean {
  return useMatch(single);
}

function useMatch(query: MediaQueryList): boolean {
  return useSyncExternalStore(
    (listener) => {
      query.addEventListener("change", listener);
      return () => query.removeEventListener("change", listener);
    },
    () => query.matches,
  );
}
