/** A quiet line on a contact's page: who else may be the same person, and why. */
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import type { Contact } from "../api/types";
import { useText } from "../i18n/language";
import { askToMerge } from "../merge/merge-asked";
import { nameOf } from "../ui/names";
import { toast } from "../ui/toasts";
import { dismiss, duplicatesOfQuery } from "./duplicate-queries";

const linkClass = "touchable rounded-sm text-accent hover:underline";

export function LikelySame({ contact }: { readonly contact: Contact }) {
  const t = useText();
  const queries = useQueryClient();
  const [first, ...others] = useQuery(duplicatesOfQuery(contact.id)).data ?? [];
  const dismissal = useMutation({
    mutationFn: dismiss.bind(null, queries),
    onSuccess: () => toast(t("duplicates.ignored")),
    onError: () => toast(t("duplicates.ignoreFailed")),
  });
  const other = first?.contacts.find(({ id }) => id !== contact.id);
  if (!first || !other) return null;
  const name = nameOf(other) || t("contacts.noName");
  const names = { one: nameOf(contact), other: name };
  return (
    <aside className="mt-3 flex flex-wrap items-baseline gap-x-2 rounded-card bg-sunk px-3 py-2 text-[13px] text-ink-2">
      <p className="min-w-0">
        {t("duplicates.maybe")}{" "}
        <Link
          to="/contacts/$contactId"
          params={{ contactId: other.id }}
          className="font-[550] text-ink hover:underline"
        >
          {name}
        </Link>{" "}
        ({t(`duplicates.reason.${first.reasons[0] ?? "name"}`)})
        {others.length > 0 && (
          <>
            {" "}
            <Link to="/contacts/duplicates" className="hover:underline">
              {t("duplicates.others", { count: others.length })}
            </Link>
          </>
        )}
      </p>
      <p className="ml-auto flex gap-3">
        <button type="button" className={linkClass} onClick={() => askToMerge(contact.id, other.id)}>
          {t("duplicates.compare")}
        </button>
        <button
          type="button"
          className="touchable rounded-sm hover:text-ink hover:underline"
          aria-label={t("duplicates.ignoreOne", names)}
          disabled={dismissal.isPending}
          onClick={() => dismissal.mutate(first)}
        >
          {t("duplicates.ignore")}
        </button>
      </p>
    </aside>
  );
}
