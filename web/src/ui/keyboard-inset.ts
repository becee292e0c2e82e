/** Keeps an element that is fixed to the bottom above a phone's on-screen keyboard. */
import { useEffect, type RefObject } from "react";

export function useKeyboardInset(element: RefObject<HTMLElement | null>, active: boolean): void {
  useEffect(() => {
    const seen = window.visualViewport;
    const bar = element.current;
    if (!seen || !bar || !active) return;
    const place = () => {
      const covered = window.innerHeight - seen.height - seen.offsetTop;
      bar.style.setProperty("transform", `translateY(${-Math.max(0, Math.round(covered))}px)`);
    };
    place();
    seen.addEventListener("resize", place);
    seen.addEventListener("scroll", place);
    return () => {
      seen.removeEventListener("resize", place);
      seen.removeEventListener("scroll", place);
      bar.style.removeProperty("transform");
    };
  }, [element, active]);
}
