/**
 * A new contact: a first name, a last name or an address, one of them enough. It exists at once, and its page opens;
 * unless somebody has the address or the name already: then one opens that, or says that it is somebody else.
 */
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useState, type FormEvent } from "react";
import { createContact } from "../api/calls";
import type { WriteProperties } from "../api/types";
import { Problem, Unreachable } from "../api/request";
import { place } from "../app/live";
import { createStore, useStore } from "../app/store";
import { useText } from "../i18n/language";
import { Avatar } from "../ui/avatar";
import { Button } from "../ui/button";
import { Dialog } from "../ui/dialog";
import { Field } from "../ui/field";
import { contactClass } from "../ui/people";

const asked = createStore(false);

/** From the list or the command menu: the dialog opens over whatever page one is on. */
export const askToCreate = () => asked.set(true);

export function CreateContact() {
  const t = useText();
  const onClose = () => asked.set(false);
  return (
    <Dialog open={useStore(asked)} onClose={onClose} title={t("create.title")}>
      <NameForm onClose={onClose} />
    </Dialog>
  );
}

function NameForm({ onClose }: { readonly onClose: () => void }) {
  const t = useText();
  const queries = useQueryClient();
  const navigate = useNavigate();
  const [nameless, setNameless] = useState(false);
  const creation = useMutation({
    mutationFn: ({
      properties,
      anyway,
    }: {
      readonly properties: WriteProperties;
      readonly anyway: boolean;
    }) => createContact(properties, anyway),
    onSuccess: (contact) => {
      place(queries, contact);
      onClose();
      void navigate({ to: "/contacts/$contactId", params: { contactId: contact.id } });
    },
  });

  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    const read = (name: string) => String(form.get(name)).trim();
    const email = read("email");
    const properties = {
      firstname: read("firstname"),
      lastname: read("lastname"),
      ...(email && { email }),
    };
    const empty = properties.firstname + properties.lastname + email === "";
    setNameless(empty);
    if (!empty) creation.mutate({ properties, anyway: false });
  };
  const open = (id: string) => {
    onClose();
    void navigate({ to: "/contacts/$contactId", params: { contactId: id } });
  };
  const candidates = candidatesIn(creation.error);

  const failure = nameless
    ? t("create.nameNeeded")
    : creation.error instanceof Unreachable
      ? t("app.unreachable")
      : creation.error && candidates.length === 0 && (creation.error.message || t("create.failed"));

  return (
    <form
      onSubmit={submit}
      onChange={() => creation.error && creation.reset()}
      className="grid grid-cols-[minmax(0,1fr)] gap-3.5"
    >
      <Field label={t("create.first")} name="firstname" autoComplete="off" maxLength={200} autoFocus />
      <Field label={t("create.last")} name="lastname" autoComplete="off" maxLength={200} />
      <Field label={t("create.email")} name="email" type="email" autoComplete="off" maxLength={254} />
      <div role="alert" className="min-h-5">
        {failure && <p className="text-[13px] text-bad">{failure}</p>}
        {candidates.length > 0 && <Candidates of={candidates} onOpen={open} />}
      </div>
      <div className="flex justify-end gap-2">
        <Button onClick={onClose}>{t("app.cancel")}</Button>
        {candidates.length > 0 && creation.variables ? (
          <Button
            disabled={creation.isPending}
            onClick={() => creation.mutate({ ...creation.variables, anyway: true })}
          >
            {t("create.anyway")}
          </Button>
        ) : (
          <Button kind="primary" type="submit" disabled={creation.isPending}>
            {t("create.submit")}
          </Button>
        )}
      </div>
    </form>
  );
}

/** Somebody who has the address or the name of a contact that was to be made. */
interface Candidate {
  readonly id: string;
  readonly name: string;
  readonly property: string;
  readonly value: string;
}

function candidatesIn(error: Error | null): readonly Candidate[] {
  if (!(error instanceof Problem) || error.code !== "possible_duplicate") return [];
  return error.answer.candidates as readonly Candidate[];
}

interface CandidatesProps {
  readonly of: readonly Candidate[];
  readonly onOpen: (id: string) => void;
}

function Candidates({ of, onOpen }: CandidatesProps) {
  const t = useText();
  return (
    <div className="rounded-card bg-sunk px-3 py-2.5">
      <p className="text-[13px] font-[550]">{t("create.duplicate")}</p>
      <ul className="mt-1 max-h-44 overflow-y-auto">
        {of.map(({ id, name, property, value }) => (
          <li key={id} className="flex items-center gap-2.5 py-1.5">
            <Avatar name={name} color={contactClass(id)} />
            <div className="min-w-0 flex-1">
              <p className="truncate font-[550]">{name || t("contacts.noName")}</p>
              <p className="truncate text-[12px] text-ink-3">
                {property === "name" ? t("create.duplicate.name") : t("create.duplicate.email", { value })}
              </p>
            </div>
            <Button aria-label={t("create.openOne", { name })} onClick={() => onOpen(id)}>
              {t("create.open")}
            </Button>
          </li>
        ))}
      </ul>
    </div>
  );
}
