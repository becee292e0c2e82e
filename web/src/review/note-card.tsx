/** A note that came with a merged contact: it stays where it is, or goes. A press on its words leads to it. */
import { useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { getNote } from "../api/calls";
import type { Contact, ReviewItem } from "../api/types";
import { useSession } from "../app/session";
import { useText } from "../i18n/language";
import { bringBack, takeAway } from "../notes/dated-note-queries";
import { useCombine } from "../notes/use-combine";
import { anchorOf } from "../notes/use-linked-note";
import { toast, toastUndo } from "../ui/toasts";
import { Act, Card, Whose } from "./card";
import { useResolve } from "./review-queries";

interface NoteCardProps {
  readonly item: ReviewItem;
  readonly contact: Contact;
}

export function NoteCard({ item, contact }: NoteCardProps) {
  const t = useText();
  const session = useSession();
  const queries = useQueryClient();
  const navigate = useNavigate();
  const resolve = useResolve(contact.id);
  const combine = useCombine(contact);
  const { note } = item;
  if (!note) return null;
  const title = note.title ?? t("dated.untitled");
  const isMain = contact.inherited_notes?.some(({ id }) => id === note.id) ?? false;

  const show = () => {
    const place =
      document.querySelector(`[data-note="${note.id}"]`) ?? document.getElementById(anchorOf(note.id));
    if (place) place.scrollIntoView({ block: "center", behavior: "smooth" });
    // Further down than what is read: as whoever follows a link to it is led there.
    else void navigate({ to: ".", hash: anchorOf(note.id), replace: true });
  };
  const remove = async () => {
    try {
      await takeAway(queries, session, await getNote(note.id));
      const back = () => bringBack(queries, contact.id, note.id).then(() => toast(t("dated.restored")));
      toastUndo(
        t("dated.deleted"),
        t("toast.undo"),
        () => void back().catch(() => toast(t("dated.restoreFailed"))),
      );
    } catch {
      toast(t("dated.deleteFailed"));
    }
  };

  return (
    <Card label={title}>
      <p className="line-clamp-2 break-words font-[550]">{title}</p>
      <button
        type="button"
        onClick={show}
        title={t("review.show")}
        className="mt-0.5 mb-1 line-clamp-3 w-full rounded-sm text-left text-ink-2 hover:text-ink"
      >
        {note.excerpt || t("dated.blank")}
      </button>
      <Whose author={item.actor} at={item.at} />
      {contact.permissions.edit && (
        <div className="mt-2 flex flex-wrap gap-2">
          <Act shortcut="a" onRun={() => resolve(item, "keep")}>
            {t("review.keepNote")}
          </Act>
          <Act shortcut="b" onRun={() => void combine(note.id)}>
            {t("review.combine")}
          </Act>
          {!isMain && (
            <Act shortcut="x" kind="quiet" onRun={() => void remove()}>
              {t("dated.delete")}
            </Act>
          )}
        </div>
      )}
    </Card>
  );
}
