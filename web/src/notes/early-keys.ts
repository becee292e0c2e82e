/**
 * What is done to a note between the press on its words and the moment when its editor is here: the keys that take the
 * caret to either end, and letters. They are the editor's, so no shortcut of the page hears them.
 */
import { useEffect } from "react";

/** Where the words were pressed. */
export interface Pressed {
  readonly x: number;
  readonly pageY: number;
}

/** And where the caret went from there, and what was typed. */
export interface Wanted extends Pressed {
  readonly to: "start" | "end" | null;
  readonly text: string;
}

export function useEarlyKeys(waiting: boolean, take: (change: (wanted: Wanted) => Wanted) => void): void {
  useEffect(() => {
    if (!waiting) return;
    const onKeyDown = (event: KeyboardEvent) => {
      const change = changeBy(event);
      // Whoever has gone elsewhere meanwhile types there.
      if (!change || !isNothingFocused()) return;
      event.preventDefault();
      event.stopPropagation();
      take(change);
    };
    window.addEventListener("keydown", onKeyDown, { capture: true });
    return () => window.removeEventListener("keydown", onKeyDown, { capture: true });
  }, [waiting, take]);
}

export function isNothingFocused(): boolean {
  const focused = document.activeElement;
  return focused === null || focused === document.body || focused.id === "content";
}

/** Null: the key is nobody's here. Pure. */
export function changeBy({
  key,
  ctrlKey,
  metaKey,
  altKey,
  isComposing,
}: Pick<KeyboardEvent, "key" | "ctrlKey" | "metaKey" | "altKey" | "isComposing">):
  ((wanted: Wanted) => Wanted) | null {
  const to = { End: "end", ArrowDown: "end", Home: "start", ArrowUp: "start" } as const;
  const command = ctrlKey || metaKey;
  if (isComposing || altKey) return null;
  // What was typed before stays where it was typed: only the first way counts.
  if (command && key in to && (metaKey || !key.startsWith("Arrow")))
    return (wanted) => (wanted.text ? wanted : { ...wanted, to: to[key as keyof typeof to] });
  if (command) return null;
  if (key === "Backspace") return (wanted) => ({ ...wanted, text: wanted.text.slice(0, -1) });
  if ([...key].length === 1) return (wanted) => ({ ...wanted, text: wanted.text + key });
  return null;
}
