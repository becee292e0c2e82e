/** What can be done with one dated note. */
import { useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { History, Link2, Pencil, Trash2 } from "lucide-react";
import type { Note } from "../api/types";
import { useSession } from "../app/session";
import { useText } from "../i18n/language";
import { Action, ActionsMenu } from "../ui/actions-menu";
import { copyText } from "../ui/clipboard";
import { toast, toastUndo } from "../ui/toasts";
import { bringBack, takeAway } from "./dated-note-queries";
import { anchorOf } from "./use-linked-note";

interface NoteActionsProps {
  readonly note: Note;
  readonly title: string;
  readonly mayWrite: boolean;
  readonly onWrite: () => void;
  readonly onDelete: () => void;
}

export function NoteActions({ note, title, mayWrite, onWrite, onDelete }: NoteActionsProps) {
  const t = useText();
  const session = useSession();
  const queries = useQueryClient();

  const navigate = useNavigate();

  const showHistory = () =>
    navigate({
      to: "/contacts/$contactId/notes/$noteId/history",
      params: { contactId: note.contact_id, noteId: note.id },
    });
  const copyLink = async () => {
    await copyText(`${location.origin}/contacts/${note.contact_id}#${anchorOf(note.id)}`);
    toast(t("dated.linkCopied"));
  };
  const restore = () =>
    bringBack(queries, note.contact_id, note.id).then(
      () => toast(t("dated.restored")),
      (error: Error) => toast(error.message || t("dated.restoreFailed")),
    );
  const remove = async () => {
    onDelete();
    try {
      await takeAway(queries, session, note);
      toastUndo(t("dated.deleted"), t("toast.undo"), () => void restore());
    } catch {
      toast(t("dated.deleteFailed"));
    }
  };

  return (
    <ActionsMenu label={t("dated.actions", { title })}>
      {mayWrite && (
        <Action icon={Pencil} onRun={onWrite}>
          {t("dated.editShort")}
        </Action>
      )}
      <Action icon={Link2} onRun={() => void copyLink()}>
        {t("dated.copyLink")}
      </Action>
      <Action icon={History} onRun={() => void showHistory()}>
        {t("versions.show")}
      </Action>
      {mayWrite && (
        <Action icon={Trash2} onRun={() => void remove()}>
          {t("dated.delete")}
        </Action>
      )}
    </ActionsMenu>
  );
}
