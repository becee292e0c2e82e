/** Said in the place of a note that somebody deleted while it was being written in. Nothing of it is lost: it can be had back. */
import { useMutation, useQueryClient } from "@tanstack/react-query";
import type { Note } from "../api/types";
import { useText } from "../i18n/language";
import { Button } from "../ui/button";
import { toast } from "../ui/toasts";
import { bringBack } from "./dated-note-queries";

interface DeletedMeanwhileProps {
  readonly note: Note;
  readonly onRestored: () => void;
  readonly onClose: () => void;
}

export function DeletedMeanwhile({ note, onRestored, onClose }: DeletedMeanwhileProps) {
  const t = useText();
  const queries = useQueryClient();
  const restore = useMutation({
    mutationFn: () => bringBack(queries, note.contact_id, note.id),
    onSuccess: onRestored,
    onError: (error) => toast(error.message || t("dated.restoreFailed")),
  });
  return (
    <div role="status" className="mb-3 rounded-card bg-sunk px-3.5 py-3">
      <p className="font-[550]">{t("dated.gone")}</p>
      <p className="mt-0.5 text-[13px] text-ink-2">{t("dated.goneHelp")}</p>
      <div className="mt-3 flex flex-wrap gap-2">
        <Button disabled={restore.isPending} onClick={() => restore.mutate()}>
          {t("deleted.restore")}
        </Button>
        <Button kind="quiet" onClick={onClose}>
          {t("dated.close")}
        </Button>
      </div>
    </div>
  );
}
