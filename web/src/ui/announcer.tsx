/** One polite live region for what has no place on screen: who came, who went, what became of the words. */
import { createStore, useStore } from "../app/store";

const said = createStore("");

/** The same sentence twice is said twice: a mark nobody hears tells them apart. */
export function announce(text: string): void {
  said.set(said.get() === text ? `${text}\u2060` : text);
}

export function Announcer() {
  return (
    <p className="sr-only" role="status" aria-live="polite">
      {useStore(said)}
    </p>
  );
}
