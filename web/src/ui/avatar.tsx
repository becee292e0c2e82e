/** A person or a contact as a disc of their colour. Decorative: the name always stands beside it in words, and no reader spells the letters. */
import { initialsOf } from "./people";

const SIZES = {
  s: "size-5 text-[9px]",
  m: "size-6 text-[10.5px]",
  touch: "size-9 text-[13px]",
  l: "size-13 text-[18px]",
} as const;

interface AvatarProps {
  readonly name: string;
  /** From `personClass` or `contactClass`. */
  readonly color: string;
  readonly size?: keyof typeof SIZES;
  /** The address of a photo, shown in place of the letters. */
  readonly photo?: string | null;
  readonly className?: string;
}

export function Avatar({ name, color, size = "m", photo, className = "" }: AvatarProps) {
  return (
    <span
      aria-hidden
      data-initials={initialsOf(name)}
      className={`${color} ${SIZES[size]} inline-grid flex-none place-items-center rounded-full bg-(--c) leading-none font-semibold text-(--person-ink) select-none before:[grid-area:1/1] before:content-[attr(data-initials)] ${className}`}
    >
      {photo && (
        <img
          key={photo}
          src={photo}
          alt=""
          onError={(event) => (event.currentTarget.hidden = true)}
          className="size-full rounded-full bg-sheet object-cover [grid-area:1/1]"
        />
      )}
    </span>
  );
}
