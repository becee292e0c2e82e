/** Who else is in the note: discs in their colour, their names for whoever cannot see or hover, and who comes and goes. */
import { useEffect, useRef, useSyncExternalStore } from "react";
import type { Awareness } from "y-protocols/awareness";
import { useSession } from "../app/session";
import { useText } from "../i18n/language";
import { appear, peopleIn, type Person } from "../sync/presence";
import { announce } from "../ui/announcer";
import { Avatar } from "../ui/avatar";
import { personClass } from "../ui/people";

const SHOWN_MAX = 5;
const NOBODY: readonly Person[] = [];

/** The others in this document, the same array until somebody comes, goes or falls idle. */
export function usePeople(awareness: Awareness | null): readonly Person[] {
  const { me } = useSession();
  const known = useRef<readonly Person[]>(NOBODY);

  useEffect(() => {
    if (!awareness) return;
    return appear(awareness, { id: me.id, name: me.name, color: me.color });
  }, [awareness, me]);

  return useSyncExternalStore(
    (listener) => {
      awareness?.on("change", listener);
      return () => awareness?.off("change", listener);
    },
    () => {
      const people = awareness ? peopleIn(awareness.getStates(), me.id) : NOBODY;
      if (JSON.stringify(people) !== JSON.stringify(known.current)) known.current = people;
      return known.current;
    },
  );
}

export function PeopleHere({ people }: { readonly people: readonly Person[] }) {
  const t = useText();
  useComings(people);
  const shown = people.slice(0, SHOWN_MAX);
  const more = people.length - shown.length;
  const nameOf = ({ name, idle }: Person) => (idle ? t("people.idle", { name }) : name);

  return (
    <div className="flex items-center">
      <span className="sr-only">
        {people.length > 0 ? t("people.here", { names: people.map(nameOf).join(", ") }) : t("people.alone")}
      </span>
      <span aria-hidden className="flex items-center gap-0.5">
        {shown.map((person) => {
          const color = personClass(person.id, person.color);
          return (
            <span
              key={person.id}
              title={nameOf(person)}
              data-person={person.name}
              className={`${color} grid size-7 place-items-center rounded-full border-2 ${person.idle ? "border-dashed border-line-strong opacity-60" : "border-(--c)"} bg-sheet`}
            >
              <Avatar name={person.name} color={color} size="s" className="size-5.5!" />
            </span>
          );
        })}
        {more > 0 && <span className="pl-2 text-[12px] text-ink-3">{t("people.more", { count: more })}</span>}
      </span>
    </div>
  );
}

const SETTLE_MS = 1_500;

/** Says who joined and who left, once it has held for a moment: a reload is neither. */
function useComings(people: readonly Person[]): void {
  const t = useText();
  const said = useRef<readonly Person[] | null>(null);
  useEffect(() => {
    const timer = setTimeout(() => {
      const before = said.current;
      said.current = people;
      const absent = (list: readonly Person[], { id }: Person) => !list.some((each) => each.id === id);
      const joined = people.filter((person) => absent(before ?? [], person));
      const left = (before ?? []).filter((person) => absent(people, person));
      const sentences = [
        ...joined.map(({ name }) => t("people.joined", { name })),
        ...left.map(({ name }) => t("people.left", { name })),
      ];
      if (sentences.length > 0) announce(sentences.join(" "));
    }, SETTLE_MS);
    return () => clearTimeout(timer);
  }, [people, t]);
}
