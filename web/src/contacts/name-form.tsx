/** First and last name in the place of the name, at its height. */
import { useEffect, type FormEvent, type KeyboardEvent } from "react";
import { useText } from "../i18n/language";
import { usePropertyDocument } from "../properties/use-property-document";
import { scalarIn, setScalar } from "../properties/values";
import { Button } from "../ui/button";
import { inputClass } from "../ui/field";
import { toastUndo } from "../ui/toasts";

export function NameForm({ onClose }: { readonly onClose: () => void }) {
  const t = useText();
  const { values, write, undo, attend } = usePropertyDocument();
  useEffect(() => {
    attend("firstname");
    return () => attend(null);
  }, [attend]);

  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    const typed = (name: string) => String(form.get(name));
    const writes = {
      ...setScalar("firstname", typed("firstname")),
      ...setScalar("lastname", typed("lastname")),
    };
    if (write({ property: "firstname", writes, typed: typed("firstname") })) {
      toastUndo(t("property.changed", { label: t("contacts.name") }), t("toast.undo"), () => undo());
    }
    onClose();
  };
  const escape = (event: KeyboardEvent) => event.key === "Escape" && onClose();
  const field = `${inputClass} h-8! min-w-24 flex-1`;

  return (
    <form onSubmit={submit} onKeyDown={escape} className="flex flex-wrap items-center gap-2">
      <input
        name="firstname"
        aria-label={t("create.first")}
        placeholder={t("create.first")}
        defaultValue={scalarIn(values, "firstname")}
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
        defaultValue={scalarIn(values, "lastname")}
        maxLength={200}
        autoComplete="off"
        className={field}
      />
      <Button kind="primary" type="submit">
        {t("app.save")}
      </Button>
      <Button kind="quiet" onClick={onClose}>
        {t("app.cancel")}
      </Button>
    </form>
  );
}
