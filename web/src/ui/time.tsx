/** A moment in words that stay true while one looks at them; the exact one on hover. */
import { createStore, useStore } from "../app/store";
import { useDates } from "../i18n/language";

const TICK_MS = 30_000;
const now = createStore(new Date());
setInterval(() => now.set(new Date()), TICK_MS);

interface WhenProps {
  readonly at: string;
  readonly className?: string;
}

export function When({ at, className }: WhenProps) {
  const dates = useDates();
  const moment = new Date(at);
  return (
    <time dateTime={at} title={dates.exact(moment)} className={className}>
      {dates.short(moment, latest(useStore(now), moment))}
    </time>
  );
}

/** For a sentence: "modifié hier". */
export function useWhen(at: string): string {
  const dates = useDates();
  const moment = new Date(at || 0);
  return dates.inSentence(moment, latest(useStore(now), moment));
}

function latest(a: Date, b: Date): Date {
  return a > b ? a : b;
}
