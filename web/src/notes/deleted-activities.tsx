/** What was deleted of a contact in the last 90 days: by whom, when, and a way to have it back in its place. */
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import type { Contact, DeletedActivity } from "../api/types";
import { useDates, useText } from "../i18n/language";
import { Button } from "../ui/button";
import { useWhen } from "../ui/time";
import { toast } from "../ui/toasts";
import { bringBack, deletedActivitiesQuery } from "./dated-note-queries";

export function DeletedActivities({ contact }: { readonly contact: Contact }) {
  const t = useText();
  const query = useQuery(deletedActivitiesQuery(contact.id));
  if (query.isPending) return <p className="patient text-ink-2">{t("deleted.loading")}</p>;
  if (query.isError)
    return (
      <div className="grid justify-items-start gap-3">
        <p className="text-ink-2">{t("deleted.failed")}</p>
        <Button onClick={() => void query.refetch()}>{t("app.retry")}</Button>
      </div>
    );
  const { results } = query.data;
  if (results.length === 0) return <p className="text-ink-2">{t("deleted.empty")}</p>;
  return (
    <>
      <p className="-mt-2 mb-2 text-[13px] text-ink-2">{t("deleted.help")}</p>
      <ul className="-mx-5 -mb-2 max-h-[min(24rem,55vh)] overflow-y-auto px-5">
        {results.map((activity) => (
          <Deleted key={activity.id} activity={activity} mayRestore={contact.permissions.edit} />
        ))}
      </ul>
    </>
  );
}

interface DeletedProps {
  readonly activity: DeletedActivity;
  readonly mayRestore: boolean;
}

function Deleted({ activity, mayRestore }: DeletedProps) {
  const t = useText();
  const dates = useDates();
  const queries = useQueryClient();
  const when = useWhen(activity.deleted_at);
  const restore = useMutation({
    mutationFn: () => bringBack(queries, activity.contact_id, activity.id),
    onSuccess: () => toast(t("dated.restored")),
    onError: (error) => toast(error.message || t("dated.restoreFailed")),
  });
  const name = activity.deleted_by?.name;
  const title = activity.title ?? (activity.excerpt || t("dated.untitled"));
  return (
    <li className="flex items-center gap-3 border-t border-line py-2.5 first:border-0">
      <div className="min-w-0 flex-1">
        <p className="truncate font-[550]">{title}</p>
        {activity.title && activity.excerpt && (
          <p className="truncate text-[13px] text-ink-2">{activity.excerpt}</p>
        )}
        <p className="text-[12px] text-ink-3" title={dates.exact(new Date(activity.deleted_at))}>
          {activity.combined_into && `${t("combine.deleted")} · `}
          {name ? t("deleted.by", { when, name }) : t("deleted.when", { when })}
        </p>
      </div>
      {mayRestore && (
        <Button
          disabled={restore.isPending}
          aria-label={t("deleted.restoreOne", { title })}
          onClick={() => restore.mutate()}
        >
          {t("deleted.restore")}
        </Button>
      )}
    </li>
  );
}
