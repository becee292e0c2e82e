/** Versions under the day on which they ended, in their order. */
import type { NoteVersion } from "../api/types";

export interface Day {
  readonly day: string;
  readonly versions: readonly NoteVersion[];
}

export function byDay(versions: readonly NoteVersion[], nameOf: (at: Date) => string): readonly Day[] {
  const days: { day: string; versions: NoteVersion[] }[] = [];
  for (const version of versions) {
    const day = nameOf(new Date(version.ended_at));
    const last = days.at(-1);
    if (last?.day === day) last.versions.push(version);
    else days.push({ day, versions: [version] });
  }
  return days;
}
