/** What views read from the server, and what the device shows in its place when nobody answers. */
import { infiniteQueryOptions, QueryClient, queryOptions } from "@tanstack/react-query";
import {
  getContact,
  getNote,
  listContacts,
  listDeletedContacts,
  listProperties,
  listUsers,
  search,
} from "../api/calls";
import { Unreachable } from "../api/request";
import type { Asked, ContactPage } from "../contacts/contact-pages";
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

const LIST_KEPT_MS = 30 * 60_000;

/** Contacts in an order: all of them, or those that search finds, with the words that it found. */
export const contactsQuery = ({ device }: Session, asked: Asked) =>
  infiniteQueryOptions({
    queryKey: ["contacts", asked],
    initialPageParam: null as string | null,
    queryFn: async ({ pageParam: after, signal }): Promise<ContactPage> => {
      if (asked.q) return findContacts(asked, after, signal);
      const key = `contacts/${asked.sort}/${after ?? ""}`;
      const page = await orKept(device, key, () => listContacts(asked, after, signal));
      return { ...page, asked };
    },
    getNextPageParam: (page) => page.paging?.next?.after ?? null,
    gcTime: LIST_KEPT_MS,
  });

async function findContacts(asked: Asked, after: string | null, signal: AbortSignal): Promise<ContactPage> {
  const [page, hits] = await Promise.all([
    listContacts(asked, after, signal),
    after === null ? search(asked.q, { types: "contact", limit: EXCERPTS_MAX }, signal) : [],
  ]);
  return { ...page, asked, found: Object.fromEntries(hits.map((hit) => [hit.id, hit])) };
}

const EXCERPTS_MAX = 50;

/** Contacts and notes that hold all the words; some of each. */
export const searchQuery = (q: string) =>
  queryOptions({
    queryKey: ["search", q],
    queryFn: ({ signal }) => search(q, { limit: 8 }, signal),
    gcTime: 60_000,
  });

export const contactQuery = ({ device }: Session, id: string) =>
  queryOptions({
    queryKey: ["contact", id],
    queryFn: () => orKept(device, `contact/${id}`, () => getContact(id)),
  });

/** Contacts that were deleted and can be restored, the latest first. */
export const deletedContactsQuery = () =>
  infiniteQueryOptions({
    queryKey: ["deleted-contacts"],
    initialPageParam: null as string | null,
    queryFn: ({ pageParam, signal }) => listDeletedContacts(pageParam, signal),
    getNextPageParam: (page) => page.paging?.next?.after ?? null,
    staleTime: 0,
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
