/** Moments in words: "il y a 2 min", "hier", "12 nov.", and the exact one for whoever asks. */
import type { Translate } from "./catalogue";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

export interface Dates {
  /** In a list: as short as can be. */
  readonly short: (at: Date, now: Date) => string;
  /** In a sentence, after a participle: "hier", "le 12 novembre". */
  readonly inSentence: (at: Date, now: Date) => string;
  readonly exact: (at: Date) => string;
  /** As a heading: "novembre 2026". */
  readonly month: (at: Date) => string;
  /** As a heading: "hier", "mardi 17 novembre". */
  readonly day: (at: Date, now: Date) => string;
  /** "10:42". */
  readonly time: (at: Date) => string;
}

export function dates(language: string, t: Translate): Dates {
  const relative = new Intl.RelativeTimeFormat(language, { numeric: "auto", style: "short" });
  const day = new Intl.DateTimeFormat(language, { day: "numeric", month: "short" });
  const dayOfYear = new Intl.DateTimeFormat(language, { day: "numeric", month: "short", year: "numeric" });
  const longDay = new Intl.DateTimeFormat(language, { day: "numeric", month: "long" });
  const longDayOfYear = new Intl.DateTimeFormat(language, { day: "numeric", month: "long", year: "numeric" });
  const exact = new Intl.DateTimeFormat(language, { dateStyle: "full", timeStyle: "short" });
  const weekday = new Intl.DateTimeFormat(language, { weekday: "long", day: "numeric", month: "long" });
  const time = new Intl.DateTimeFormat(language, { timeStyle: "short" });
  const inWords = new Intl.RelativeTimeFormat(language, { numeric: "auto" });
  const month = new Intl.DateTimeFormat(language, { month: "long", year: "numeric" });

  const recent = (at: Date, now: Date): string | null => {
    const age = now.getTime() - at.getTime();
    if (age < 0) return null;
    if (age < MINUTE) return t("time.now");
    if (age < HOUR) return relative.format(-Math.floor(age / MINUTE), "minute");
    const days = daysBetween(at, now);
    if (days === 0) return relative.format(-Math.floor(age / HOUR), "hour");
    return days === 1 ? relative.format(-1, "day") : null;
  };

  return {
    short: (at, now) => recent(at, now) ?? (sameYear(at, now) ? day : dayOfYear).format(at),
    inSentence: (at, now) =>
      recent(at, now) ?? t("time.on", { date: (sameYear(at, now) ? longDay : longDayOfYear).format(at) }),
    exact: (at) => exact.format(at),
    month: (at) => month.format(at),
    day: (at, now) => {
      const days = daysBetween(at, now);
      if (days === 0 || days === 1) return inWords.format(-days, "day");
      return (sameYear(at, now) ? weekday : longDayOfYear).format(at);
    },
    time: (at) => time.format(at),
  };
}

function daysBetween(at: Date, now: Date): number {
  const midnight = (date: Date) => new Date(date.getFullYear(), date.getMonth(), date.getDate()).getTime();
  return Math.round((midnight(now) - midnight(at)) / (24 * HOUR));
}

function sameYear(a: Date, b: Date): boolean {
  return a.getFullYear() === b.getFullYear();
}
