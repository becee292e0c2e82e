/** A moment in words that stay true while one looks at them; the exact one on hover. */
import { createStore, useStore } from "../app/store";
import { useDates } from "../i18n/language";

const TICK_MS = 30_000;
const now = createStore(new Date());
setInterval(() => now.set(new Date()), TICK_MS);

/** The present, to half a minute. */
export const useNow = () => useStore(now);

interface WhenProps {
  readonly at: string;
  readonly className?: string;
  /** The exact moment is said in another way. */
  readonly plain?: boolean;
}

export function When({ at, className, plain }: WhenProps) {
  const dates = useDates();
  const moment = new Date(at);
  return (
    <time dateTime={at} title={plain ? undefined : dates.exact(moment)} className={className}>
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

/** A server's clock may be a little ahead of ours; what is further ahead has still to come. */
const AHEAD_MS_MAX = 5 * 60_000;

function latest(now: Date, moment: Date): Date {
  const ahead = moment.getTime() - now.getTime();
  return ahead > 0 && ahead < AHEAD_MS_MAX ? moment : now;
}
