/** Contacts that may be the same person, the likeliest first, for somebody to decide. */
import { useInfiniteQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { AccountMenu } from "../app/account-menu";
import { useSession } from "../app/session";
import { DuplicateCard } from "../duplicates/duplicate-card";
import { duplicatesQuery } from "../duplicates/duplicate-queries";
import { SurePairs } from "../duplicates/sure-pairs";
import { useText } from "../i18n/language";
import { Brand } from "../ui/brand";
import { Button } from "../ui/button";
import { useTitle } from "../ui/title";

export function DuplicatesPage() {
  const t = useText();
  useTitle(t("duplicates.list"));
  return (
    <main id="content" tabIndex={-1} className="min-w-0">
      <div className="flex items-center justify-between border-b border-line bg-paper px-4 py-1.5 desk:hidden">
        <Brand />
        <AccountMenu shape="disc" />
      </div>
      <div className="mx-auto max-w-[46rem] px-4 pb-24 desk:px-8">
        <nav aria-label={t("contact.path")} className="flex h-13 items-center gap-1.5 text-[13px] text-ink-3">
          <Link to="/contacts" className="rounded-sm hover:text-ink hover:underline">
            {t("app.contacts")}
          </Link>
          <span aria-hidden>›</span>
          <span className="text-ink-2">{t("duplicates.list")}</span>
        </nav>
        <h1 className="text-[22px] leading-tight font-[650] tracking-[-0.018em]">{t("duplicates.list")}</h1>
        <p className="mt-1.5 mb-5 max-w-[64ch] text-ink-2">{t("duplicates.lead")}</p>
        <Pairs />
      </div>
    </main>
  );
}

function Pairs() {
  const t = useText();
  const { me } = useSession();
  const query = useInfiniteQuery(duplicatesQuery());
  if (query.isPending) return <p className="patient text-ink-3">{t("duplicates.loading")}</p>;
  if (query.isError) {
    return (
      <div className="grid justify-items-start gap-3">
        <p className="text-ink-2">{t("duplicates.failed")}</p>
        <Button onClick={() => void query.refetch()}>{t("app.retry")}</Button>
      </div>
    );
  }
  const pairs = query.data.pages.flatMap(({ results }) => results);
  const mayDecide = me.role !== "viewer";
  return (
    <>
      {mayDecide && <SurePairs count={query.data.pages[0]?.sure ?? 0} />}
      {pairs.length === 0 && (
        <div className="rounded-card border border-dashed border-line-strong px-4 py-8 text-center">
          <p className="font-[550]">{t("duplicates.empty")}</p>
          <p className="mt-0.5 text-[13px] text-ink-2">{t("duplicates.emptyHelp")}</p>
        </div>
      )}
      <ul className="grid gap-3">
        {pairs.map((pair) => (
          <DuplicateCard
            key={pair.contacts.map(({ id }) => id).join(" ")}
            pair={pair}
            mayDecide={mayDecide}
          />
        ))}
      </ul>
      {query.hasNextPage && (
        <Button className="mt-4" disabled={query.isFetching} onClick={() => void query.fetchNextPage()}>
          {t("duplicates.more")}
        </Button>
      )}
    </>
  );
}
