/** What views read from the server, and what the device shows in its place when nobody answers. */
import { infiniteQueryOptions, QueryClient, queryOptions, type InfiniteData } from "@tanstack/react-query";
import { getContact, getNote, listContacts, listProperties, listUsers } from "../api/calls";
import { Unreachable } from "../api/request";
import type { Contact, Page } from "../api/types";
import type { Device } from "../sync/device";
import type { Session } from "./session";

export function createQueryClient(): QueryClient {
  return new QueryClient({
    defaultOptions: {
      queries: {
        // `navigator.onLine` is wrong too often; the stream of changes says what is stale.
        networkMode: "always",
        staleTime: Number.POSITIVE_INFINITY,
        refetchOnWindowFocus: false,
        refetchOnReconnect: false,
        retry: (failures, error) => error instanceof Unreachable && failures < 2,
        retryDelay: 400,
      },
      mutations: { networkMode: "always" },
    },
  });
}

export type ContactPages = InfiniteData<Page<Contact>, string | null>;

export const contactsQuery = ({ device }: Session) =>
  infiniteQueryOptions({
    queryKey: ["contacts"],
    initialPageParam: null as string | null,
    queryFn: ({ pageParam }) => orKept(device, `contacts/${pageParam ?? ""}`, () => listContacts(pageParam)),
    getNextPageParam: (page) => page.paging?.next?.after ?? null,
  });

export const contactQuery = ({ device }: Session, id: string) =>
  queryOptions({
    queryKey: ["contact", id],
    queryFn: () => orKept(device, `contact/${id}`, () => getContact(id)),
  });

export const noteQuery = ({ device }: Session, id: string) =>
  queryOptions({ queryKey: ["note", id], queryFn: () => orKept(device, `note/${id}`, () => getNote(id)) });

/** What a contact can hold, in the order of a form. */
export const propertiesQuery = ({ device }: Session) =>
  queryOptions({
    queryKey: ["properties"],
    queryFn: async () => (await orKept(device, "properties", listProperties)).results,
  });

/** Everybody with an account. */
export const usersQuery = ({ device }: Session) =>
  queryOptions({
    queryKey: ["users"],
    queryFn: async () => (await orKept(device, "users", listUsers)).results,
  });

/** The server's answer, kept for later; or, when nobody answers, the one kept last time. */
export async function orKept<T>(device: Device, key: string, ask: () => Promise<T>): Promise<T> {
  try {
    const answer = await ask();
    void device.keepRecord(key, answer);
    return answer;
  } catch (error) {
    const kept = error instanceof Unreachable ? await device.record<T>(key) : undefined;
    if (kept === undefined) throw error;
    return kept;
  }
}
