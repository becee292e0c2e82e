/** Why two contacts may be the same person, the best reason first. */
import type { Duplicate } from "../api/types";
import { useText } from "../i18n/language";

export function Reasons({ of }: { readonly of: Duplicate }) {
  const t = useText();
  return (
    <ul className="flex flex-wrap gap-1.5">
      {of.reasons.map((reason, at) => (
        <li
          key={reason}
          className={`rounded-full px-2 py-0.5 text-[12px] ${at === 0 ? "bg-accent-soft text-accent" : "bg-sunk text-ink-2"}`}
        >
          {t(`duplicates.reason.${reason}`)}
        </li>
      ))}
    </ul>
  );
}
