/** First and last name in the place of the name, at its height. */
import { useEffect, useState, type FormEvent, type KeyboardEvent } from "react";
import { useText } from "../i18n/language";
import { ChooseValue } from "../properties/choose-value";
import { usePropertyDocument } from "../properties/use-property-document";
import { nameIn, scalarIn, setScalar, type Writes } from "../properties/values";
import { Button } from "../ui/button";
import { inputClass } from "../ui/field";
import { toastUndo } from "../ui/toasts";

const NAMES = ["firstname", "lastname"] as const;

interface Asked {
  readonly writes: Writes;
  readonly typed: string;
}

export function NameForm({ onClose }: { readonly onClose: () => void }) {
  const t = useText();
  const { values, write, undo, attend } = usePropertyDocument();
  const [begun] = useState(values);
  const [asked, setAsked] = useState<Asked | null>(null);
  useEffect(() => {
    attend("firstname");
    return () => attend(null);
  }, [attend]);

  const save = ({ writes, typed }: Asked) => {
    if (write({ property: "firstname", writes, typed })) {
      toastUndo(t("property.changed", { label: t("contacts.name") }), t("toast.undo"), () => undo());
    }
    onClose();
  };
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    const typed = (name: string) => String(form.get(name));
    const changed = NAMES.filter((name) => typed(name) !== scalarIn(begun, name));
    // Somebody named the contact otherwise meanwhile, or a merge made it another one.
    const other = changed.filter(
      (name) => ![scalarIn(begun, name), typed(name), ""].includes(scalarIn(values, name)),
    );
    const writes = Object.assign({}, ...changed.map((name) => setScalar(name, typed(name)))) as Writes;
    const wish = { writes, typed: NAMES.map(typed).join(" ").trim() };
    if (other.length > 0) setAsked(wish);
    else save(wish);
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
      {asked && (
        <div className="basis-full">
          <ChooseValue
            theirs={nameIn(values)}
            mine={asked.typed}
            onKeep={onClose}
            onReplace={() => save(asked)}
          />
        </div>
      )}
    </form>
  );
}
