/** "3 éléments à revoir": there for as long as something is, and the way to it. */
import { ListChecks } from "lucide-react";
import { useState } from "react";
import type { Contact } from "../api/types";
import { useText } from "../i18n/language";
import { ReviewPanel } from "./review-panel";
import { useReviewItems } from "./review-queries";

/** For those who may settle it. */
export function ReviewChip({ contact }: { readonly contact: Contact }) {
  return contact.permissions.edit ? <Chip contact={contact} /> : null;
}

function Chip({ contact }: { readonly contact: Contact }) {
  const t = useText();
  const { results: items, further } = useReviewItems(contact);
  const [open, setOpen] = useState(false);
  if (items.length === 0 && !open) return null;
  return (
    <>
      {items.length > 0 && (
        <button
          type="button"
          aria-haspopup="dialog"
          aria-expanded={open}
          onClick={() => setOpen(true)}
          className="touchable mt-3 inline-flex min-h-7 items-center gap-1.5 rounded-full bg-accent-soft px-3 text-[13px] font-[550] text-accent hover:bg-[color-mix(in_oklch,var(--accent-soft),var(--accent)_12%)]"
        >
          <ListChecks aria-hidden size={15} strokeWidth={1.9} />
          {t("review.chip", { count: items.length })}
        </button>
      )}
      <ReviewPanel
        contact={contact}
        items={items}
        further={further}
        open={open}
        onClose={() => setOpen(false)}
      />
    </>
  );
}
