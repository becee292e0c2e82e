/** What stands around every page of a signed-in person: the way to the content, the navigation, the live region. */
import { Link, Outlet, useRouterState } from "@tanstack/react-router";
import { Upload, Users } from "lucide-react";
import { useEffect, useRef } from "react";
import { CreateContact } from "../contacts/create-contact";
import { Deleting } from "../deleting/deleting";
import { lastListSearch } from "../contacts/list-search";
import { useText } from "../i18n/language";
import { MergeHost } from "../merge/merge-host";
import { CommandButton } from "../search/command-button";
import { CommandHost } from "../search/command-host";
import { useVisits } from "../search/recents";
import { Announcer } from "../ui/announcer";
import { Brand } from "../ui/brand";
import { LanguageSwitch, ThemeSwitch } from "../ui/switches";
import { AccountMenu } from "./account-menu";
import { LinkState } from "./link-state";
import { useSession } from "./session";

export function Shell() {
  const t = useText();
  const { me } = useSession();
  const onList = useRouterState({ select: ({ location }) => location.pathname === "/contacts" });
  useFocusOnPage();
  useVisits();
  return (
    <div className="desk:grid desk:grid-cols-[208px_minmax(0,1fr)]">
      <a
        href="#content"
        className="sr-only z-60 rounded-field bg-accent px-3 py-2 text-accent-ink focus:not-sr-only focus:fixed focus:top-2 focus:left-2"
      >
        {t("app.skip")}
      </a>
      <nav
        aria-label={t("app.nav")}
        className="sticky top-0 hidden h-dvh flex-col border-r border-line px-2 py-3 desk:flex"
      >
        <Brand className="mb-2 px-2 py-1" />
        <CommandButton />
        <Link
          to="/contacts"
          search={onList ? {} : lastListSearch()}
          activeOptions={{ includeSearch: false }}
          className="flex h-8 items-center gap-2.5 rounded-field px-2 text-ink-2 hover:bg-sunk hover:text-ink aria-[current=page]:bg-sunk aria-[current=page]:font-[550] aria-[current=page]:text-ink"
        >
          <Users aria-hidden size={16} strokeWidth={1.75} />
          {t("app.contacts")}
        </Link>
        {me.role !== "viewer" && (
          <Link
            to="/import"
            className="mt-0.5 flex h-8 items-center gap-2.5 rounded-field px-2 text-ink-2 hover:bg-sunk hover:text-ink aria-[current=page]:bg-sunk aria-[current=page]:font-[550] aria-[current=page]:text-ink"
          >
            <Upload aria-hidden size={16} strokeWidth={1.75} />
            {t("app.import")}
          </Link>
        )}
        <div className="mt-auto grid gap-2.5">
          <LinkState className="px-2" />
          <div className="flex items-center justify-between gap-2 px-1">
            <ThemeSwitch />
            <LanguageSwitch />
          </div>
          <div className="border-t border-line pt-2">
            <AccountMenu shape="row" />
          </div>
        </div>
      </nav>
      <Outlet />
      <Announcer />
      {me.role !== "viewer" && <CreateContact />}
      {me.role !== "viewer" && <MergeHost />}
      {me.role !== "viewer" && <Deleting />}
      <CommandHost />
    </div>
  );
}

/** A new page begins at its content, also for whoever does not see that it changed. */
function useFocusOnPage(): void {
  const path = useRouterState({ select: ({ resolvedLocation }) => resolvedLocation?.pathname });
  const shown = useRef(path);
  useEffect(() => {
    if (path === shown.current) return;
    const first = shown.current === undefined;
    shown.current = path;
    const content = document.getElementById("content");
    // Unless the page itself knows better where one was.
    if (!first && !content?.contains(document.activeElement)) content?.focus({ preventScroll: true });
  }, [path]);
}
