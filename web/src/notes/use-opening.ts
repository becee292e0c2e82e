/** A document, open for as long as the view that shows it. */
import { useEffect, useState, useSyncExternalStore } from "react";
import { useSession } from "../app/session";
import type { Opening, Snapshot } from "../sync/opening";

const nothing = () => null;
const never = () => () => undefined;

/** Both are null until the part of the app that writes has loaded. */
export function useOpening(document: string): { opening: Opening | null; snapshot: Snapshot | null } {
  const session = useSession();
  const [opening, setOpening] = useState<Opening | null>(null);

  useEffect(() => {
    let mine: Opening | null = null;
    let gone = false;
    const open = async () => {
      const documents = await session.documents();
      if (!gone) setOpening((mine = documents.open(document)));
    };
    void open();
    return () => {
      gone = true;
      mine?.close();
      setOpening(null);
    };
  }, [session, document]);

  const snapshot = useSyncExternalStore<Snapshot | null>(
    opening?.subscribe ?? never,
    opening?.snapshot ?? nothing,
  );
  return { opening, snapshot };
}
