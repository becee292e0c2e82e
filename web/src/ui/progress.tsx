/** How far something is, as a line that fills. */

interface ProgressProps {
  readonly label: string;
  /** 0 to 1. */
  readonly share: number;
}

export function Progress({ label, share }: ProgressProps) {
  const percent = Math.floor(share * 100);
  return (
    <div
      role="progressbar"
      aria-label={label}
      aria-valuemin={0}
      aria-valuemax={100}
      aria-valuenow={percent}
      className="mt-1 mb-4 h-1.5 overflow-hidden rounded-full bg-sunk"
    >
      <div
        className="h-full w-full origin-left bg-accent transition-transform duration-150"
        style={{ transform: `scaleX(${share})` }}
      />
    </div>
  );
}
