/** Calls `onNear` while this element is in view or a little below it. */
import { useEffect, type RefObject } from "react";

const AHEAD = "400px";

export function useNearEnd(place: RefObject<Element | null>, active: boolean, onNear: () => void): void {
  useEffect(() => {
    if (!place.current || !active) return;
    const watch = new IntersectionObserver(([entry]) => entry?.isIntersecting && onNear(), {
      rootMargin: AHEAD,
    });
    watch.observe(place.current);
    return () => watch.disconnect();
  }, [place, active, onNear]);
}
