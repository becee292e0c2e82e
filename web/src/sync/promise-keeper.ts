/** Writes down, per tab and document, how many changes are still to be delivered, so that a closed tab owes them too. */
import type { Device } from "./device";

export function promiseKeeper(device: Device, document: string, session: string): (count: number) => void {
  let promised = 0;
  const write = latest(async (count: number) => {
    if (count === 0) await device.dropPending(document, session);
    else await device.setPending({ document, session, count, stamp: Date.now() + Math.random() });
  });
  return (count) => {
    if (count === promised) return;
    promised = count;
    write(count);
  };
}

/** Runs `write` with the newest value, one at a time: between two runs only the last value counts. */
function latest<T>(write: (value: T) => Promise<void>): (value: T) => void {
  let waiting: { value: T } | null = null;
  let busy = false;
  const run = async () => {
    busy = true;
    while (waiting) {
      const { value } = waiting;
      waiting = null;
      await write(value);
    }
    busy = false;
  };
  return (value) => {
    waiting = { value };
    if (!busy) void run();
  };
}
