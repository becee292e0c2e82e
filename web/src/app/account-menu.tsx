/** Who is signed in, and how to leave. On phones it also holds what the navigation holds on a desk. */
import { Popover } from "@base-ui/react/popover";
import { ChevronsUpDown, LogOut } from "lucide-react";
import { useState } from "react";
import { useText } from "../i18n/language";
import { Avatar } from "../ui/avatar";
import { Button } from "../ui/button";
import { Dialog } from "../ui/dialog";
import { personClass } from "../ui/people";
import { LanguageSwitch, ThemeSwitch } from "../ui/switches";
import { toast } from "../ui/toasts";
import { LinkState } from "./link-state";
import { leave, unsent, useSession } from "./session";

interface AccountMenuProps {
  /** `row`: in the navigation, with the name. `disc`: in a phone's header, with the switches inside. */
  readonly shape: "row" | "disc";
}

export function AccountMenu({ shape }: AccountMenuProps) {
  const t = useText();
  const session = useSession();
  const { me } = session;
  const [open, setOpen] = useState(false);
  const [asked, setAsked] = useState(0);

  const signOut = () => leave(session).catch(() => toast(t("account.signOutFailed")));
  const ask = async () => {
    const pending = await unsent(session);
    setOpen(false);
    if (pending > 0) setAsked(pending);
    else await signOut();
  };

  return (
    <>
      <Popover.Root open={open} onOpenChange={setOpen}>
        <Popover.Trigger
          aria-label={t("account.menu", { name: me.name })}
          className={
            shape === "row"
              ? "touchable flex w-full items-center gap-2.5 rounded-field px-2 py-1.5 text-left hover:bg-sunk data-popup-open:bg-sunk"
              : "touchable grid place-items-center rounded-full"
          }
        >
          <Avatar name={me.name} color={personClass(me.id, me.color)} />
          {shape === "row" && (
            <>
              <span className="min-w-0 flex-1 truncate text-[13px]">{me.name}</span>
              <ChevronsUpDown aria-hidden size={14} strokeWidth={1.75} className="text-ink-3" />
            </>
          )}
        </Popover.Trigger>
        <Popover.Portal>
          <Popover.Positioner
            side={shape === "row" ? "top" : "bottom"}
            align={shape === "row" ? "start" : "end"}
            sideOffset={6}
            collisionPadding={8}
            className="z-50"
          >
            <Popover.Popup className="floating w-64 p-2">
              <div className="px-2 pt-1 pb-2">
                <Popover.Title className="truncate font-semibold">{me.name}</Popover.Title>
                <Popover.Description className="truncate text-[13px] text-ink-2">
                  {me.email}
                </Popover.Description>
                <p className="mt-0.5 text-[12px] text-ink-3">{t(`account.role.${me.role}`)}</p>
              </div>
              {shape === "disc" && (
                <div className="grid justify-items-start gap-3 border-t border-line px-2 py-3">
                  <LinkState />
                  <ThemeSwitch />
                  <LanguageSwitch />
                </div>
              )}
              <div className="border-t border-line pt-1.5">
                <Button kind="quiet" className="w-full justify-start" onClick={() => void ask()}>
                  <LogOut aria-hidden size={15} strokeWidth={1.75} />
                  {t("account.signOut")}
                </Button>
              </div>
            </Popover.Popup>
          </Popover.Positioner>
        </Popover.Portal>
      </Popover.Root>
      <Dialog open={asked > 0} onClose={() => setAsked(0)} title={t("account.unsentTitle", { count: asked })}>
        <p className="text-ink-2">{t("account.unsentText")}</p>
        <div className="mt-5 flex flex-wrap justify-end gap-2">
          <Button onClick={() => void signOut()}>{t("account.signOutAnyway")}</Button>
          <Button kind="primary" onClick={() => setAsked(0)}>
            {t("account.stay")}
          </Button>
        </div>
      </Dialog>
    </>
  );
}
