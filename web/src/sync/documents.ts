/**
 * The documents of one signed-in person: opened for a view, or delivered in the background when an earlier visit left
 * words that no acknowledgement covers. This is the only thing the rest of the app imports to write.
 */
import type { Device } from "./device";
import { openDocument, type Opening } from "./opening";
import { pendingOf } from "./save-state";
import type { Socket } from "./socket";

export { createSocket } from "./socket";

export interface Documents {
  readonly open: (document: string) => Opening;
  /** Sends what earlier visits left on this device; ends when all is acknowledged or the network is gone. */
  readonly deliver: () => Promise<void>;
}

export interface DocumentsOptions {
  readonly device: Device;
  readonly socket: Socket;
  /** Resolves once this document may be asked for: the cookie is this person's, and what began here is made there. */
  readonly confirm: (document: string) => Promise<void>;
}

export function createDocuments({ device, socket, confirm }: DocumentsOptions): Documents {
  const inView = new Set<string>();
  let delivery: Promise<void> | null = null;

  const openOne = (document: string) =>
    openDocument({ document, device, socket, confirm: () => confirm(document) });

  async function deliverAll(): Promise<void> {
    const owed = new Set((await device.pending()).map((each) => each.document));
    for (const document of owed) {
      if (inView.has(document)) continue;
      if ((await outcome(openOne(document))) === "offline") return;
    }
  }

  const deliver = () => (delivery ??= deliverAll().finally(() => (delivery = null)));

  return {
    open: (document) => {
      const opening = openOne(document);
      inView.add(document);
      return {
        ...opening,
        close: () => {
          const pending = pendingOf(opening.snapshot().save);
          inView.delete(document);
          opening.close();
          if (pending > 0) void deliver();
        },
      };
    },
    deliver,
  };
}

/** Waits until the opening has said all it will, then closes it. */
function outcome(opening: Opening): Promise<"delivered" | "offline"> {
  return new Promise((resolve) => {
    const look = () => {
      const { kind } = opening.snapshot().save;
      if (kind === "opening" || kind === "saving" || kind === "late") return;
      opening.close();
      resolve(kind === "offline" ? "offline" : "delivered");
    };
    opening.subscribe(look);
    look();
  });
}
