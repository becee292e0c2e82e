/** The photo of a contact; a press gives it one, or another, or takes it away. */
import { Menu } from "@base-ui/react/menu";
import { useQueryClient } from "@tanstack/react-query";
import { Camera, ImageUp, Trash2 } from "lucide-react";
import { useRef, useState, type ChangeEvent } from "react";
import { deleteAvatar, getContact, putAvatar } from "../api/calls";
import { Problem } from "../api/request";
import type { Contact } from "../api/types";
import { place } from "../app/live";
import { useText } from "../i18n/language";
import { Avatar } from "../ui/avatar";
import { contactClass } from "../ui/people";
import { toast, toastUndo } from "../ui/toasts";

const BYTES_MAX = 10 * 1024 * 1024;
const TYPES = "image/jpeg,image/png,image/gif,image/webp";

interface ContactPhotoProps {
  readonly contact: Contact;
  readonly name: string;
}

export function ContactPhoto({ contact, name }: ContactPhotoProps) {
  const t = useText();
  const queries = useQueryClient();
  const input = useRef<HTMLInputElement>(null);
  const [busy, setBusy] = useState(false);
  const disc = <Avatar name={name} color={contactClass(contact.id)} size="l" photo={contact.avatar} />;
  if (!contact.permissions.edit) return disc;

  const change = async (act: () => Promise<unknown>) => {
    setBusy(true);
    try {
      await act();
      place(queries, await getContact(contact.id));
      return true;
    } catch (error) {
      const status = error instanceof Problem ? error.status : 0;
      toast(t(status === 413 ? "avatar.tooLarge" : status === 415 ? "avatar.noImage" : "avatar.failed"));
      return false;
    } finally {
      setBusy(false);
    }
  };
  const choose = (event: ChangeEvent<HTMLInputElement>) => {
    const file = event.target.files?.[0];
    event.target.value = "";
    if (!file) return;
    if (file.size > BYTES_MAX) toast(t("avatar.tooLarge"));
    else void change(() => putAvatar(contact.id, file));
  };
  const remove = async () => {
    const photo = contact.avatar && (await fetch(contact.avatar).catch(() => null));
    const kept = photo && photo.ok ? new File([await photo.blob()], "photo.jpg") : null;
    if (!(await change(() => deleteAvatar(contact.id)))) return;
    if (kept)
      toastUndo(t("avatar.removed"), t("toast.undo"), () => void change(() => putAvatar(contact.id, kept)));
  };

  const pick = () => input.current?.click();
  const face = (
    <>
      {disc}
      <span
        aria-hidden
        className="absolute -right-0.5 -bottom-0.5 grid size-5.5 place-items-center rounded-full border border-line bg-sheet text-ink-2 opacity-0 transition-opacity group-hover:opacity-100 group-focus-visible:opacity-100 pointer-coarse:opacity-100"
      >
        <Camera size={12} strokeWidth={1.9} />
      </span>
    </>
  );
  const buttonClass = `group relative flex-none rounded-full ${busy ? "opacity-60" : ""}`;

  return (
    <>
      <input ref={input} type="file" accept={TYPES} onChange={choose} hidden data-photo />
      {contact.avatar ? (
        <Menu.Root modal={false}>
          <Menu.Trigger aria-label={t("avatar.actions", { name })} className={buttonClass}>
            {face}
          </Menu.Trigger>
          <Menu.Portal>
            <Menu.Positioner align="start" sideOffset={6} collisionPadding={8} className="z-50">
              <Menu.Popup className="floating min-w-48 p-1">
                <Menu.Item onClick={pick} className="menu-item">
                  <ImageUp aria-hidden size={14} strokeWidth={1.75} />
                  {t("avatar.change")}
                </Menu.Item>
                <Menu.Item onClick={() => void remove()} className="menu-item">
                  <Trash2 aria-hidden size={14} strokeWidth={1.75} />
                  {t("avatar.remove")}
                </Menu.Item>
              </Menu.Popup>
            </Menu.Positioner>
          </Menu.Portal>
        </Menu.Root>
      ) : (
        <button
          type="button"
          aria-label={t("avatar.add")}
          title={t("avatar.add")}
          onClick={pick}
          className={buttonClass}
        >
          {face}
        </button>
      )}
    </>
  );
}
