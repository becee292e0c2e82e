/** Takes a merge back, and says what became of it: where the other contact is again, and what stayed as it was edited. */
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { undoMerge } from "../api/calls";
import { Unreachable } from "../api/request";
import type { Merge } from "../api/types";
import { propertiesQuery } from "../app/queries";
import { useSession } from "../app/session";
import { useText } from "../i18n/language";
import { labelOf } from "../properties/labels";
import { toast, toastUndo } from "../ui/toasts";
import { mergedNow } from "./after";
import { namesOf } from "./names";

const SHOWN_MS = 12_000;

interface Undoing {
  readonly merge: Merge;
  /** Notes made since that go along. */
  readonly move: readonly string[];
}

export function useUndoMerge() {
  const t = useText();
  const queries = useQueryClient();
  const navigate = useNavigate();
  const properties = useQuery(propertiesQuery(useSession())).data ?? [];
  return useMutation({
    mutationFn: ({ merge, move }: Undoing) => undoMerge(merge.id, [...move]),
    onSuccess: (merge) => {
      mergedNow(queries, merge);
      const name = namesOf(t, merge).secondary;
      const kept = (merge.kept ?? []).flatMap((each) => {
        const property = properties.find((one) => one.name === each);
        return property ? [labelOf(t, property)] : [];
      });
      const said =
        kept.length > 0 ? t("undo.doneBut", { name, names: kept.join(", ") }) : t("undo.done", { name });
      toastUndo(
        said,
        t("undo.open", { name }),
        () => void navigate({ to: "/contacts/$contactId", params: { contactId: merge.secondary_id } }),
        SHOWN_MS,
      );
    },
    onError: (error) =>
      toast(error instanceof Unreachable ? t("merge.offline") : error.message || t("undo.failed")),
  });
}
