/** What else can be done with the list as a whole. */
import { useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { CopyCheck, Trash2, Upload } from "lucide-react";
import { duplicateCountQuery } from "../duplicates/duplicate-queries";
import { useText } from "../i18n/language";
import { Action, ActionsMenu } from "../ui/actions-menu";

export function ListActions() {
  const t = useText();
  const navigate = useNavigate();
  return (
    <ActionsMenu label={t("contacts.actions")}>
      <Action icon={Upload} onRun={() => void navigate({ to: "/import" })}>
        {t("import.heading")}
      </Action>
      <DuplicatesAction onRun={() => void navigate({ to: "/contacts/duplicates" })} />
      <Action icon={Trash2} onRun={() => void navigate({ to: "/contacts/deleted" })}>
        {t("deletion.list")}
      </Action>
    </ActionsMenu>
  );
}

/** How many there are is counted when the menu opens. */
function DuplicatesAction({ onRun }: { readonly onRun: () => void }) {
  const t = useText();
  const total = useQuery(duplicateCountQuery()).data?.total;
  return (
    <Action icon={CopyCheck} onRun={onRun}>
      {total ? t("duplicates.listCount", { count: total }) : t("duplicates.list")}
    </Action>
  );
}
