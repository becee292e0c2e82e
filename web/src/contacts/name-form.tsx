/** First and last name in the place of the name, at its height. */
import { useEffect, useState, type FormEvent, type KeyboardEvent } from "react";
import { useText } from "../i18n/language";
import { ChooseValue } from "../properties/choose-value";
import { isWritten } from "../properties/left-draft";
import { usePropertyDocument } from "../properties/use-property-document";
import type { Wish } from "../properties/edits";
import { nameIn, scalarIn, setScalar, type Writes } from "../properties/values";
import { Button } from "../ui/button";
import { inputClass } from "../ui/field";
import { toastUndo } from "../ui/toasts";

const NAMES = ["firstname", "lastname"] as const;

/** The property under which a name is written, refused, and kept unfinished. */
export const NAME = "firstname";

export function NameForm({ onClose }: { readonly onClose: () => void }) {
  const t = useText();
  const { values, drafts, attend } = usePropertyDocument();
  const save = useSaveName(onClose);
  const [begun] = useState(values);
  const [asked, setAsked] = useState<Wish | null>(null);
  useEffect(() => {
    attend(NAME);
    return () => attend(null);
  }, [attend]);

  const cancel = () => {
    drafts.keep(NAME, null);
    onClose();
  };
  const changedIn = (form: FormData) =>
    NAMES.filter((name) => String(form.get(name)) !== scalarIn(begun, name));
  const wishIn = (form: FormData): Wish => ({
    property: NAME,
    writes: Object.assign(
      {},
      ...changedIn(form).map((name) => setScalar(name, String(form.get(name)))),
    ) as Writes,
    typed: NAMES.map((name) => String(form.get(name)))
      .join(" ")
      .trim(),
  });
  const keep = (event: FormEvent<HTMLFormElement>) => {
    const form = new FormData(event.currentTarget);
    drafts.keep(NAME, changedIn(form).length > 0 ? wishIn(form) : null);
  };
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    // Somebody named the contact otherwise meanwhile, or a merge made it another one.
    const other = changedIn(form).some(
      (name) => ![scalarIn(begun, name), String(form.get(name)), ""].includes(scalarIn(values, name)),
    );
    if (other) setAsked(wishIn(form));
    else save(wishIn(form));
  };
  const escape = (event: KeyboardEvent) => event.key === "Escape" && cancel();
  const field = `${inputClass} h-8! min-w-24 flex-1`;

  return (
    <form onSubmit={submit} onInput={keep} onKeyDown={escape} className="flex flex-wrap items-center gap-2">
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
      <Button kind="quiet" onClick={cancel}>
        {t("app.cancel")}
      </Button>
      {asked && (
        <div className="basis-full">
          <ChooseValue
            theirs={nameIn(values)}
            mine={asked.typed}
            onKeep={cancel}
            onReplace={() => save(asked)}
          />
        </div>
      )}
    </form>
  );
}

/** A name that was typed when the page was left, below the one that stands. */
export function LeftName() {
  const { values, editable, drafts } = usePropertyDocument();
  const save = useSaveName();
  const draft = drafts.left.find(({ property }) => property === NAME);
  if (!draft || !editable || isWritten(draft, values)) return null;
  return (
    <ChooseValue
      theirs={nameIn(values)}
      mine={draft.typed}
      onKeep={() => drafts.keep(NAME, null)}
      onReplace={() => save(draft)}
    />
  );
}

function useSaveName(onSaved?: () => void): (wish: Wish) => void {
  const t = useText();
  const { write, undo, drafts } = usePropertyDocument();
  return (wish) => {
    drafts.keep(NAME, null);
    if (write(wish)) {
      toastUndo(t("property.changed", { label: t("contacts.name") }), t("toast.undo"), () => undo());
    }
    onSaved?.();
  };
}
