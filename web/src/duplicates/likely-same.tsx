/**
 * Who else may be the same person, and why: a chip in the bar above a contact's page, where its coming moves nothing that
 * somebody reads or is about to press, opens the line that says it.
 */
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { CopyCheck } from "lucide-react";
import type { Contact } from "../api/types";
import { useText } from "../i18n/language";
import { askToMerge } from "../merge/merge-asked";
import { nameOf } from "../ui/names";
import { toast } from "../ui/toasts";
import { dismiss, duplicatesOfQuery } from "./duplicate-queries";

const ID = "likely-same";
const linkClass = "touchable rounded-sm text-accent hover:underline";

/** The pairs this contact is in, for those who may merge it. */
function usePairs({ id, permissions }: Contact) {
  return useQuery({ ...duplicatesOfQuery(id), enabled: permissions.edit }).data ?? [];
}

interface LikelySameChipProps {
  readonly contact: Contact;
  readonly open: boolean;
  readonly onToggle: () => void;
}

export function LikelySameChip({ contact, open, onToggle }: LikelySameChipProps) {
  const t = useText();
  if (usePairs(contact).length === 0) return null;
  return (
    <button
      type="button"
      aria-expanded={open}
      aria-controls={open ? ID : undefined}
      onClick={onToggle}
      className="touchable inline-flex min-h-7 flex-none items-center gap-1.5 rounded-full bg-sunk px-3 text-[13px] font-[550] text-ink-2 hover:text-ink"
    >
      <CopyCheck aria-hidden size={15} strokeWidth={1.9} />
      {t("duplicates.chip")}
    </button>
  );
}

/** The page may have scrolled away under the chip. */
const bringIntoView = (line: HTMLElement | null) => line?.scrollIntoView({ block: "nearest" });

export function LikelySame({ contact }: { readonly contact: Contact }) {
  const t = useText();
  const queries = useQueryClient();
  const [first, ...others] = usePairs(contact);
  const dismissal = useMutation({
    mutationFn: dismiss.bind(null, queries),
    onSuccess: () => toast(t("duplicates.ignored")),
    onError: () => toast(t("duplicates.ignoreFailed")),
  });
  const other = first?.contacts.find(({ id }) => id !== contact.id);
  if (!first || !other) return null;
  const name = nameOf(other) || t("contacts.noName");
  const names = { one: nameOf(contact), other: name };
  return (
    <aside
      ref={bringIntoView}
      id={ID}
      className="mt-3 flex scroll-mt-16 flex-wrap items-baseline gap-x-2 rounded-card bg-sunk px-3 py-2 text-[13px] text-ink-2"
    >
      <p className="min-w-0">
        {t("duplicates.maybe")}{" "}
        <Link
          to="/contacts/$contactId"
          params={{ contactId: other.id }}
          className="font-[550] text-ink hover:underline"
        >
          {name}
        </Link>{" "}
        ({t(`duplicates.reason.${first.reasons[0] ?? "name"}`)})
        {others.length > 0 && (
          <>
            {" "}
            <Link to="/contacts/duplicates" className="hover:underline">
              {t("duplicates.others", { count: others.length })}
            </Link>
          </>
        )}
      </p>
      <p className="ml-auto flex gap-3">
        <button type="button" className={linkClass} onClick={() => askToMerge(contact.id, other.id)}>
          {t("duplicates.compare")}
        </button>
        <button
          type="button"
          className="touchable rounded-sm hover:text-ink hover:underline"
          aria-label={t("duplicates.ignoreOne", names)}
          disabled={dismissal.isPending}
          onClick={() => dismissal.mutate(first)}
        >
          {t("duplicates.ignore")}
        </button>
      </p>
    </aside>
  );
}
