/** A line of the command menu. One that leads somewhere is a link, so that a new tab is a middle press away. */
import type { MouseEvent } from "react";
import type { Choice } from "./sections";

interface OptionProps {
  readonly id: string;
  readonly choice: Choice;
  readonly selected: boolean;
  readonly onPoint: () => void;
  readonly onGo: () => void;
}

export function Option({ id, choice: { href, content }, selected, onPoint, onGo }: OptionProps) {
  const shared = {
    id,
    role: "option",
    tabIndex: -1,
    "aria-selected": selected,
    onPointerMove: onPoint,
    className:
      "touchable flex min-h-10 w-full cursor-pointer items-center gap-3 rounded-card px-2.5 py-1.5 text-left aria-selected:bg-sunk",
  } as const;
  const onClick = (event: MouseEvent) => {
    if (event.metaKey || event.ctrlKey || event.shiftKey) return;
    event.preventDefault();
    onGo();
  };
  if (href === undefined) {
    return (
      <button type="button" {...shared} onClick={onGo}>
        {content}
      </button>
    );
  }
  return (
    <a {...shared} href={href} onClick={onClick}>
      {content}
    </a>
  );
}
