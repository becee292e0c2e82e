/** What can be done with a contact as a whole. */
import { Trash2 } from "lucide-react";
import type { Contact } from "../api/types";
import { askToDelete } from "../deleting/deleting";
import { useText } from "../i18n/language";
import { Action, ActionsMenu } from "../ui/actions-menu";

interface ContactActionsProps {
  readonly contact: Contact;
  readonly name: string;
  readonly className?: string;
}

export function ContactActions({ contact, name, className = "" }: ContactActionsProps) {
  const t = useText();
  if (!contact.permissions.delete) return null;
  return (
    <ActionsMenu label={t("contact.actions", { name })} className={className}>
      <Action icon={Trash2} onRun={() => askToDelete(contact)}>
        {t("deletion.action")}
      </Action>
    </ActionsMenu>
  );
}
