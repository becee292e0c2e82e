/** The photo that a contact has, or would have, as one value among others; its letters where there is none. */
import { useText } from "../i18n/language";
import { Avatar } from "../ui/avatar";
import { contactClass } from "../ui/people";

interface PortraitProps {
  readonly contact: { readonly id: string; readonly name: string };
  /** Where the picture is. */
  readonly photo: string | null;
  readonly large?: boolean;
}

export function Portrait({ contact, photo, large = false }: PortraitProps) {
  const t = useText();
  return (
    <span className="flex items-center gap-3">
      <Avatar
        name={contact.name}
        color={contactClass(contact.id)}
        photo={photo}
        size={large ? "l" : "touch"}
        className={large ? "size-18! text-[24px]!" : ""}
      />
      {photo ? (
        <span className="sr-only">{t("merge.photo")}</span>
      ) : (
        <span className="text-[13px] text-ink-2">{t("merge.noPhoto")}</span>
      )}
    </span>
  );
}
