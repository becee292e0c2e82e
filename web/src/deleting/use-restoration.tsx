/** Restoring a contact, from wherever that is offered; where its address belongs to another by now, somebody chooses. */
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { useText } from "../i18n/language";
import { askToMerge } from "../merge/merge-asked";
import { Button } from "../ui/button";
import { Dialog } from "../ui/dialog";
import { toast } from "../ui/toasts";
import { bringBack, holdersIn, type Holder } from "./deletion";

interface Restoration {
  readonly restore: () => void;
  readonly pending: boolean;
  /** Stands beside the button: the choice, when there is one. */
  readonly choice: ReactNode;
}

export function useRestoration(contactId: string): Restoration {
  const t = useText();
  const queries = useQueryClient();
  const navigate = useNavigate();
  const restoration = useMutation({
    mutationFn: ({ anyway }: { readonly anyway: boolean }) => bringBack(queries, contactId, anyway),
    onSuccess: () => toast(t("deletion.restored")),
    onError: (error) => {
      if (holdersIn(error).length === 0) toast(error.message || t("deletion.restoreFailed"));
    },
  });
  const [holder] = holdersIn(restoration.error);
  const anyway = () => restoration.mutateAsync({ anyway: true });
  const merge = async (other: Holder) => {
    const { id } = await anyway();
    await navigate({ to: "/contacts/$contactId", params: { contactId: other.id } });
    askToMerge(other.id, id);
  };
  const choice = holder && (
    <Dialog open onClose={() => restoration.reset()} title={t("deletion.taken")}>
      <p className="text-ink-2">{t("deletion.takenHelp", { name: holder.name, value: holder.value })}</p>
      <div className="mt-5 flex flex-wrap justify-end gap-2">
        <Button kind="quiet" onClick={() => restoration.reset()}>
          {t("app.cancel")}
        </Button>
        <Button onClick={() => void anyway()}>{t("deletion.takenAnyway")}</Button>
        <Button kind="primary" onClick={() => void merge(holder)}>
          {t("deletion.takenMerge")}
        </Button>
      </div>
    </Dialog>
  );
  return { restore: () => restoration.mutate({ anyway: false }), pending: restoration.isPending, choice };
}
