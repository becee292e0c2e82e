/** Who the contact is: photo, name, what they do and where, the way to reach them. */
import { Check, Copy, Mail, NotebookPen, Pencil, Phone, type LucideIcon } from "lucide-react";
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
import { LeftName, NameForm } from "./name-form";

export function ContactHeader({ contact }: { readonly contact: Contact }) {
  const t = useText();
  const { values, editable, editors } = usePropertyDocument();
  const [editing, setEditing] = useState(false);
  const pencil = useRef<HTMLButtonElement>(null);
  const name = nameIn(values);
  const work = [scalarIn(values, "jobtitle"), scalarIn(values, "company")].filter(Boolean).join(" · ");
  const email = primaryIn(values, "emails");
  const phone = primaryIn(values, "phones");
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
          {!editing && <LeftName />}
          {work && <p className="truncate text-[13px] text-ink-2">{work}</p>}
        </div>
      </div>
      {(email || phone) && <Address key={email || phone} email={email} phone={phone} />}
      <QuickActions email={email} phone={phone} mayWrite={contact.permissions.edit} />
    </header>
  );
}

const COPIED_MS = 1_600;

interface ReachProps {
  readonly email: string;
  readonly phone: string;
}

function Address({ email, phone }: ReachProps) {
  const t = useText();
  const [copied, setCopied] = useState(false);
  const address = email || phoneText(phone);
  useEffect(() => {
    if (!copied) return;
    const timer = setTimeout(() => setCopied(false), COPIED_MS);
    return () => clearTimeout(timer);
  }, [copied]);
  const copy = async () => {
    await copyText(address);
    setCopied(true);
    toast(t("contact.copied"));
  };
  const Icon = copied ? Check : Copy;
  return (
    <p className="mt-2 flex items-center gap-1 text-[13px] text-ink-2">
      <span className="truncate">{address}</span>
      <IconButton
        label={t("contact.copyAddress", { address })}
        onClick={() => void copy()}
        className={`size-7 ${copied ? "text-good!" : "text-ink-3"}`}
      >
        <Icon aria-hidden size={14} strokeWidth={1.75} />
      </IconButton>
      <span className="ml-auto flex desk:hidden">
        {email && <Reach href={`mailto:${email}`} icon={Mail} label={t("contact.quick.email")} />}
        {phone && <Reach href={`tel:${phone}`} icon={Phone} label={t("contact.quick.call")} />}
      </span>
    </p>
  );
}

interface ReachLinkProps {
  readonly href: string;
  readonly icon: LucideIcon;
  readonly label: string;
}

/** On a phone the ways to reach somebody are icons beside the address, and leave the room to the note. */
function Reach({ href, icon: Icon, label }: ReachLinkProps) {
  return (
    <a
      href={href}
      aria-label={label}
      title={label}
      className="touchable grid place-items-center rounded-field text-accent"
    >
      <Icon aria-hidden size={17} strokeWidth={1.75} />
    </a>
  );
}

interface QuickActionsProps extends ReachProps {
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
