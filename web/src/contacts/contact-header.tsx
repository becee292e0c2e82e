/** Who the contact is: photo, name, what they do and where, the way to reach them. */
import { Check, Copy, Mail, NotebookPen, Pencil, Phone } from "lucide-react";
import { useEffect, useRef, useState } from "react";
import type { Contact } from "../api/types";
import { useText } from "../i18n/language";
import { askForNewNote } from "../notes/new-note";
import { usePropertyDocument } from "../properties/use-property-document";
import { nameIn, phoneText, primaryIn, scalarIn } from "../properties/values";
import { Avatar } from "../ui/avatar";
import { IconButton, plainClass, primaryClass } from "../ui/button";
import { copyText } from "../ui/clipboard";
import { personClass } from "../ui/people";
import { toast } from "../ui/toasts";
import { ContactPhoto } from "./contact-photo";
import { NameForm } from "./name-form";

export function ContactHeader({ contact }: { readonly contact: Contact }) {
  const t = useText();
  const { values, editable, editors } = usePropertyDocument();
  const [editing, setEditing] = useState(false);
  const pencil = useRef<HTMLButtonElement>(null);
  const name = nameIn(values);
  const work = [scalarIn(values, "jobtitle"), scalarIn(values, "company")].filter(Boolean).join(" · ");
  const email = primaryIn(values, "emails");
  const editor = editors.get("firstname");
  const color = editor ? personClass(editor.id, editor.color) : "";

  const close = () => {
    setEditing(false);
    requestAnimationFrame(() => pencil.current?.focus());
  };

  return (
    <header className="pt-4 desk:pt-0">
      <div className="flex items-center gap-4">
        <ContactPhoto contact={contact} name={name} />
        <div className="min-w-0 flex-1">
          {editing ? (
            <>
              <h1 className="sr-only">{name || t("contacts.noName")}</h1>
              <NameForm onClose={close} />
            </>
          ) : (
            <div
              data-property="name"
              data-edited={editor?.name}
              className={`group -mx-1.5 flex min-h-8 items-center gap-1 rounded-field px-1.5 ${editor ? `${color} outline-[1.5px] outline-(--c)` : ""}`}
            >
              <h1 className="truncate text-[20px] leading-tight font-[650] tracking-[-0.018em] desk:text-[21px]">
                {name || t("contacts.noName")}
              </h1>
              {editor && (
                <>
                  <Avatar name={editor.name} color={color} size="s" className="ml-auto" />
                  <span className="sr-only">{t("property.editedBy", { name: editor.name })}</span>
                </>
              )}
              {editable && (
                <IconButton
                  ref={pencil}
                  label={t("contact.editName")}
                  onClick={() => setEditing(true)}
                  className="size-7 text-ink-3 transition-opacity desk:opacity-0 desk:group-hover:opacity-100 desk:focus-visible:opacity-100 pointer-coarse:opacity-100"
                >
                  <Pencil aria-hidden size={14} strokeWidth={1.75} />
                </IconButton>
              )}
            </div>
          )}
          {work && <p className="truncate text-[13px] text-ink-2">{work}</p>}
        </div>
      </div>
      {email && <Email key={email} email={email} />}
      <QuickActions email={email} phone={primaryIn(values, "phones")} mayWrite={contact.permissions.edit} />
    </header>
  );
}

const COPIED_MS = 1_600;

function Email({ email }: { readonly email: string }) {
  const t = useText();
  const [copied, setCopied] = useState(false);
  useEffect(() => {
    if (!copied) return;
    const timer = setTimeout(() => setCopied(false), COPIED_MS);
    return () => clearTimeout(timer);
  }, [copied]);
  const copy = async () => {
    await copyText(email);
    setCopied(true);
    toast(t("contact.copied"));
  };
  const Icon = copied ? Check : Copy;
  return (
    <p className="mt-2 flex items-center gap-1 text-[13px] text-ink-2">
      <span className="truncate">{email}</span>
      <IconButton
        label={t("contact.copyEmail", { email })}
        onClick={() => void copy()}
        className={`size-7 ${copied ? "text-good!" : "text-ink-3"}`}
      >
        <Icon aria-hidden size={14} strokeWidth={1.75} />
      </IconButton>
    </p>
  );
}

interface QuickActionsProps {
  readonly email: string;
  readonly phone: string;
  readonly mayWrite: boolean;
}

function QuickActions({ email, phone, mayWrite }: QuickActionsProps) {
  const t = useText();
  if (!mayWrite && !email && !phone) return null;
  return (
    <ul
      aria-label={t("contact.quick")}
      className="mt-3 hidden gap-1.5 desk:flex [&>li>*]:w-full [&>li]:flex-1"
    >
      {mayWrite && (
        <li>
          <button type="button" onClick={askForNewNote} className={primaryClass}>
            <NotebookPen aria-hidden size={14} strokeWidth={1.75} />
            {t("contact.quick.note")}
          </button>
        </li>
      )}
      {email && (
        <li>
          <a href={`mailto:${email}`} className={plainClass}>
            <Mail aria-hidden size={14} strokeWidth={1.75} />
            {t("contact.quick.email")}
          </a>
        </li>
      )}
      {phone && (
        <li>
          <a href={`tel:${phone}`} title={phoneText(phone)} className={plainClass}>
            <Phone aria-hidden size={14} strokeWidth={1.75} />
            {t("contact.quick.call")}
          </a>
        </li>
      )}
    </ul>
  );
}
