/** When what a note tells of took place: short in the card, exact on hover and focus, and open to correction. */
import { Popover } from "@base-ui/react/popover";
import { useState, type FormEvent } from "react";
import type { Note } from "../api/types";
import { useDates, useText } from "../i18n/language";
import { Button } from "../ui/button";
import { Field } from "../ui/field";
import { When } from "../ui/time";
import { fromLocal, toLocal } from "./local-time";
import { useNoteHeading } from "./use-note-heading";

interface NoteDateProps {
  readonly note: Note;
  readonly mayWrite: boolean;
}

export function NoteDate({ note, mayWrite }: NoteDateProps) {
  const t = useText();
  const exact = useDates().exact(new Date(note.occurred_at));
  const [open, setOpen] = useState(false);
  const change = useNoteHeading(note);
  const look = "text-[13px] whitespace-nowrap text-ink-3";
  if (!mayWrite) return <When at={note.occurred_at} className={`${look} px-1.5`} />;

  const keep = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const typed = fromLocal(String(new FormData(event.currentTarget).get("at")));
    setOpen(false);
    if (typed && toLocal(typed) !== toLocal(note.occurred_at)) change({ occurred_at: typed });
  };

  return (
    <Popover.Root open={open} onOpenChange={setOpen}>
      <Popover.Trigger
        className={`exactly touchable relative h-7.5 rounded-field px-1.5 hover:bg-sunk hover:text-ink data-popup-open:bg-sunk ${look}`}
        data-exact={exact}
      >
        <When at={note.occurred_at} plain />
        <span className="sr-only"> {t("dated.date.edit", { date: exact })}</span>
      </Popover.Trigger>
      <Popover.Portal>
        <Popover.Positioner align="end" sideOffset={4} collisionPadding={8} className="z-50">
          <Popover.Popup aria-label={t("dated.date.label")} className="floating w-64 p-3">
            <form onSubmit={keep} className="grid gap-3">
              <Field
                label={t("dated.date.label")}
                name="at"
                type="datetime-local"
                required
                defaultValue={toLocal(note.occurred_at)}
              />
              <Button kind="primary" type="submit">
                {t("app.save")}
              </Button>
            </form>
          </Popover.Popup>
        </Popover.Positioner>
      </Popover.Portal>
    </Popover.Root>
  );
}
