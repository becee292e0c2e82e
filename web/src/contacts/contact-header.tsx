/** Who the contact is. The pencil turns the name into two fields at the same height. */
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Pencil } from "lucide-react";
import { useRef, useState, type FormEvent, type KeyboardEvent, type ReactNode } from "react";
import { changeContact } from "../api/calls";
import type { Contact, WriteProperties } from "../api/types";
import { place } from "../app/live";
import { noteQuery } from "../app/queries";
import { useSession } from "../app/session";
import { useText } from "../i18n/language";
import { Avatar } from "../ui/avatar";
import { Button, IconButton } from "../ui/button";
import { inputClass } from "../ui/field";
import { nameOf } from "../ui/names";
import { contactClass } from "../ui/people";
import { useWhen } from "../ui/time";
import { toast } from "../ui/toasts";

export function ContactHeader({ contact }: { readonly contact: Contact }) {
  const t = useText();
  const [editing, setEditing] = useState(false);
  const pencil = useRef<HTMLButtonElement>(null);
  const name = nameOf(contact);
  const created = useWhen(contact.created_at);

  const close = () => {
    setEditing(false);
    requestAnimationFrame(() => pencil.current?.focus());
  };

  return (
    <header className="flex items-center gap-4 pt-4 desk:pt-0">
      <Avatar name={name} color={contactClass(contact.id)} size="l" />
      <div className="min-w-0 flex-1">
        {editing ? (
          <>
            <h1 className="sr-only">{name || t("contacts.noName")}</h1>
            <NameForm contact={contact} onClose={close} />
          </>
        ) : (
          <div className="group flex h-8 items-center gap-1">
            <h1 className="truncate text-[22px] leading-tight font-[650] tracking-[-0.018em]">
              {name || t("contacts.noName")}
            </h1>
            {contact.permissions.edit && (
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
        <p className="mt-0.5 truncate first-letter:uppercase text-[13px] text-ink-3">
          <LastWriter noteId={contact.main_note_id}>{t("contact.created", { when: created })}</LastWriter>
        </p>
      </div>
    </header>
  );
}

interface LastWriterProps {
  readonly noteId: string;
  /** What stands before it, where there is room. */
  readonly children: ReactNode;
}

function LastWriter({ noteId, children }: LastWriterProps) {
  const t = useText();
  const note = useQuery(noteQuery(useSession(), noteId)).data;
  const when = useWhen(note?.updated_at ?? "");
  if (!note?.updated_by) return children;
  return (
    <>
      <span className="max-desk:hidden">{children} · </span>
      {t("contact.noted", { when, name: note.updated_by.name })}
    </>
  );
}

function NameForm({ contact, onClose }: { readonly contact: Contact; readonly onClose: () => void }) {
  const t = useText();
  const queries = useQueryClient();
  const rename = useMutation({
    mutationFn: (name: WriteProperties) => changeContact(contact.id, name),
    onSuccess: (renamed) => {
      place(queries, renamed);
      onClose();
    },
    onError: () => toast(t("contact.nameFailed")),
  });

  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    rename.mutate({
      firstname: String(form.get("firstname")).trim(),
      lastname: String(form.get("lastname")).trim(),
    });
  };
  const escape = (event: KeyboardEvent) => event.key === "Escape" && onClose();
  const field = `${inputClass} h-8! min-w-0 flex-1`;

  return (
    <form onSubmit={submit} onKeyDown={escape} className="flex flex-wrap items-center gap-2">
      <input
        name="firstname"
        aria-label={t("create.first")}
        placeholder={t("create.first")}
        defaultValue={contact.properties.firstname ?? ""}
        maxLength={200}
        autoComplete="off"
        autoFocus
        onFocus={(event) => event.target.select()}
        className={field}
      />
      <input
        name="lastname"
        aria-label={t("create.last")}
        placeholder={t("create.last")}
        defaultValue={contact.properties.lastname ?? ""}
        maxLength={200}
        autoComplete="off"
        className={field}
      />
      <Button kind="primary" type="submit" disabled={rename.isPending}>
        {t("app.save")}
      </Button>
      <Button kind="quiet" onClick={onClose}>
        {t("app.cancel")}
      </Button>
    </form>
  );
}
