/** A new contact: a first and a last name, one of them enough. It exists at once, and its page opens. */
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useState, type FormEvent } from "react";
import { createContact } from "../api/calls";
import type { WriteProperties } from "../api/types";
import { Unreachable } from "../api/request";
import { place } from "../app/live";
import { createStore, useStore } from "../app/store";
import { useText } from "../i18n/language";
import { Button } from "../ui/button";
import { Dialog } from "../ui/dialog";
import { Field } from "../ui/field";

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
    mutationFn: (name: WriteProperties) => createContact(name),
    onSuccess: (contact) => {
      place(queries, contact);
      onClose();
      void navigate({ to: "/contacts/$contactId", params: { contactId: contact.id } });
    },
  });

  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    const name = {
      firstname: String(form.get("firstname")).trim(),
      lastname: String(form.get("lastname")).trim(),
    };
    setNameless(name.firstname + name.lastname === "");
    if (name.firstname + name.lastname !== "") creation.mutate(name);
  };

  const failure = nameless
    ? t("create.nameNeeded")
    : creation.error instanceof Unreachable
      ? t("app.unreachable")
      : creation.error && (creation.error.message || t("create.failed"));

  return (
    <form onSubmit={submit} className="grid gap-3.5">
      <Field label={t("create.first")} name="firstname" autoComplete="off" maxLength={200} autoFocus />
      <Field label={t("create.last")} name="lastname" autoComplete="off" maxLength={200} />
      <p role="alert" className="min-h-5 text-[13px] text-bad">
        {failure}
      </p>
      <div className="flex justify-end gap-2">
        <Button onClick={onClose}>{t("app.cancel")}</Button>
        <Button kind="primary" type="submit" disabled={creation.isPending}>
          {t("create.submit")}
        </Button>
      </div>
    </form>
  );
}
