/** One contact in the list on a phone, in two lines. The whole of it is the link. */
import { Link } from "@tanstack/react-router";
import type { Contact, Found } from "../api/types";
import { Avatar } from "../ui/avatar";
import { nameOf } from "../ui/names";
import { contactClass } from "../ui/people";
import { When } from "../ui/time";
import { Excerpt } from "./cell-text";
import { Name } from "./contact-row";
import { rememberOpened } from "./list-search";
import { useLit } from "./use-lit";
import { usePreparation } from "./use-preparation";

interface ContactLineProps {
  readonly contact: Contact;
  readonly found: Found | undefined;
  readonly index: number;
  readonly count: number;
  readonly top: number;
  readonly height: number;
  readonly reachable: boolean;
  readonly onFocus: () => void;
}

export function ContactLine({
  contact,
  found,
  index,
  count,
  top,
  height,
  reachable,
  onFocus,
}: ContactLineProps) {
  const prepare = usePreparation(contact);
  const lit = useLit(contact.id);
  const { company, jobtitle } = contact.properties;
  const place = company ?? jobtitle;
  const shown = ["firstname", "lastname", "avatar", "company", "notes_excerpt"].some((field) =>
    lit?.has(field),
  );
  return (
    <div
      role="listitem"
      aria-setsize={count}
      aria-posinset={index + 1}
      data-row={index}
      data-contact={contact.id}
      style={{ height, transform: `translateY(${top}px)` }}
      className={`absolute inset-x-0 top-0 flex items-center gap-3 border-b border-line px-4 active:bg-sunk has-focus-visible:bg-sunk ${shown ? "lit" : ""}`}
    >
      <Avatar name={nameOf(contact)} color={contactClass(contact.id)} photo={contact.avatar} size="touch" />
      <div className="min-w-0 flex-1">
        <p className="flex items-baseline gap-3">
          <Link
            to="/contacts/$contactId"
            params={{ contactId: contact.id }}
            data-column={0}
            tabIndex={reachable ? 0 : -1}
            onPointerDown={prepare}
            onFocus={onFocus}
            onClick={() => rememberOpened(contact.id)}
            className="min-w-0 flex-1 truncate text-[15px] font-[550] outline-none after:absolute after:inset-0 focus-visible:after:outline-2 focus-visible:after:-outline-offset-2 focus-visible:after:outline-accent"
          >
            <Name contact={contact} found={found} />
          </Link>
          <When at={contact.updated_at} className="flex-none text-[12px] text-ink-3" />
        </p>
        <p className="mt-0.5 truncate text-[13px] text-ink-3">
          {place}
          {place && (contact.notes_excerpt || found) && " · "}
          <Excerpt contact={contact} found={found} />
        </p>
      </div>
    </div>
  );
}
