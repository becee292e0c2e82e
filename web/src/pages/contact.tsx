/** A contact's page: who it is, and what the team has noted. The note is the page; the rest keeps out of its way. */
import { useQuery } from "@tanstack/react-query";
import { Link, useParams } from "@tanstack/react-router";
import { ChevronLeft } from "lucide-react";
import { useState } from "react";
import { Problem } from "../api/request";
import type { Contact } from "../api/types";
import { AccountMenu } from "../app/account-menu";
import { contactQuery } from "../app/queries";
import { useSession } from "../app/session";
import { ContactHeader } from "../contacts/contact-header";
import { ContactPart, ContactTabs, type Part } from "../contacts/contact-tabs";
import { useText } from "../i18n/language";
import { DatedNotes } from "../notes/dated-notes";
import { NoteSection } from "../notes/note-section";
import { Avatar } from "../ui/avatar";
import { Button } from "../ui/button";
import { nameOf } from "../ui/names";
import { useSinglePanel } from "../ui/narrow";
import { contactClass } from "../ui/people";
import { useScrolledPast } from "../ui/scrolled";
import { useTitle } from "../ui/title";
import { Message, ToContacts } from "./fallbacks";

export function ContactPage() {
  const t = useText();
  const session = useSession();
  const { contactId } = useParams({ from: "/signed-in/contacts/$contactId" });
  const query = useQuery(contactQuery(session, contactId));
  const contact = query.data;
  const name = contact ? nameOf(contact) || t("contacts.noName") : "";
  useTitle(name || "Carnet");

  const single = useSinglePanel();
  const [chosen, setChosen] = useState<Part>("notes");
  const alone = single ? chosen : null;

  return (
    <main
      id="content"
      tabIndex={-1}
      className="min-h-dvh min-w-0 bg-sheet panels:grid panels:bg-paper panels:h-dvh panels:grid-cols-[clamp(24rem,40%,34rem)_minmax(0,1fr)]"
    >
      <PhoneBar name={name} contact={contact} />
      <div className="px-4 pb-4 panels:bg-sheet desk:px-8 panels:overflow-y-auto panels:overscroll-contain panels:border-r panels:border-line panels:px-6 panels:pb-24">
        <nav
          aria-label={t("contact.path")}
          className="hidden h-13 items-center gap-1.5 text-[13px] text-ink-3 desk:flex"
        >
          <Link to="/contacts" className="rounded-sm hover:text-ink hover:underline">
            {t("app.contacts")}
          </Link>
          {name && <span aria-hidden>›</span>}
          <span className="truncate text-ink-2">{name}</span>
        </nav>
        {contact ? (
          <>
            <ContactHeader contact={contact} />
            {single && <ContactTabs chosen={chosen} onChoose={setChosen} />}
            <ContactPart part="notes" alone={alone}>
              <NoteSection key={contact.main_note_id} contact={contact} name={name} />
            </ContactPart>
          </>
        ) : query.error ? (
          <Failure error={query.error} onRetry={() => void query.refetch()} />
        ) : (
          <Skeleton />
        )}
      </div>
      {contact && (
        <ContactPart
          part="activity"
          alone={alone}
          className="px-4 pb-24 desk:px-8 panels:overflow-y-auto panels:overscroll-contain"
        >
          <div className="mx-auto max-w-[46rem]">
            <DatedNotes key={contact.id} contact={contact} />
          </div>
        </ContactPart>
      )}
    </main>
  );
}

/** Below it the name is read in the page itself. */
const HEADER_HEIGHT = 56;

function PhoneBar({ name, contact }: { readonly name: string; readonly contact: Contact | undefined }) {
  const t = useText();
  const past = useScrolledPast(HEADER_HEIGHT);
  return (
    <div className="sticky top-0 z-20 flex h-13 items-center gap-1 border-b border-line bg-sheet pr-2 pl-1 desk:hidden">
      <Link
        to="/contacts"
        aria-label={t("contact.back")}
        className="touchable flex items-center rounded-field pr-1 pl-2 text-ink-2"
      >
        <ChevronLeft aria-hidden size={22} strokeWidth={1.75} />
      </Link>
      <p
        aria-hidden
        className={`flex min-w-0 flex-1 items-center gap-2 transition-opacity ${past ? "" : "opacity-0"}`}
      >
        {contact && <Avatar name={nameOf(contact)} color={contactClass(contact.id)} />}
        <span className="truncate text-[15px] font-semibold tracking-tight">{name}</span>
      </p>
      <AccountMenu shape="disc" />
    </div>
  );
}

function Failure({ error, onRetry }: { readonly error: Error; readonly onRetry: () => void }) {
  const t = useText();
  if (error instanceof Problem && error.status === 404) {
    return (
      <Message title={t("contact.notFound")} help={t("contact.notFoundHelp")}>
        <ToContacts />
      </Message>
    );
  }
  return (
    <Message title={t("contact.failed")} help={t("app.unreachable")}>
      <Button onClick={onRetry}>{t("app.retry")}</Button>
    </Message>
  );
}

function Skeleton() {
  const t = useText();
  return (
    <div role="status" className="patient pt-4 desk:pt-0">
      <span className="sr-only">{t("contact.loading")}</span>
      <div aria-hidden className="flex items-center gap-4">
        <span className="size-13 rounded-full bg-sunk" />
        <span className="h-5 w-48 rounded bg-sunk" />
      </div>
    </div>
  );
}
