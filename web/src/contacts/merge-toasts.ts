/** What somebody is told whose page became another contact's: who did it, and the way back. */
import { useCallback, useMemo } from "react";
import { getMerge, undoMerge } from "../api/calls";
import type { Contact } from "../api/types";
import { useSession } from "../app/session";
import { useText } from "../i18n/language";
import { namesOf } from "../merge/names";
import { nameIn, valuesOf } from "../properties/values";
import { toast, toastUndo, undoMergeMs } from "../ui/toasts";

export function useMergeToasts() {
  const t = useText();
  const { me } = useSession();
  const nameOf = useCallback((contact: Contact) => nameIn(valuesOf(contact)) || t("contacts.noName"), [t]);

  const undo = useCallback(
    (id: string) => undoMerge(id).catch((error: Error) => toast(error.message || t("app.unreachable"))),
    [t],
  );

  return useMemo(
    () => ({
      /** An address that leads elsewhere since long is a word; a page that was open meanwhile may be had back at once. */
      tellOfMerge: async (into: Contact, { wasOpen }: { readonly wasOpen: boolean }) => {
        const id = into.resolved_by;
        const merge = wasOpen && id ? await getMerge(id).catch(() => null) : null;
        if (!merge?.actor) return toast(t("merged.leadsHere", { name: nameOf(into) }));
        if (merge.actor.id === me.id) return;
        const said = t("merged.toast", { actor: merge.actor.name, name: namesOf(t, merge).primary });
        if (into.permissions.edit)
          toastUndo(said, t("merged.undo"), () => void undo(merge.id), undoMergeMs());
        else toast(said);
      },
      tellOfUndoing: (contact: Contact) => toast(t("merged.undone", { name: nameOf(contact) })),
    }),
    [t, me, nameOf, undo],
  );
}
