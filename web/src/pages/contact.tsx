/**
 * A contact's page: who it is, and what the team has noted. The main note is what one sees first, with who else is in
 * it; what is known besides stands below, the dated notes beside. On a phone these are three tabs.
 */
import { Link, useParams } from "@tanstack/react-router";
import { useCallback, useState, type ReactNode } from "react";
import { Problem } from "../api/request";
import type { Contact } from "../api/types";
import { ContactActions } from "../contacts/contact-actions";
import { ContactHeader } from "../contacts/contact-header";
import { useContactInView } from "../contacts/contact-in-view";
import { ContactPart, ContactTabs, type Part } from "../contacts/contact-tabs";
import { PhoneBar } from "../contacts/phone-bar";
import { lastListSearch } from "../contacts/list-search";
import { DeletedBanner, DeletedMessage } from "../deleting/deleted-contact";
import { deletionIn, withoutRights, type DeletionTold } from "../deleting/deletion";
import { LikelySame, LikelySameChip } from "../duplicates/likely-same";
import { useText } from "../i18n/language";
import { DatedNotes } from "../notes/dated-notes";
import { NoteSection } from "../notes/note-section";
import { PropertyPanel } from "../properties/property-panel";
import { PropertyDocumentProvider, useOpenPropertyDocument } from "../properties/use-property-document";
import { nameIn } from "../properties/values";
import { ReviewChip } from "../review/review-chip";
import { Button } from "../ui/button";
import { useSinglePanel } from "../ui/narrow";
import { useTitle } from "../ui/title";
import { Message, ToContacts } from "./fallbacks";

export function ContactPage() {
  const { contactId } = useParams({ from: "/signed-in/contacts/$contactId" });
  const { contact, key, error, retry } = useContactInView(contactId);
  const deletion = deletionIn(error);
  const life = useLife(deletion !== null);
  if (contact) return <Record key={`${key} ${life}`} contact={contact} deletion={deletion} />;
  if (deletion) return <DeletedContact deletion={deletion} />;
  return <Waiting error={error} onRetry={retry} />;
}

/** Counts up when a contact is restored under who has it open: its documents are opened anew. */
function useLife(deleted: boolean): number {
  const [seen, setSeen] = useState({ deleted, life: 0 });
  if (seen.deleted !== deleted) setSeen({ deleted, life: seen.life + (deleted ? 0 : 1) });
  return seen.life;
}

function DeletedContact({ deletion }: { readonly deletion: DeletionTold }) {
  useTitle(deletion.name || "Carnet");
  return (
    <Main>
      <PhoneBar name="" />
      <div className="px-4 desk:px-8 desk:pt-13 panels:col-span-2 panels:bg-sheet panels:px-6">
        <DeletedMessage deletion={deletion} />
      </div>
    </Main>
  );
}

interface WaitingProps {
  readonly error: Error | null;
  readonly onRetry: () => void;
}

function Waiting({ error, onRetry }: WaitingProps) {
  useTitle("Carnet");
  return (
    <Main>
      <PhoneBar name="" />
      <div className="px-4 desk:px-8 desk:pt-13 panels:bg-sheet panels:px-6">
        {error ? <Failure error={error} onRetry={onRetry} /> : <Skeleton />}
      </div>
    </Main>
  );
}

interface RecordProps {
  readonly contact: Contact;
  /** Somebody deleted it while it was open here. */
  readonly deletion: DeletionTold | null;
}

function Record({ contact: known, deletion }: RecordProps) {
  const t = useText();
  const contact = deletion ? withoutRights(known, deletion) : known;
  const document = useOpenPropertyDocument(contact);
  const single = useSinglePanel();
  const [chosen, setChosen] = useState<Part>("notes");
  const alone = single ? chosen : null;
  const [comparing, setComparing] = useState(false);
  const chip = (
    <LikelySameChip contact={contact} open={comparing} onToggle={() => setComparing((was) => !was)} />
  );
  const showActivity = useCallback(() => setChosen("activity"), []);
  const name = nameIn(document.values) || t("contacts.noName");
  useTitle(name);

  return (
    <PropertyDocumentProvider value={document}>
      <Main>
        <PhoneBar name={name} contact={contact}>
          {chip}
        </PhoneBar>
        <div className="px-4 desk:px-8 panels:overflow-y-auto panels:overscroll-contain panels:border-r panels:border-line panels:bg-sheet panels:px-6 panels:pb-16">
          <div className="hidden h-13 items-center gap-3 desk:flex">
            <nav
              aria-label={t("contact.path")}
              className="flex min-w-0 flex-1 items-center gap-1.5 text-[13px] text-ink-3"
            >
              <Link
                to="/contacts"
                search={lastListSearch()}
                className="rounded-sm hover:text-ink hover:underline"
              >
                {t("app.contacts")}
              </Link>
              <span aria-hidden>›</span>
              <span className="truncate text-ink-2">{name}</span>
            </nav>
            {chip}
            <ContactActions contact={contact} name={name} className="-mr-1.5" />
          </div>
          {deletion && <DeletedBanner deletion={deletion} />}
          <ContactHeader contact={contact} />
          <ReviewChip contact={contact} />
          {comparing && <LikelySame contact={contact} />}
          {single && <ContactTabs chosen={chosen} onChoose={setChosen} />}
          <ContactPart part="notes" alone={alone} className="pb-16 panels:pb-0">
            <NoteSection contact={contact} name={name} />
          </ContactPart>
          <ContactPart part="about" alone={alone} className="pb-16 panels:pb-0">
            <PropertyPanel contact={contact} />
          </ContactPart>
        </div>
        <ContactPart
          part="activity"
          alone={alone}
          className="px-4 pb-16 desk:px-8 panels:overflow-y-auto panels:overscroll-contain"
        >
          <div className="mx-auto max-w-[46rem]">
            <DatedNotes contact={contact} onReveal={showActivity} />
          </div>
        </ContactPart>
      </Main>
    </PropertyDocumentProvider>
  );
}

function Main({ children }: { readonly children: ReactNode }) {
  return (
    <main
      id="content"
      tabIndex={-1}
      className="min-h-dvh min-w-0 bg-sheet panels:grid panels:h-dvh panels:grid-cols-[clamp(24rem,40%,34rem)_minmax(0,1fr)] panels:bg-paper"
    >
      {children}
    </main>
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
