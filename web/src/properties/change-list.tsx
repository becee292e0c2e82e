/** Changes of properties, the newest first: what became what, who did it, when, by which road, and the way back. */
import { useInfiniteQuery } from "@tanstack/react-query";
import { getPropertyHistory } from "../api/calls";
import type { Property, PropertyChange } from "../api/types";
import type { PlainKey } from "../i18n/catalogue";
import { useText } from "../i18n/language";
import { Avatar } from "../ui/avatar";
import { Button } from "../ui/button";
import { personClass } from "../ui/people";
import { When } from "../ui/time";
import { useEditing } from "./editing";
import { labelOf, valueText } from "./labels";
import { usePropertyDocument } from "./use-property-document";
import { keyOf, same, type Writes } from "./values";

const SOURCES: Partial<Record<PropertyChange["source"], PlainKey>> = {
  api: "history.source.api",
  import: "history.source.import",
};

interface ChangeListProps {
  readonly properties: readonly Property[];
  /** One property, or null for all; then each line names its own. */
  readonly only: string | null;
  readonly onRestored: () => void;
}

export function ChangeList({ properties, only, onRestored }: ChangeListProps) {
  const t = useText();
  const { contactId, version } = useEditing();
  const query = useInfiniteQuery({
    queryKey: ["property-history", contactId, only, version],
    queryFn: ({ pageParam }) => getPropertyHistory(contactId, only, pageParam),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.paging.next?.after ?? null,
    placeholderData: (previous) => previous,
    staleTime: 0,
  });
  const changes = query.data?.pages.flatMap(({ results }) => results);

  if (query.isError && !changes) {
    return (
      <div className="py-2 text-[13px] text-ink-2">
        {t("history.failed")} <Button onClick={() => void query.refetch()}>{t("app.retry")}</Button>
      </div>
    );
  }
  if (!changes) return <p className="patient py-2 text-[13px] text-ink-3">{t("history.loading")}</p>;
  if (changes.length === 0) return <p className="py-2 text-[13px] text-ink-3">{t("history.empty")}</p>;
  return (
    <>
      <ol className="divide-y divide-line">
        {changes.map((change) => {
          const property = properties.find(({ name }) => name === change.property);
          return (
            property && (
              <Line
                key={`${change.version} ${change.property} ${change.value}`}
                change={change}
                property={property}
                named={only === null}
                onRestored={onRestored}
              />
            )
          );
        })}
      </ol>
      {query.hasNextPage && (
        <Button kind="quiet" className="mt-2" onClick={() => void query.fetchNextPage()}>
          {t("history.more")}
        </Button>
      )}
    </>
  );
}

interface LineProps {
  readonly change: PropertyChange;
  readonly property: Property;
  readonly named: boolean;
  readonly onRestored: () => void;
}

function Line({ change, property, named, onRestored }: LineProps) {
  const t = useText();
  const { users, commit } = useEditing();
  const { values, editable } = usePropertyDocument();
  const text = (value: unknown) => valueText(t, property, String(value), users);
  const { actor, value, old, new: now } = change;
  const source = SOURCES[change.source];
  const label = labelOf(t, property);

  // Back to this value: the one that was set, or, of something taken away, what was there.
  const restored = now ?? old;
  const writes: Writes = { [value === null ? property.name : keyOf(property.name, value)]: restored };
  const differs = Object.entries(writes).some(([key, each]) => !same(values[key], each));
  const shown = value === null ? text(restored) : text(value);
  const restore = () => {
    commit(property, { writes, typed: shown }, "away");
    onRestored();
  };

  return (
    <li className="flex items-start gap-2 py-2 text-[13px]">
      {actor ? (
        <Avatar name={actor.name} color={personClass(actor.id, actor.color)} size="s" className="mt-0.5" />
      ) : (
        <span className="size-5" />
      )}
      <div className="min-w-0 flex-1">
        <p className="break-words">
          {named && <span className="text-ink-3">{label} · </span>}
          {value !== null ? (
            <>
              <span className="text-ink-3">
                {t(
                  now === null ? "history.removed" : old === null ? "history.added" : "history.primary",
                )}{" "}
              </span>
              {text(value)}
            </>
          ) : (
            <>
              {old !== null && <s className="text-ink-3">{text(old)}</s>} {old !== null && "→ "}
              {now === null ? <span className="text-ink-3">--</span> : text(now)}
            </>
          )}
        </p>
        <p className="text-[12px] text-ink-3">
          {actor?.name ?? t("history.somebody")} · <When at={change.at} />
          {source && ` · ${t(source)}`}
        </p>
      </div>
      {editable && !property.read_only && differs && restored !== null && (
        <Button
          kind="quiet"
          aria-label={t("history.restoreValue", { value: shown })}
          className="h-7! text-[12.5px]!"
          onClick={restore}
        >
          {t("history.restore")}
        </Button>
      )}
    </li>
  );
}
