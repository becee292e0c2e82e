/** Makes one note of two: the words of another note of the contact are added to its main one; and the way back. */
import { useQueryClient } from "@tanstack/react-query";
import { combineNotes, undoCombination } from "../api/calls";
import { Unreachable } from "../api/request";
import type { Contact } from "../api/types";
import { useText } from "../i18n/language";
import { toast, toastUndo } from "../ui/toasts";
import { dropNote } from "./dated-note-queries";

export function useCombine(contact: Pick<Contact, "id" | "main_note_id">): (noteId: string) => Promise<void> {
  const t = useText();
  const queries = useQueryClient();
  const say = (error: unknown) =>
    toast(error instanceof Error && !(error instanceof Unreachable) ? error.message : t("app.unreachable"));

  return async (noteId) => {
    try {
      const combination = await combineNotes(contact.main_note_id, noteId);
      dropNote(queries, contact.id, noteId);
      const undo = () => undoCombination(combination.id).then(() => toast(t("combine.undone")), say);
      toastUndo(t("combine.done"), t("toast.undo"), () => void undo());
    } catch (error) {
      say(error);
    }
  };
}
