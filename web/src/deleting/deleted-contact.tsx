/** What is said where a contact was: over its page for who had it open, in its place for who comes later. */
import { useQuery } from "@tanstack/react-query";
import { Trash2 } from "lucide-react";
import { usersQuery } from "../app/queries";
import { useSession } from "../app/session";
import { useText } from "../i18n/language";
import { Message, ToContacts } from "../pages/fallbacks";
import { Button } from "../ui/button";
import { useWhen } from "../ui/time";
import type { DeletionTold } from "./deletion";
import { useRestoration } from "./use-restoration";

interface DeletedProps {
  readonly deletion: DeletionTold;
}

export function DeletedBanner({ deletion }: DeletedProps) {
  const t = useText();
  const { me } = useSession();
  const said = useWho(deletion);
  const { restore, pending, choice } = useRestoration(deletion.contactId);
  return (
    <div role="alert" className="mt-3 mb-5 rounded-card border border-warn px-3.5 py-3 desk:mt-0">
      <p className="flex items-center gap-2 font-[550]">
        <Trash2 aria-hidden size={15} strokeWidth={1.75} className="flex-none text-warn" />
        {said}
      </p>
      <p className="mt-0.5 text-[13px] text-ink-2">
        {t(deletion.deletion ? "deletion.bannerHelp" : "deletion.forGood")}
      </p>
      <div className="mt-3 flex flex-wrap items-center gap-2">
        {deletion.deletion && me.role !== "viewer" && (
          <Button kind="primary" disabled={pending} onClick={restore}>
            {t("deletion.restore")}
          </Button>
        )}
        <ToContacts />
      </div>
      {choice}
    </div>
  );
}

export function DeletedMessage({ deletion }: DeletedProps) {
  const t = useText();
  const { me } = useSession();
  const said = useWho(deletion);
  const { restore, pending, choice } = useRestoration(deletion.contactId);
  const mayRestore = deletion.deletion !== null && me.role !== "viewer";
  const { name } = deletion;
  return (
    <Message
      title={name ? t("deletion.goneNamed", { name }) : t("deletion.gone")}
      help={deletion.deletion ? `${said}.` : t("deletion.forGood")}
    >
      <div className="flex flex-wrap justify-center gap-2">
        {mayRestore && (
          <Button kind="primary" disabled={pending} onClick={restore}>
            {t("deletion.restore")}
          </Button>
        )}
        <ToContacts />
      </div>
      {choice}
    </Message>
  );
}

/** "Léa deleted this contact 5 minutes ago". */
function useWho({ deletion }: DeletionTold): string {
  const t = useText();
  const users = useQuery(usersQuery(useSession())).data;
  const when = useWhen(deletion?.at ?? "");
  if (!deletion) return t("deletion.gone");
  const name = users?.find(({ id }) => id === deletion.by)?.name;
  return name ? t("deletion.bannerBy", { name, when }) : t("deletion.banner", { when });
}
