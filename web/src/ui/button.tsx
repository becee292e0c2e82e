/** Buttons: one that leads, one that stands beside, one that is only an icon (and then has a name). */
import type { ComponentProps, ReactNode } from "react";

const BASE =
  "inline-flex items-center justify-center gap-1.5 rounded-field transition-colors duration-100 disabled:opacity-55 disabled:cursor-default select-none";
const KINDS = {
  primary: `${BASE} touchable h-8 px-3 font-[550] text-[13.5px] bg-accent text-accent-ink hover:bg-[color-mix(in_oklch,var(--accent),var(--ink)_14%)]`,
  plain: `${BASE} touchable h-8 px-3 text-[13.5px] border border-line-strong bg-sheet hover:bg-sunk`,
  quiet: `${BASE} touchable h-8 px-2 text-ink-2 hover:bg-sunk hover:text-ink`,
} as const;

interface ButtonProps extends ComponentProps<"button"> {
  readonly kind?: keyof typeof KINDS;
}

export function Button({ kind = "plain", className = "", type = "button", ...rest }: ButtonProps) {
  return <button type={type} className={`${KINDS[kind]} ${className}`} {...rest} />;
}

interface IconButtonProps extends Omit<ComponentProps<"button">, "children"> {
  readonly label: string;
  readonly children: ReactNode;
}

export function IconButton({ label, className = "", type = "button", ...rest }: IconButtonProps) {
  return (
    <button
      type={type}
      aria-label={label}
      title={label}
      className={`${BASE} touchable size-8 flex-none text-ink-2 hover:bg-sunk hover:text-ink ${className}`}
      {...rest}
    />
  );
}

export const primaryClass = KINDS.primary;
export const plainClass = KINDS.plain;
/** Over a plain one: what it does takes something away. */
export const dangerClass = "border-bad! text-bad!";
