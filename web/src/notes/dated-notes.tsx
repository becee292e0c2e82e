/** The dated notes of a contact. */
import type { Contact } from "../api/types";
import { useText } from "../i18n/language";

export function DatedNotes({ contact }: { readonly contact: Contact }) {
  const t = useText();
  return (
    <section aria-labelledby={`activity-${contact.id}`}>
      <h2 id={`activity-${contact.id}`} className="flex h-13 items-center text-[13px] font-semibold">
        {t("contact.tab.activity")}
      </h2>
    </section>
  );
}
