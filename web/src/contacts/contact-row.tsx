/** One contact in the list: who, the beginning of what is noted, when it last moved. The whole row is the link. */
import { useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import type { Contact } from "../api/types";
import { lit } from "../app/live";
import { contactQuery, noteQuery } from "../app/queries";
import { useSession } from "../app/session";
import { useStore } from "../app/store";
import { useText } from "../i18n/language";
import { Avatar } from "../ui/avatar";
import { nameOf } from "../ui/names";
import { contactClass } from "../ui/people";
import { When } from "../ui/time";

export const COLUMNS = "grid-cols-[minmax(180px,280px)_minmax(0,1fr)_8.5rem] gap-6";

interface ContactRowProps {
  readonly contact: Contact;
  readonly index: number;
  readonly top: number;
  readonly height: number;
  /** The one row that Tab stops at. */
  readonly reachable: boolean;
  readonly onFocus: () => void;
}

export function ContactRow({ contact, index, top, height, reachable, onFocus }: ContactRowProps) {
  const t = useText();
  const session = useSession();
  const queries = useQueryClient();
  const isLit = useStore(lit).has(contact.id);
  const name = nameOf(contact) || t("contacts.noName");

  // By the time it is clicked, its words are here.
  const prepare = () => {
    queries.setQueryData(contactQuery(session, contact.id).queryKey, (known) => known ?? contact);
    void queries.prefetchQuery(noteQuery(session, contact.main_note_id));
  };

  return (
    <div
      role="row"
      aria-rowindex={index + 2}
      onPointerEnter={prepare}
      style={{ height, transform: `translateY(${top}px)` }}
      className={`absolute inset-x-0 top-0 grid items-center border-b border-line px-4 hover:bg-sunk has-focus-visible:bg-sunk desk:px-5 ${COLUMNS} max-desk:grid-cols-[minmax(0,1fr)_auto] max-desk:gap-x-3 max-desk:gap-y-0 max-desk:py-2 ${isLit ? "lit" : ""}`}
    >
      <span role="cell" className="flex min-w-0 items-center gap-2.5">
        <Avatar name={nameOf(contact)} color={contactClass(contact.id)} className="max-desk:row-span-2" />
        <Link
          to="/contacts/$contactId"
          params={{ contactId: contact.id }}
          data-row={index}
          tabIndex={reachable ? 0 : -1}
          onFocus={() => {
            onFocus();
            prepare();
          }}
          className="truncate font-[550] outline-offset-4 after:absolute after:inset-0"
        >
          {name}
        </Link>
      </span>
      <span
        role="cell"
        className="truncate text-ink-2 max-desk:empty:hidden max-desk:order-3 max-desk:col-span-2 max-desk:pl-8.5 max-desk:text-[13px]"
      >
        {contact.notes_excerpt}
      </span>
      <span role="cell" className="truncate text-ink-3 max-desk:text-[12px]">
        <When at={contact.updated_at} />
      </span>
    </div>
  );
}
