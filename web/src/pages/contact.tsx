/** A contact's page: who it is, and what the team has noted. The note is the page; the rest keeps out of its way. */
import { useQuery } from "@tanstack/react-query";
import { Link, useParams } from "@tanstack/react-router";
import { ChevronLeft } from "lucide-react";
import { Problem } from "../api/request";
import type { Contact } from "../api/types";
import { AccountMenu } from "../app/account-menu";
import { contactQuery } from "../app/queries";
import { useSession } from "../app/session";
import { ContactHeader } from "../contacts/contact-header";
import { useText } from "../i18n/language";
import { NoteSection } from "../notes/note-section";
import { Avatar } from "../ui/avatar";
import { Button } from "../ui/button";
import { nameOf } from "../ui/names";
import { contactClass } from "../ui/people";
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

  return (
    <main id="content" tabIndex={-1} className="min-h-dvh min-w-0 bg-sheet">
      <PhoneBar name={name} contact={contact} />
      <nav
        aria-label={t("contact.back")}
        className="hidden h-12 items-center gap-1.5 px-6 text-[13px] text-ink-3 desk:flex"
      >
        <Link to="/contacts" className="rounded-sm hover:text-ink hover:underline">
          {t("app.contacts")}
        </Link>
        <span aria-hidden>›</span>
        <span className="truncate text-ink-2">{name}</span>
      </nav>
      <div className="mx-auto w-full max-w-[46rem] px-4 pb-24 desk:px-8 desk:pt-6">
        {contact ? (
          <>
            <ContactHeader contact={contact} />
            <NoteSection key={contact.main_note_id} contact={contact} name={name} />
          </>
        ) : query.error ? (
          <Failure error={query.error} onRetry={() => void query.refetch()} />
        ) : (
          <Skeleton />
        )}
      </div>
    </main>
  );
}

function PhoneBar({ name, contact }: { readonly name: string; readonly contact: Contact | undefined }) {
  const t = useText();
  return (
    <div className="sticky top-0 z-20 flex h-13 items-center gap-1 border-b border-line bg-sheet pr-2 pl-1 desk:hidden">
      <Link
        to="/contacts"
        aria-label={t("contact.back")}
        className="touchable grid place-items-center rounded-field text-ink-2"
      >
        <ChevronLeft aria-hidden size={22} strokeWidth={1.75} />
      </Link>
      {contact && <Avatar name={nameOf(contact)} color={contactClass(contact.id)} />}
      <p aria-hidden className="min-w-0 flex-1 truncate pl-1.5 text-[15px] font-semibold tracking-tight">
        {name}
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
