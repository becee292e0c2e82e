/** ↑ and ↓ go from version to version, Escape goes back. */
import { useEffect, useRef } from "react";
import { isTaken } from "../ui/keys";

interface VersionKeys {
  readonly onStep: (step: -1 | 1) => void;
  readonly onLeave: () => void;
}

export function useVersionKeys({ onStep, onLeave }: VersionKeys): void {
  const latest = useRef({ onStep, onLeave });
  useEffect(() => {
    latest.current = { onStep, onLeave };
  });
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent) => {
      if (event.defaultPrevented || isTaken(event.target)) return;
      if (event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return;
      const { onStep, onLeave } = latest.current;
      if (event.key === "Escape") return onLeave();
      // In the words the arrows scroll.
      const reading = event.target instanceof Element && event.target.closest("[data-reading]");
      if (reading || (event.key !== "ArrowUp" && event.key !== "ArrowDown")) return;
      event.preventDefault();
      onStep(event.key === "ArrowUp" ? -1 : 1);
    };
    window.addEventListener("keydown", onKeyDown);
    return () => window.removeEventListener("keydown", onKeyDown);
  }, []);
}
