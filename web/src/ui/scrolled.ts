/** Whether the page has been scrolled further than this. */
import { useSyncExternalStore } from "react";

export function useScrolledPast(pixels: number): boolean {
  return useSyncExternalStore(
    (listener) => {
      window.addEventListener("scroll", listener, { passive: true });
      return () => window.removeEventListener("scroll", listener);
    },
    () => window.scrollY > pixels,
  );
}
