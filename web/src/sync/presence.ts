/** Who is here, out of a document's awareness: one entry a person, whatever number of tabs they have open. */
import type { Awareness } from "y-protocols/awareness";

export interface Person {
  readonly id: string;
  readonly name: string;
  readonly color: string;
  readonly idle: boolean;
}

/** `user` is what the server stamped on the entry; whatever else an entry claims is not used. */
export function peopleIn(states: ReadonlyMap<number, unknown>, myId: string): Person[] {
  const people = new Map<string, Person>();
  for (const state of states.values()) {
    const person = personIn(state);
    if (!person || person.id === myId) continue;
    const known = people.get(person.id);
    people.set(person.id, { ...person, idle: person.idle && (known?.idle ?? true) });
  }
  return [...people.values()].toSorted((a, b) => a.name.localeCompare(b.name));
}

/** Who else edits which field of a record, by the field's name. One person a field: the first by name. */
export function editorsIn(states: ReadonlyMap<number, unknown>, myId: string): Map<string, Person> {
  const editors = new Map<string, Person>();
  for (const state of states.values()) {
    const person = personIn(state);
    const { field } = (state ?? {}) as { field?: unknown };
    if (!person || person.id === myId || typeof field !== "string") continue;
    const known = editors.get(field);
    if (!known || person.name < known.name) editors.set(field, person);
  }
  return editors;
}

function personIn(state: unknown): Person | null {
  const { user, idle } = (state ?? {}) as { user?: Record<string, unknown>; idle?: unknown };
  if (typeof user?.id !== "string" || typeof user.name !== "string") return null;
  return {
    id: user.id,
    name: user.name,
    color: typeof user.color === "string" ? user.color : "",
    idle: idle === true,
  };
}

const IDLE_MS = 60_000;
const ACTIVE = ["keydown", "pointerdown", "pointermove", "focus"] as const;

/** Shows `me` in the document, as idle after a minute without a sign of life. Returns how to leave. */
export function appear(awareness: Awareness, me: Omit<Person, "idle">): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const setIdle = (idle: boolean) => {
    const state = awareness.getLocalState();
    if (state && state.idle !== idle) awareness.setLocalState({ ...state, idle });
  };
  const active = () => {
    clearTimeout(timer);
    setIdle(false);
    timer = setTimeout(() => setIdle(true), IDLE_MS);
  };
  // The provider takes us out when the page is hidden for good; a page that comes back appears again.
  const back = (event: PageTransitionEvent) => {
    if (event.persisted) awareness.setLocalState({ user: me, idle: false });
  };
  awareness.setLocalState({ user: me, idle: false });
  active();
  for (const event of ACTIVE) window.addEventListener(event, active, { passive: true });
  window.addEventListener("pageshow", back);
  return () => {
    clearTimeout(timer);
    for (const event of ACTIVE) window.removeEventListener(event, active);
    window.removeEventListener("pageshow", back);
    awareness.setLocalState(null);
  };
}
