/** Moments as a field of date and time has them: the clock on the wall, to the minute, "2026-11-12T10:42". */

export function toLocal(at: string): string {
  const moment = new Date(at);
  const two = (number: number) => String(number).padStart(2, "0");
  const day = `${moment.getFullYear().toString().padStart(4, "0")}-${two(moment.getMonth() + 1)}-${two(moment.getDate())}`;
  return `${day}T${two(moment.getHours())}:${two(moment.getMinutes())}`;
}

/** The moment in UTC; null for what is none. */
export function fromLocal(typed: string): string | null {
  const moment = new Date(typed);
  return Number.isNaN(moment.getTime()) ? null : moment.toISOString();
}
