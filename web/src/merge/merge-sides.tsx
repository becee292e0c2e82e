/** Who is merged into whom: the one that stays on the left, the one that leads there on the right, and how to turn them. */
import { useQuery } from "@tanstack/react-query";
import { ArrowLeftRight } from "lucide-react";
import type { MergePreview } from "../api/types";
import { contactQuery } from "../app/queries";
import { useSession } from "../app/session";
import { useText } from "../i18n/language";
import { Avatar } from "../ui/avatar";
import { contactClass } from "../ui/people";
import type { Side } from "./comparison";

interface MergeSidesProps {
  readonly preview: MergePreview;
  readonly names: Readonly<Record<Side, string>>;
  /** Where the picture is that the survivor will show. */
  readonly photo: string | null | undefined;
  readonly onTurn: () => void;
}

export function MergeSides({ preview, names, photo, onTurn }: MergeSidesProps) {
  const t = useText();
  const turn = t("merge.turn", { name: names.secondary });
  return (
    <div className="grid grid-cols-[minmax(0,1fr)_auto_minmax(0,1fr)] items-stretch gap-2 desk:gap-3">
      <Card side="primary" contact={preview.primary} photo={photo} />
      <button
        type="button"
        aria-label={turn}
        title={turn}
        onClick={onTurn}
        className="touchable grid size-9 place-items-center self-center rounded-full border border-line-strong bg-sheet text-ink-2 hover:bg-sunk hover:text-ink"
      >
        <ArrowLeftRight aria-hidden size={16} strokeWidth={1.75} />
      </button>
      <Card side="secondary" contact={preview.secondary} />
    </div>
  );
}

interface CardProps {
  readonly side: Side;
  readonly contact: MergePreview["primary"];
  /** In place of its own. */
  readonly photo?: string | null | undefined;
}

function Card({ side, contact: { id, name }, photo }: CardProps) {
  const t = useText();
  const contact = useQuery(contactQuery(useSession(), id)).data;
  const known = [contact?.properties.emails[0]?.value, contact?.properties.company];
  const stays = side === "primary";
  return (
    <div
      data-side={side}
      className={`flex min-w-0 flex-col gap-2 rounded-card border p-2.5 desk:flex-row desk:items-center desk:gap-3 desk:p-3 ${stays ? "border-accent bg-accent-soft" : "border-line-strong border-dashed"}`}
    >
      <Avatar
        name={name}
        color={contactClass(id)}
        photo={(photo === undefined ? contact?.avatar : photo) ?? null}
        size="touch"
      />
      <div className="min-w-0 flex-1">
        <p className={`text-[12px] ${stays ? "font-[550] text-accent" : "text-ink-3"}`}>
          {t(stays ? "merge.stays" : "merge.joins")}
        </p>
        <p className="line-clamp-2 break-words text-[15px] font-[600] tracking-tight">
          {name || t("contacts.noName")}
        </p>
        <p className="line-clamp-2 break-words text-[12.5px] text-ink-2">
          {known.filter(Boolean).join(" · ") || "–"}
        </p>
      </div>
    </div>
  );
}
