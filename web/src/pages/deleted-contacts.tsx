/** Contacts that were deleted in the last 90 days: by whom, when, and a way to have each back. */
import { useInfiniteQuery, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import type { Contact } from "../api/types";
import { deletedContactsQuery, usersQuery } from "../app/queries";
import { useSession } from "../app/session";
import { erase } from "../deleting/deletion";
import { useRestoration } from "../deleting/use-restoration";
import { useDates, useText } from "../i18n/language";
import { ActionsMenu, Action } from "../ui/actions-menu";
import { Avatar } from "../ui/avatar";
import { Button, dangerClass } from "../ui/button";
import { Dialog } from "../ui/dialog";
import { nameOf } from "../ui/names";
import { contactClass } from "../ui/people";
import { useNow, useWhen } from "../ui/time";
import { toast } from "../ui/toasts";
import { Trash2 } from "lucide-react";
import { ColumnPage } from "./column-page";

export function DeletedContactsPage() {
  const t = useText();
  return (
    <ColumnPage title={t("deletion.list")} lead={t("deletion.listLead")}>
      <List />
    </ColumnPage>
  );
}

function List() {
  const t = useText();
  const query = useInfiniteQuery(deletedContactsQuery());
  if (query.isPending) return <p className="patient text-ink-3">{t("deleted.loading")}</p>;
  if (query.isError) {
    return (
      <div className="grid justify-items-start gap-3">
        <p className="text-ink-2">{t("deletion.listFailed")}</p>
        <Button onClick={() => void query.refetch()}>{t("app.retry")}</Button>
      </div>
    );
  }
  const contacts = query.data.pages.flatMap(({ results }) => results);
  if (contacts.length === 0) {
    return (
      <p className="rounded-card border border-dashed border-line-strong px-4 py-8 text-center text-ink-2">
        {t("deletion.listEmpty")}
      </p>
    );
  }
  return (
    <>
      <ul className="divide-y divide-line rounded-card border border-line bg-sheet">
        {contacts.map((contact) => (
          <Deleted key={contact.id} contact={contact} />
        ))}
      </ul>
      {query.hasNextPage && (
        <Button className="mt-4" disabled={query.isFetching} onClick={() => void query.fetchNextPage()}>
          {t("deletion.more")}
        </Button>
      )}
    </>
  );
}

function Deleted({ contact }: { readonly contact: Contact }) {
  const t = useText();
  const dates = useDates();
  const now = useNow();
  const session = useSession();
  const users = useQuery(usersQuery(session)).data;
  const { restore, pending, choice } = useRestoration(contact.id);
  const [erasing, setErasing] = useState(false);
  const { deletion } = contact;
  const when = useWhen(deletion?.at ?? "");
  const name = nameOf(contact) || t("contacts.noName");
  const by = users?.find(({ id }) => id === deletion?.by)?.name;
  return (
    <li className="flex items-center gap-3 px-3.5 py-2.5">
      <Avatar name={nameOf(contact)} color={contactClass(contact.id)} size="touch" />
      <div className="min-w-0 flex-1">
        <p className="truncate font-[550]">{name}</p>
        <p className="text-[12px] text-ink-3">
          {by ? t("deletion.by", { when, name: by }) : t("deletion.when", { when })}
          {deletion && (
            <span className="max-desk:hidden">
              {" · "}
              {t("deletion.until", { date: dates.day(new Date(deletion.restorable_until), now) })}
            </span>
          )}
        </p>
      </div>
      {contact.permissions.delete && (
        <Button disabled={pending} aria-label={t("deletion.restoreOne", { name })} onClick={restore}>
          {t("deletion.restore")}
        </Button>
      )}
      {session.me.role === "admin" && (
        <ActionsMenu label={t("contact.actions", { name })}>
          <Action icon={Trash2} onRun={() => setErasing(true)}>
            {t("deletion.erase")}
          </Action>
        </ActionsMenu>
      )}
      {choice}
      {erasing && <Erase contactId={contact.id} name={name} onClose={() => setErasing(false)} />}
    </li>
  );
}

interface EraseProps {
  readonly contactId: string;
  readonly name: string;
  readonly onClose: () => void;
}

function Erase({ contactId, name, onClose }: EraseProps) {
  const t = useText();
  const queries = useQueryClient();
  const erasure = useMutation({
    mutationFn: () => erase(queries, contactId),
    onSuccess: () => {
      onClose();
      toast(t("deletion.erased"));
    },
  });
  return (
    <Dialog open onClose={onClose} title={t("deletion.eraseConfirm", { name })}>
      <p className="text-ink-2">{t("deletion.eraseHelp")}</p>
      <p role="alert" className="mt-2 min-h-5 text-[13px] text-bad">
        {erasure.error && (erasure.error.message || t("deletion.failed"))}
      </p>
      <div className="mt-2 flex justify-end gap-2">
        <Button onClick={onClose}>{t("app.cancel")}</Button>
        <Button className={dangerClass} disabled={erasure.isPending} onClick={() => erasure.mutate()}>
          {t("deletion.erase")}
        </Button>
      </div>
    </Dialog>
  );
}
