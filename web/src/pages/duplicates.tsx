/** Contacts that may be the same person, the likeliest first, for somebody to decide. */
import { useInfiniteQuery } from "@tanstack/react-query";
import { useSession } from "../app/session";
import { DuplicateCard } from "../duplicates/duplicate-card";
import { comparedIn, duplicatesQuery } from "../duplicates/duplicate-queries";
import { SurePairs } from "../duplicates/sure-pairs";
import { useText } from "../i18n/language";
import { Progress } from "../ui/progress";
import { Button } from "../ui/button";
import { ColumnPage } from "./column-page";

export function DuplicatesPage() {
  const t = useText();
  return (
    <ColumnPage title={t("duplicates.list")} lead={t("duplicates.lead")}>
      <Pairs />
    </ColumnPage>
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
  const compared = comparedIn(query.data.pages);
  const all = compared === 1;
  const mayDecide = me.role !== "viewer";
  return (
    <>
      {!all && (
        <div role="status" className="mb-2 text-[13px] text-ink-2">
          <p>{t("duplicates.comparing")}</p>
          <Progress label={t("duplicates.loading")} share={compared} />
        </div>
      )}
      {all && mayDecide && <SurePairs count={query.data.pages[0]?.sure ?? 0} />}
      {all && pairs.length === 0 && (
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
