/** The frame of one thing to look at: what it is, whose, and what can be done with it. */
import type { ReactNode } from "react";
import { useText } from "../i18n/language";
import type { Author } from "../api/types";
import { Avatar } from "../ui/avatar";
import { Button } from "../ui/button";
import { personClass } from "../ui/people";
import { When } from "../ui/time";

interface CardProps {
  readonly label: string;
  readonly children: ReactNode;
}

export function Card({ label, children }: CardProps) {
  return (
    <li
      data-card
      tabIndex={-1}
      aria-label={label}
      className="mb-2 rounded-card border border-line bg-sheet p-3 text-[13px] outline-none focus:border-accent focus:shadow-[0_0_0_1px_var(--accent)]"
    >
      {children}
    </li>
  );
}

/** Who, and when. */
export function Whose({ author, at }: { readonly author: Author | null; readonly at: string }) {
  const t = useText();
  const name = author?.name ?? t("history.somebody");
  return (
    <span className="mt-0.5 flex items-start gap-1.5 text-[12px] text-ink-3">
      {author && <Avatar name={name} color={personClass(author.id, author.color)} size="s" />}
      <span className="min-w-0">
        {name} · <When at={at} />
      </span>
    </span>
  );
}

interface ActProps {
  /** The key that does the same while the card has the focus. */
  readonly shortcut: "a" | "b" | "x";
  readonly onRun: () => void;
  readonly children: ReactNode;
  readonly kind?: "plain" | "quiet";
}

export function Act({ shortcut, onRun, children, kind = "plain" }: ActProps) {
  return (
    <Button
      kind={kind}
      data-key={shortcut}
      aria-keyshortcuts={shortcut.toUpperCase()}
      onClick={onRun}
      className="h-7.5! text-[13px]!"
    >
      {children}
      <kbd aria-hidden className="ml-1 text-[11px] text-ink-3 max-desk:hidden">
        {shortcut.toUpperCase()}
      </kbd>
    </Button>
  );
}
