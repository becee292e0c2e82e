/**
 * Everything that belongs to the signed-in person: what this device keeps for them, and their documents. The part that
 * writes (Yjs and the provider) is loaded when a contact is opened, or when an earlier visit left words to deliver.
 */
import { createContext, useContext } from "react";
import { signOut } from "../api/calls";
import type { Me } from "../api/types";
import { bear } from "../notes/births";
import { openDevice, type Device } from "../sync/device";
import type { Documents } from "../sync/documents";
import { confirm, forget } from "./identity";

export interface Session {
  readonly me: Me;
  readonly device: Device;
  readonly documents: () => Promise<Documents>;
}

export async function openSession(me: Me): Promise<Session> {
  const device = await openDevice(me.id);
  let documents: Promise<Documents> | null = null;
  return { me, device, documents: () => (documents ??= loadDocuments(me, device)) };
}

async function loadDocuments(me: Me, device: Device): Promise<Documents> {
  const { createDocuments, createSocket } = await import("../sync/documents");
  const url = `${location.origin.replace(/^http/, "ws")}/sync`;
  const mayAsk = async (document: string) => {
    await confirm(me);
    await bear(device, document);
  };
  return createDocuments({ device, socket: createSocket({ url }), confirm: mayAsk });
}

/** Sends what earlier visits left on this device. Nothing to send, nothing loaded. */
export async function deliverLeftovers(session: Session): Promise<void> {
  if ((await session.device.pending()).length > 0) await (await session.documents()).deliver();
}

/** Changes that would be on this device only if the person left now. */
export async function unsent(session: Session): Promise<number> {
  return (await session.device.pending()).reduce((sum, each) => sum + each.count, 0);
}

/** Ends the session here and on the server; what is still to be sent stays on the device. Raises when nobody answers. */
export async function leave(session: Session): Promise<void> {
  await signOut();
  // First, so that other tabs let go of what is then removed.
  forget();
  await session.device.wipe();
  location.assign("/sign-in");
}

const SessionContext = createContext<Session | null>(null);
export const SessionProvider = SessionContext.Provider;

export function useSession(): Session {
  const session = useContext(SessionContext);
  if (!session) throw new Error("expected a session around this view");
  return session;
}
