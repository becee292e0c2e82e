/** Changes the title or the date of a dated note: at once here, then on the server; as it was again when that fails. */
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { changeNote } from "../api/calls";
import { Unreachable } from "../api/request";
import type { Note } from "../api/types";
import { useSession } from "../app/session";
import { useText } from "../i18n/language";
import { toast } from "../ui/toasts";
import { bear } from "./births";
import { placeNote } from "./dated-note-queries";

type Heading = Partial<Pick<Note, "title" | "occurred_at">>;

export function useNoteHeading(note: Note): (heading: Heading) => void {
  const t = useText();
  const { device } = useSession();
  const queries = useQueryClient();
  const { mutate } = useMutation({
    mutationFn: async (heading: Heading) => {
      await bear(device, `note/${note.id}`);
      return changeNote(note.id, heading);
    },
    onMutate: (heading) => placeNote(queries, { ...note, ...heading }),
    onSuccess: (changed) => placeNote(queries, changed),
    onError: (error) => {
      placeNote(queries, note);
      toast(error instanceof Unreachable ? t("app.unreachable") : error.message || t("dated.changeFailed"));
    },
  });
  return mutate;
}
