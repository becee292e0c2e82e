/** The pages and their addresses. Everything but signing in stands behind a session. */
import type { QueryClient } from "@tanstack/react-query";
import {
  createRootRouteWithContext,
  createRoute,
  createRouter,
  lazyRouteComponent,
  Outlet,
  redirect,
} from "@tanstack/react-router";
import { ContactsPage } from "../pages/contacts";
import { Failed, NotFound } from "../pages/fallbacks";
import { SignInPage } from "../pages/sign-in";
import { askServer, remembered } from "./identity";
import { Frame } from "./frame";
import { asked, readListSearch } from "../contacts/list-search";
import { contactQuery, contactsQuery, noteQuery, propertiesQuery, usersQuery } from "./queries";
import { versionsQuery } from "../history/version-queries";
import { openSession, type Session } from "./session";

interface Context {
  readonly queries: QueryClient;
}

const root = createRootRouteWithContext<Context>()({ component: Outlet, notFoundComponent: NotFound });

export interface SignInSearch {
  readonly next?: string;
  readonly again?: boolean;
}

const signIn = createRoute({
  getParentRoute: () => root,
  path: "/sign-in",
  component: SignInPage,
  validateSearch: (search: Record<string, unknown>): SignInSearch => ({
    // Only a path of our own: never a way to lead somebody elsewhere after signing in.
    ...(typeof search.next === "string" && /^\/(?![/\\])/.test(search.next) ? { next: search.next } : {}),
    ...(search.again ? { again: true } : {}),
  }),
});

let session: Promise<Session> | null = null;

/** The session of whom this device remembers, at once; else of whom the cookie names. */
async function requireSession(next: string): Promise<Session> {
  if (session) return session;
  const kept = remembered();
  if (kept) return (session = openSession(kept));
  const asked = await askServer();
  if (asked.kind === "known") return (session = openSession(asked.me));
  throw redirect({ to: "/sign-in", search: next === "/" ? {} : { next } });
}

const signedIn = createRoute({
  getParentRoute: () => root,
  id: "signed-in",
  component: Frame,
  errorComponent: Failed,
  beforeLoad: async ({ location }) => ({ session: await requireSession(location.href) }),
});

const home = createRoute({
  getParentRoute: () => signedIn,
  path: "/",
  beforeLoad: () => {
    throw redirect({ to: "/contacts", replace: true });
  },
});

const contacts = createRoute({
  getParentRoute: () => signedIn,
  path: "/contacts",
  component: ContactsPage,
  validateSearch: readListSearch,
  loaderDeps: ({ search }) => asked(search),
  loader: ({ context: { queries, session }, deps }) => {
    void queries.prefetchInfiniteQuery(contactsQuery(session, deps));
    void queries.prefetchQuery(propertiesQuery(session));
    void queries.prefetchQuery(usersQuery(session));
  },
});

const contact = createRoute({
  getParentRoute: () => signedIn,
  path: "/contacts/$contactId",
  component: lazyRouteComponent(() => import("../pages/contact"), "ContactPage"),
  // Everything the page will ask for starts here, side by side, also when a pointer only rests on the link.
  loader: ({ context: { queries, session }, params }) => {
    void queries
      .ensureQueryData(contactQuery(session, params.contactId))
      .then(({ main_note_id }) => queries.prefetchQuery(noteQuery(session, main_note_id)))
      .catch(() => undefined);
    void session.documents();
    void import("../editor");
  },
});

export interface HistorySearch {
  readonly version?: number;
}

const noteHistory = createRoute({
  getParentRoute: () => signedIn,
  path: "/contacts/$contactId/notes/$noteId/history",
  component: lazyRouteComponent(() => import("../pages/note-history"), "NoteHistoryPage"),
  validateSearch: ({ version }: Record<string, unknown>): HistorySearch =>
    Number.isSafeInteger(version) && Number(version) > 0 ? { version: Number(version) } : {},
  loader: ({ context: { queries, session }, params }) => {
    void queries.prefetchQuery(contactQuery(session, params.contactId));
    void queries.prefetchQuery(noteQuery(session, params.noteId));
    void queries.prefetchInfiniteQuery(versionsQuery(params.noteId));
  },
});

const deletedContacts = createRoute({
  getParentRoute: () => signedIn,
  path: "/contacts/deleted",
  component: lazyRouteComponent(() => import("../pages/deleted-contacts"), "DeletedContactsPage"),
});

const duplicates = createRoute({
  getParentRoute: () => signedIn,
  path: "/contacts/duplicates",
  component: lazyRouteComponent(() => import("../pages/duplicates"), "DuplicatesPage"),
});

const importPage = createRoute({
  getParentRoute: () => signedIn,
  path: "/import",
  component: lazyRouteComponent(() => import("../pages/import"), "ImportPage"),
});

const tree = root.addChildren([
  signIn,
  signedIn.addChildren([home, contacts, contact, deletedContacts, duplicates, noteHistory, importPage]),
]);

export function createAppRouter(queries: QueryClient) {
  return createRouter({
    routeTree: tree,
    context: { queries },
    defaultPreload: "intent",
    defaultPreloadStaleTime: 0,
    scrollRestoration: true,
    // A list is where one left it, however one comes back to it.
    getScrollRestorationKey: ({ pathname, href, state }) =>
      pathname === "/contacts" ? href : (state.key ?? href),
    defaultErrorComponent: Failed,
    defaultNotFoundComponent: NotFound,
  });
}

declare module "@tanstack/react-router" {
  interface Register {
    router: ReturnType<typeof createAppRouter>;
  }
}
