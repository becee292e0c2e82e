/** Deleting a contact, asked from anywhere: it says what goes with it, does it, and offers to take it back. */
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import type { Contact } from "../api/types";
import { createStore, useStore } from "../app/store";
import { lastListSearch } from "../contacts/list-search";
import { useText } from "../i18n/language";
import { Button, dangerClass } from "../ui/button";
import { Dialog } from "../ui/dialog";
import { nameOf } from "../ui/names";
import { toast, toastUndo } from "../ui/toasts";
import { bringBack, takeAway } from "./deletion";

const asked = createStore<Contact | null>(null);

export const askToDelete = (contact: Contact) => asked.set(contact);

export function Deleting() {
  const contact = useStore(asked);
  return contact && <Confirm key={contact.id} contact={contact} onClose={() => asked.set(null)} />;
}

interface ConfirmProps {
  readonly contact: Contact;
  readonly onClose: () => void;
}

function Confirm({ contact, onClose }: ConfirmProps) {
  const t = useText();
  const queries = useQueryClient();
  const navigate = useNavigate();
  const name = nameOf(contact) || t("contacts.noName");
  const merged = contact.merged_ids.length;

  const restore = async () => {
    try {
      await bringBack(queries, contact.id);
      toast(t("deletion.restored"));
      await navigate({ to: "/contacts/$contactId", params: { contactId: contact.id } });
    } catch (error) {
      toast((error instanceof Error && error.message) || t("deletion.restoreFailed"));
    }
  };
  const deletion = useMutation({
    mutationFn: () => takeAway(queries, contact.id),
    onSuccess: async () => {
      onClose();
      await navigate({ to: "/contacts", search: lastListSearch() });
      toastUndo(t("deletion.done"), t("toast.undo"), () => void restore());
    },
  });

  return (
    <Dialog open onClose={onClose} title={t("deletion.confirm", { name })}>
      <p className="text-ink-2">{t("deletion.confirmHelp")}</p>
      {merged > 0 && <p className="mt-2 text-ink-2">{t("deletion.confirmMerged", { count: merged })}</p>}
      <p role="alert" className="mt-2 min-h-5 text-[13px] text-bad">
        {deletion.error && (deletion.error.message || t("deletion.failed"))}
      </p>
      <div className="mt-2 flex justify-end gap-2">
        <Button onClick={onClose}>{t("app.cancel")}</Button>
        <Button className={dangerClass} disabled={deletion.isPending} onClick={() => deletion.mutate()}>
          {t("deletion.submit")}
        </Button>
      </div>
    </Dialog>
  );
}
