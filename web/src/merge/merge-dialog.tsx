/** Merging two contacts: whom with, then what becomes of them. Nothing happens before the last button. */
import { useState } from "react";
import { useQuery } from "@tanstack/react-query";
import { contactQuery } from "../app/queries";
import { useSession } from "../app/session";
import { useText } from "../i18n/language";
import { nameOf } from "../ui/names";
import { Sheet } from "../ui/sheet";
import { ChooseContact } from "./choose-contact";
import type { MergeAsked } from "./merge-asked";
import { MergeTable } from "./merge-table";

interface MergeDialogProps {
  readonly asked: MergeAsked;
  readonly onClose: () => void;
}

export function MergeDialog({ asked, onClose }: MergeDialogProps) {
  const t = useText();
  const [otherId, setOtherId] = useState(asked.otherId ?? null);
  const contact = useQuery(contactQuery(useSession(), asked.contactId)).data;
  const name = contact ? nameOf(contact) || t("contacts.noName") : "…";
  return (
    <Sheet
      title={otherId ? t("merge.title") : t("merge.whom", { name })}
      wide={otherId !== null}
      onClose={onClose}
    >
      {otherId === null ? (
        contact && <ChooseContact contact={contact} onChoose={setOtherId} />
      ) : (
        <MergeTable
          contactId={asked.contactId}
          otherId={otherId}
          onBack={asked.otherId === undefined ? () => setOtherId(null) : onClose}
          onClose={onClose}
        />
      )}
    </Sheet>
  );
}
