/** The list of contacts: live, as long as it needs to be, searched, walked through and edited with the keyboard. */
import { keepPreviousData, useInfiniteQuery, useQueryClient } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { Plus, RotateCw } from "lucide-react";
import { lazy, Suspense, useCallback, useEffect, useMemo, useRef } from "react";
import { Unreachable } from "../api/request";
import { AccountMenu } from "../app/account-menu";
import { changed, reorder, streamLink } from "../app/live";
import { contactsQuery } from "../app/queries";
import { useSession } from "../app/session";
import { useStore } from "../app/store";
import { contactsIn, outOfPlace, type Asked } from "../contacts/contact-pages";
import { ContactTable } from "../contacts/contact-table";
import { askToCreate } from "../contacts/create-contact";
import { asked, rememberList, writeListSearch } from "../contacts/list-search";
import { ViewMenu } from "../contacts/view-menu";
import { useText } from "../i18n/language";
import { CommandIcon } from "../search/command-button";
import { SearchBox } from "../search/search-box";
import { announce } from "../ui/announcer";
import { Button } from "../ui/button";
import { useTitle } from "../ui/title";
import { Message } from "./fallbacks";

/** A menu is read after the list. */
const ListActions = lazy(() =>
  import("../contacts/list-actions").then(({ ListActions: actions }) => ({ default: actions })),
);
const route = getRouteApi("/signed-in/contacts");

export function ContactsPage() {
  const t = useText();
  const session = useSession();
  const queries = useQueryClient();
  const search = route.useSearch();
  const { q, sort } = asked(search);
  const ask = useAsk();
  const offline = useStore(streamLink) === "offline";
  const movers = useStore(changed);
  const query = useInfiniteQuery({
    ...contactsQuery(session, { q, sort }),
    placeholderData: keepPreviousData,
  });
  const page = useRef<HTMLElement>(null);
  useTitle(t("contacts.title"));
  useEffect(() => rememberList(search), [search]);

  const contacts = useMemo(() => query.data && contactsIn(query.data), [query.data]);
  // What is on screen may still answer the question before.
  const answered = query.data?.pages[0]?.asked ?? { q, sort };
  const searched = answered.q !== "";
  const total = query.data?.pages.at(-1)?.total ?? contacts?.length;
  const moved = useMemo(
    () => (contacts ? outOfPlace(contacts, movers, answered.sort) : 0),
    [contacts, movers, answered.sort],
  );
  useEffect(() => {
    if (answered.q && total !== undefined) announce(t("contacts.found", { count: total }));
  }, [answered.q, total, t]);

  const mayCreate = session.me.role !== "viewer";
  // On a phone the header has room for the sign alone; its name stays.
  const create = (compact: boolean) =>
    mayCreate && (
      <Button kind="primary" onClick={askToCreate}>
        <Plus aria-hidden size={15} strokeWidth={2} className="-ml-0.5" />
        <span className={compact ? "max-desk:sr-only" : ""}>{t("contacts.create")}</span>
      </Button>
    );

  return (
    <main
      id="content"
      ref={page}
      tabIndex={-1}
      aria-busy={query.isPlaceholderData}
      className="flex h-dvh min-w-0 flex-col"
    >
      <header className="grid grid-cols-[minmax(0,1fr)] gap-2 px-4 pt-2 pb-2 desk:gap-3 desk:px-5 desk:pt-4">
        <div className="flex items-center gap-2">
          <h1 className="text-[19px] font-semibold tracking-[-0.015em]">{t("contacts.title")}</h1>
          {total !== undefined && total > 0 && (
            <p className="min-w-0 truncate pt-0.5 text-[13px] text-ink-3">
              {t(searched ? "contacts.found" : "contacts.count", { count: total })}
            </p>
          )}
          <div className="ml-auto flex flex-none items-center gap-1">
            <CommandIcon className="desk:hidden" />
            {(contacts?.length !== 0 || searched) && create(true)}
            <span className="desk:hidden">
              <AccountMenu shape="disc" />
            </span>
          </div>
        </div>
        <div className="flex flex-wrap items-center gap-2">
          <SearchBox
            value={q}
            onSearch={(words) => ask({ q: words })}
            onLeave={() => page.current?.querySelector<HTMLElement>("[data-row] [tabindex='0']")?.focus()}
          />
          <div aria-live="polite" className="max-desk:order-last max-desk:w-full max-desk:empty:hidden">
            {moved > 0 && (
              <Button kind="quiet" className="text-accent!" onClick={() => void reorder(queries)}>
                <RotateCw aria-hidden size={14} strokeWidth={2} />
                {t("contacts.reorder", { count: moved })}
              </Button>
            )}
          </div>
          <div className="desk:ml-auto">
            <ViewMenu sort={sort} onSort={(next) => ask({ sort: next })} />
          </div>
          <Suspense fallback={<span className="size-7.5" />}>{mayCreate && <ListActions />}</Suspense>
        </div>
        {offline && contacts && (
          <p className="text-[13px] text-warn">{t(q ? "contacts.searchOffline" : "contacts.offline")}</p>
        )}
      </header>
      {contacts === undefined && query.isError && (
        <Message
          title={t(q ? "contacts.searchFailed" : "contacts.failed")}
          help={query.error instanceof Unreachable ? t("app.unreachable") : query.error.message}
        >
          <Button onClick={() => void query.refetch()}>{t("app.retry")}</Button>
        </Message>
      )}
      {contacts === undefined && !query.isError && <Skeleton />}
      {contacts?.length === 0 && searched && (
        <Message title={t("contacts.none", { query: answered.q })} help={t("contacts.noneHelp")}>
          <Button onClick={() => ask({ q: "" })}>{t("contacts.clearSearch")}</Button>
        </Message>
      )}
      {contacts?.length === 0 && !searched && (
        <Message
          title={t("contacts.empty")}
          help={t(mayCreate ? "contacts.emptyHelp" : "contacts.emptyHelpViewer")}
        >
          {create(false)}
        </Message>
      )}
      {contacts && contacts.length > 0 && (
        <ContactTable
          contacts={contacts}
          total={total ?? contacts.length}
          sort={answered.sort}
          name={`${answered.sort} ${answered.q}`}
          found={searched ? (query.data?.pages[0]?.found ?? {}) : null}
          onSort={(next) => ask({ sort: next })}
          onEnd={() => {
            if (query.hasNextPage && !query.isFetching) void query.fetchNextPage();
          }}
        />
      )}
    </main>
  );
}

/** Another search or order: the address says so, and Back still leads to where one came from. */
function useAsk(): (next: Partial<Asked>) => void {
  const navigate = route.useNavigate();
  return useCallback(
    (next) =>
      void navigate({
        search: (now) => writeListSearch({ ...asked(now), ...next }),
        replace: true,
        resetScroll: false,
      }),
    [navigate],
  );
}

function Skeleton() {
  const t = useText();
  return (
    <div className="patient min-h-0 overflow-hidden desk:pt-8" role="status">
      <span className="sr-only">{t("contacts.loading")}</span>
      {Array.from({ length: 12 }, (_, row) => (
        <div
          key={row}
          aria-hidden
          className="flex h-16 items-center gap-2.5 border-b border-line px-4 desk:h-10 desk:px-5"
        >
          <span className="size-6 rounded-full bg-sunk" />
          <span className="h-3 w-36 rounded bg-sunk" />
        </div>
      ))}
    </div>
  );
}
