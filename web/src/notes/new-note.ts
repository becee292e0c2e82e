/** A new dated note is asked for with a key, a button of the page or of the command menu; the page of the contact makes it. */
import { useEffect } from "react";
import { isTaken } from "../ui/keys";

const ASKED = "carnet:new-note";

export function askForNewNote(): void {
  window.dispatchEvent(new Event(ASKED));
}

/** Calls `make` for each new note that is asked for, and for the key N where nobody writes. */
export function useNewNoteAsked(make: () => void): void {
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent) => {
      if (event.key.toLowerCase() !== "n" || event.repeat || hasModifier(event) || isTaken(event.target))
        return;
      event.preventDefault();
      make();
    };
    window.addEventListener("keydown", onKeyDown);
    window.addEventListener(ASKED, make);
    return () => {
      window.removeEventListener("keydown", onKeyDown);
      window.removeEventListener(ASKED, make);
    };
  }, [make]);
}

const hasModifier = ({ metaKey, ctrlKey, altKey, shiftKey }: KeyboardEvent) =>
  metaKey || ctrlKey || altKey || shiftKey;
