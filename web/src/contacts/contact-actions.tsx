/** What can be done with a contact as a whole. */
import { Merge, Trash2 } from "lucide-react";
import type { Contact } from "../api/types";
import { askToDelete } from "../deleting/deleting";
import { useText } from "../i18n/language";
import { askToMerge } from "../merge/merge-asked";
import { Action, ActionsMenu } from "../ui/actions-menu";

interface ContactActionsProps {
  readonly contact: Contact;
  readonly name: string;
  readonly className?: string;
  readonly tabIndex?: number;
}

export function ContactActions({ contact, name, ...rest }: ContactActionsProps) {
  const t = useText();
  const { permissions } = contact;
  if (!permissions.edit && !permissions.delete) return null;
  return (
    <ActionsMenu label={t("contact.actions", { name: name || t("contacts.noName") })} {...rest}>
      {permissions.edit && (
        <Action icon={Merge} onRun={() => askToMerge(contact.id)}>
          {t("merge.action")}
        </Action>
      )}
      {permissions.delete && (
        <Action icon={Trash2} onRun={() => askToDelete(contact)}>
          {t("deletion.action")}
        </Action>
      )}
    </ActionsMenu>
  );
}
