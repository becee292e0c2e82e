/** A labelled line of text; 16 px on phones, so that iOS does not zoom into it. */
import { useId, type ComponentProps } from "react";

interface FieldProps extends ComponentProps<"input"> {
  readonly label: string;
}

export function Field({ label, className = "", ...rest }: FieldProps) {
  const id = useId();
  return (
    <div className={className}>
      <label htmlFor={id} className="mb-1 block text-[13px] text-ink-2">
        {label}
      </label>
      <input id={id} className={`${inputClass} w-full`} {...rest} />
    </div>
  );
}

export const inputClass =
  "touchable h-9 rounded-field border border-line-strong bg-sheet px-2.5 text-[16px] desk:text-[14px] placeholder:text-ink-3 focus-visible:outline-offset-0";
