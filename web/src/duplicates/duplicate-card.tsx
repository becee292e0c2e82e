/** Two contacts side by side, why they may be one, and what one can do about it. */
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import type { Contact, Duplicate } from "../api/types";
import { useText } from "../i18n/language";
import { askToMerge } from "../merge/merge-asked";
import { phoneText } from "../properties/values";
import { Avatar } from "../ui/avatar";
import { Button } from "../ui/button";
import { nameOf } from "../ui/names";
import { contactClass } from "../ui/people";
import { toast } from "../ui/toasts";
import { dismiss } from "./duplicate-queries";
import { Reasons } from "./reasons";

interface DuplicateCardProps {
  readonly pair: Duplicate;
  readonly mayDecide: boolean;
}

export function DuplicateCard({ pair, mayDecide }: DuplicateCardProps) {
  const t = useText();
  const queries = useQueryClient();
  const dismissal = useMutation({
    mutationFn: () => dismiss(queries, pair),
    onSuccess: () => toast(t("duplicates.ignored")),
    onError: () => toast(t("duplicates.ignoreFailed")),
  });
  const [one, other] = pair.contacts;
  if (!one || !other) return null;
  const names = { one: nameOf(one) || t("contacts.noName"), other: nameOf(other) || t("contacts.noName") };
  return (
    <li aria-label={t("duplicates.pair", names)} className="rounded-card border border-line bg-sheet">
      <div className="grid desk:grid-cols-2">
        <Side contact={one} />
        <Side contact={other} className="border-t border-line desk:border-t-0 desk:border-l" />
      </div>
      <div className="flex flex-wrap items-center gap-2 border-t border-line px-3.5 py-2">
        <Reasons of={pair} />
        {mayDecide && (
          <div className="ml-auto flex gap-1.5">
            <Button
              kind="quiet"
              aria-label={t("duplicates.ignoreOne", names)}
              disabled={dismissal.isPending}
              onClick={() => dismissal.mutate()}
            >
              {t("duplicates.ignore")}
            </Button>
            <Button onClick={() => askToMerge(one.id, other.id)}>{t("duplicates.compare")}</Button>
          </div>
        )}
      </div>
    </li>
  );
}

interface SideProps {
  readonly contact: Contact;
  readonly className?: string;
}

function Side({ contact, className = "" }: SideProps) {
  const t = useText();
  const { company, jobtitle, emails, phones } = contact.properties;
  const phone = phones[0]?.value;
  const lines = [
    [jobtitle, company].filter(Boolean).join(" · "),
    emails[0]?.value,
    phone && phoneText(phone),
  ];
  return (
    <div className={`flex min-w-0 items-start gap-3 px-3.5 py-3 ${className}`}>
      <Avatar name={nameOf(contact)} color={contactClass(contact.id)} photo={contact.avatar} size="touch" />
      <div className="min-w-0">
        <Link
          to="/contacts/$contactId"
          params={{ contactId: contact.id }}
          className="block truncate font-[550] hover:underline"
        >
          {nameOf(contact) || t("contacts.noName")}
        </Link>
        {lines.filter(Boolean).map((line) => (
          <p key={line} className="truncate text-[13px] text-ink-2">
            {line}
          </p>
        ))}
      </div>
    </div>
  );
}
