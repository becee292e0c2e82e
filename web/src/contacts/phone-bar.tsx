/** The top of a contact's page on a phone: the way back, and the name once it has scrolled away. */
import { Link } from "@tanstack/react-router";
import { ChevronLeft } from "lucide-react";
import type { ReactNode } from "react";
import type { Contact } from "../api/types";
import { AccountMenu } from "../app/account-menu";
import { useText } from "../i18n/language";
import { Avatar } from "../ui/avatar";
import { contactClass } from "../ui/people";
import { useScrolledPast } from "../ui/scrolled";
import { ContactActions } from "./contact-actions";
import { lastListSearch } from "./list-search";

/** Below it the name is read in the page itself. */
const HEADER_HEIGHT = 56;

interface PhoneBarProps {
  readonly name: string;
  readonly contact?: Contact;
  readonly children?: ReactNode;
}

export function PhoneBar({ name, contact, children }: PhoneBarProps) {
  const t = useText();
  const past = useScrolledPast(HEADER_HEIGHT);
  return (
    <div className="sticky top-0 z-20 flex h-13 items-center gap-1 border-b border-line bg-sheet pr-2 pl-1 desk:hidden">
      <Link
        to="/contacts"
        search={lastListSearch()}
        aria-label={t("contact.back")}
        className="touchable flex items-center rounded-field pr-1 pl-2 text-ink-2"
      >
        <ChevronLeft aria-hidden size={22} strokeWidth={1.75} />
      </Link>
      <p
        aria-hidden
        className={`flex min-w-0 flex-1 items-center gap-2 transition-opacity ${past ? "" : "opacity-0"}`}
      >
        {contact && <Avatar name={name} color={contactClass(contact.id)} photo={contact.avatar} />}
        <span className="truncate text-[15px] font-semibold tracking-tight">{name}</span>
      </p>
      {children}
      {contact && <ContactActions contact={contact} name={name} />}
      <AccountMenu shape="disc" />
    </div>
  );
}
