/** The list of contacts: live, as long as it needs to be, walked through with the arrow keys. */
import { useInfiniteQuery } from "@tanstack/react-query";
import { Plus } from "lucide-react";
import { useState } from "react";
import { Unreachable } from "../api/request";
import { AccountMenu } from "../app/account-menu";
import { streamLink } from "../app/live";
import { contactsQuery } from "../app/queries";
import { useSession } from "../app/session";
import { useStore } from "../app/store";
import { ContactTable } from "../contacts/contact-table";
import { CreateContact } from "../contacts/create-contact";
import { useText } from "../i18n/language";
import { Brand } from "../ui/brand";
import { Button } from "../ui/button";
import { useTitle } from "../ui/title";
import { Message } from "./fallbacks";

export function ContactsPage() {
  const t = useText();
  const session = useSession();
  const offline = useStore(streamLink) === "offline";
  const query = useInfiniteQuery(contactsQuery(session));
  const [creating, setCreating] = useState(false);
  useTitle(t("contacts.title"));

  const contacts = query.data?.pages.flatMap((page) => page.results);
  const total = query.data?.pages[0]?.total ?? contacts?.length;
  const mayCreate = session.me.role !== "viewer";
  // On a phone the header has room for the sign alone; its name stays.
  const create = (compact: boolean) =>
    mayCreate && (
      <Button kind="primary" onClick={() => setCreating(true)}>
        <Plus aria-hidden size={15} strokeWidth={2} className="-ml-0.5" />
        <span className={compact ? "max-desk:sr-only" : ""}>{t("contacts.create")}</span>
      </Button>
    );

  return (
    <main id="content" tabIndex={-1} className="min-w-0">
      <div className="flex items-center justify-between border-b border-line bg-paper px-4 py-1.5 desk:hidden">
        <Brand />
        <AccountMenu shape="disc" />
      </div>
      <header className="sticky top-0 z-10 flex items-center gap-3 bg-paper px-4 py-3 desk:px-5 desk:pt-4 desk:pb-2">
        <h1 className="text-[19px] font-semibold tracking-[-0.015em]">{t("contacts.title")}</h1>
        {total !== undefined && total > 0 && (
          <p className="text-[13px] whitespace-nowrap text-ink-3">{t("contacts.count", { count: total })}</p>
        )}
        <div className="ml-auto">{contacts?.length !== 0 && create(true)}</div>
      </header>
      {offline && contacts && (
        <p className="px-4 pb-2 text-[13px] text-warn desk:px-5">{t("contacts.offline")}</p>
      )}
      {contacts === undefined && query.isError && (
        <Message
          title={t("contacts.failed")}
          help={query.error instanceof Unreachable ? t("app.unreachable") : query.error.message}
        >
          <Button onClick={() => void query.refetch()}>{t("app.retry")}</Button>
        </Message>
      )}
      {contacts === undefined && !query.isError && <Skeleton />}
      {contacts?.length === 0 && (
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
          onEnd={() => {
            if (query.hasNextPage && !query.isFetching) void query.fetchNextPage();
          }}
        />
      )}
      {mayCreate && <CreateContact open={creating} onClose={() => setCreating(false)} />}
    </main>
  );
}

function Skeleton() {
  const t = useText();
  return (
    <div className="patient mt-8" role="status">
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
