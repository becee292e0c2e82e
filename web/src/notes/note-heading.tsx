/** The head of a note that came by a merge: whose it was, and what can be done with it. */
import { useNavigate } from "@tanstack/react-router";
import { Combine, History } from "lucide-react";
import type { Contact } from "../api/types";
import { useText } from "../i18n/language";
import { Action, ActionsMenu } from "../ui/actions-menu";
import { useCombine } from "./use-combine";

interface NoteHeadingProps {
  readonly noteId: string;
  readonly contact: Contact;
  readonly title: string;
}

export function NoteHeading({ noteId, contact, title }: NoteHeadingProps) {
  const t = useText();
  const navigate = useNavigate();
  const combine = useCombine(contact);
  const showHistory = () =>
    navigate({
      to: "/contacts/$contactId/notes/$noteId/history",
      params: { contactId: contact.id, noteId },
    });
  return (
    <div className="mt-5 flex min-h-9 items-center gap-2 border-t border-line pt-2">
      <h3 className="min-w-0 line-clamp-2 break-words text-[13px] font-semibold text-ink-2">{title}</h3>
      <ActionsMenu label={t("dated.actions", { title })} className="-mr-1.5 ml-auto">
        <Action icon={History} onRun={() => void showHistory()}>
          {t("versions.show")}
        </Action>
        {contact.permissions.edit && (
          <Action icon={Combine} onRun={() => void combine(noteId)}>
            {t("combine.withMain")}
          </Action>
        )}
      </ActionsMenu>
    </div>
  );
}
