/** What else can be done with the list as a whole. */
import { useNavigate } from "@tanstack/react-router";
import { Trash2, Upload } from "lucide-react";
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
      <Action icon={Trash2} onRun={() => void navigate({ to: "/contacts/deleted" })}>
        {t("deletion.list")}
      </Action>
    </ActionsMenu>
  );
}
