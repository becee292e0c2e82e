/** What can be done with a contact's dated notes as a whole: have a deleted one back. */
import { RotateCcw } from "lucide-react";
import { useState } from "react";
import type { Contact } from "../api/types";
import { useText } from "../i18n/language";
import { Action, ActionsMenu } from "../ui/actions-menu";
import { Dialog } from "../ui/dialog";
import { DeletedActivities } from "./deleted-activities";

export function NotesMenu({ contact }: { readonly contact: Contact }) {
  const t = useText();
  const [restoring, setRestoring] = useState(false);
  return (
    <>
      <ActionsMenu label={t("dated.menu")} className="-mr-1">
        <Action icon={RotateCcw} onRun={() => setRestoring(true)}>
          {t("deleted.title")}
        </Action>
      </ActionsMenu>
      <Dialog open={restoring} onClose={() => setRestoring(false)} title={t("deleted.title")}>
        <DeletedActivities contact={contact} />
      </Dialog>
    </>
  );
}
