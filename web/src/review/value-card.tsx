/** Two values of which one stands: keep it, or take the other. Both are there with who wrote them, and when. */
import type { Colleague, Contact, Property, ReviewItem } from "../api/types";
import type { PlainKey } from "../i18n/catalogue";
import { useText } from "../i18n/language";
import { labelOf, valueText } from "../properties/labels";
import { Act, Card, Whose } from "./card";
import { useResolve } from "./review-queries";

const WHY: Record<Exclude<ReviewItem["kind"], "note">, PlainKey> = {
  property: "review.why.property",
  late: "review.why.late",
  duplicate: "review.why.duplicate",
};

interface ValueCardProps {
  readonly item: ReviewItem;
  readonly contact: Contact;
  readonly property: Property | undefined;
  readonly users: readonly Colleague[];
}

export function ValueCard({ item, contact, property, users }: ValueCardProps) {
  const t = useText();
  const resolve = useResolve(contact.id);
  if (!property || item.kind === "note") return null;
  const text = (value: string | null) => (value ? valueText(t, property, value, users) : t("property.none"));
  const label = labelOf(t, property);
  const twice = item.kind === "duplicate";
  return (
    <Card label={label}>
      <p className="font-[550]">{label}</p>
      <p className="mt-0.5 text-[12.5px] text-ink-2">{t(WHY[item.kind])}</p>
      <div className="mt-2 grid grid-cols-2 gap-2">
        <div className="min-w-0 rounded-field bg-accent-soft px-2 py-1.5">
          <p className="font-[550] break-words">{text(item.current)}</p>
          {item.current_change && <Whose author={item.current_change.actor} at={item.current_change.at} />}
        </div>
        <div className="min-w-0 rounded-field bg-sunk px-2 py-1.5">
          <p className="break-words">{text(item.value)}</p>
          <Whose author={item.actor} at={item.at} />
        </div>
      </div>
      {contact.permissions.edit && (
        <div className="mt-2 grid grid-cols-2 gap-2">
          <Act shortcut="a" onRun={() => resolve(item, "keep")}>
            {t(twice ? "review.keepBoth" : "review.keep")}
          </Act>
          <Act shortcut="b" onRun={() => resolve(item, "take")}>
            {t(twice ? "review.removeSecond" : "review.take")}
          </Act>
        </div>
      )}
    </Card>
  );
}
