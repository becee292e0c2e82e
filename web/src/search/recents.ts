/** The contacts that somebody visited last, kept on the device among what is theirs. */
import { queryOptions, useQueryClient, type QueryClient } from "@tanstack/react-query";
import { useRouterState } from "@tanstack/react-router";
import { useEffect } from "react";
import type { Contact } from "../api/types";
import { contactQuery } from "../app/queries";
import { useSession, type Session } from "../app/session";
import { contactOn } from "./commands";

const RECORD = "visited";
const KEPT_MAX = 12;
const SHOWN_MAX = 5;

export function withVisit(visited: readonly string[], id: string): string[] {
  return [id, ...visited.filter((each) => each !== id)].slice(0, KEPT_MAX);
}

/** Remembers each contact whose page is opened. */
export function useVisits(): void {
  const { device } = useSession();
  const queries = useQueryClient();
  const id = useRouterState({ select: ({ location }) => contactOn(location.pathname) });
  useEffect(() => {
    if (id === null) return;
    const remember = async () => {
      await device.keepRecord(RECORD, withVisit((await device.record<string[]>(RECORD)) ?? [], id));
      await queries.invalidateQueries({ queryKey: ["recents"] });
    };
    void remember();
  }, [id, device, queries]);
}

/** As they are now, without those that are gone and the one that is open. */
export const recentsQuery = (session: Session, queries: QueryClient, open: string | null) =>
  queryOptions({
    queryKey: ["recents", open],
    queryFn: async (): Promise<Contact[]> => {
      const visited = (await session.device.record<string[]>(RECORD)) ?? [];
      const ids = visited.filter((id) => id !== open).slice(0, SHOWN_MAX);
      const read = ids.map((id) => queries.ensureQueryData(contactQuery(session, id)).catch(() => null));
      return (await Promise.all(read)).filter((contact) => contact !== null);
    },
    staleTime: 0,
  });
