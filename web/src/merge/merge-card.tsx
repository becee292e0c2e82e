/** A merge among what happened with a contact: who merged whom, what came along, and the way back. */
import { Link } from "@tanstack/react-router";
import { Merge as Merged } from "lucide-react";
import type { Contact, Merge } from "../api/types";
import { useText } from "../i18n/language";
import { Avatar } from "../ui/avatar";
import { personClass } from "../ui/people";
import { useWhen, When } from "../ui/time";
import { askToMerge, askToUndo } from "./merge-asked";
import { namesOf } from "./names";

interface MergeCardProps {
  readonly merge: Merge;
  readonly contact: Contact;
}

export function MergeCard({ merge, contact }: MergeCardProps) {
  const t = useText();
  const undone = useWhen(merge.undone_at ?? "");
  const actor = merge.actor?.name ?? t("history.somebody");
  const { primary, secondary } = namesOf(t, merge);
  const left = merge.secondary_id === contact.id;
  const brought = [
    t("merge.notesCount", { count: merge.notes }),
    ...(merge.properties.length > 0 ? [t("merge.propertiesCount", { count: merge.properties.length })] : []),
  ].join(" · ");
  const standing = merge.undone_at === null;
  return (
    <article
      data-merge={merge.id}
      data-undone={standing ? undefined : ""}
      className={`mb-2 flex items-start gap-2.5 rounded-card border px-3.5 py-3 ${standing ? "border-accent bg-accent-soft" : "border-line"}`}
    >
      {merge.actor ? (
        <Avatar
          name={merge.actor.name}
          color={personClass(merge.actor.id, merge.actor.color)}
          size="s"
          className="mt-0.5"
        />
      ) : (
        <Merged aria-hidden size={17} strokeWidth={1.75} className="mt-0.5 flex-none text-ink-3" />
      )}
      <div className="min-w-0 flex-1">
        <p className="text-[13.5px]">
          {left
            ? t("merge.card.left", { actor, name: primary })
            : merge.primary_id === contact.id
              ? t("merge.card.joined", { actor, name: secondary })
              : t("merge.card.before", { actor, name: secondary, primary })}
          {standing && <span className="text-ink-2"> · {brought}</span>}
        </p>
        {!standing && (
          <p className="text-[13px] text-ink-2">
            {t("merge.card.undone", { actor: merge.undone_by?.name ?? t("history.somebody"), when: undone })}
          </p>
        )}
        <p className="mt-1 flex flex-wrap gap-x-3 text-[13px]">
          {standing && contact.permissions.edit && (
            <Press onPress={() => askToUndo(merge)}>{t("merge.card.undo")}</Press>
          )}
          {!standing && (
            <Link
              to="/contacts/$contactId"
              params={{ contactId: left ? merge.primary_id : merge.secondary_id }}
              className="touchable inline-flex items-center rounded-sm text-accent hover:underline"
            >
              {t("undo.open", { name: left ? primary : secondary })}
            </Link>
          )}
          {!standing && contact.permissions.edit && (
            <Press onPress={() => askToMerge(merge.primary_id, merge.secondary_id)}>
              {t("merge.card.again")}
            </Press>
          )}
        </p>
      </div>
      <When at={merge.at} className="flex-none pt-0.5 text-[12px] text-ink-2" />
    </article>
  );
}

interface PressProps {
  readonly onPress: () => void;
  readonly children: string;
}

function Press({ onPress, children }: PressProps) {
  return (
    <button
      type="button"
      onClick={onPress}
      className="touchable inline-flex items-center rounded-sm text-accent hover:underline"
    >
      {children}
    </button>
  );
}
