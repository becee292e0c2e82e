/**
 * Everything a merge left to look at, one card below the other: beside the page where there is room, from below on a
 * phone. J and K go from card to card, A keeps what stands, B takes the other, X deletes.
 */
import { Dialog } from "@base-ui/react/dialog";
import { useQuery } from "@tanstack/react-query";
import { X } from "lucide-react";
import { useEffect, useRef, type KeyboardEvent, type RefObject } from "react";
import type { Contact, ReviewItem } from "../api/types";
import { propertiesQuery, usersQuery } from "../app/queries";
import { useSession } from "../app/session";
import { useText } from "../i18n/language";
import { Button, IconButton } from "../ui/button";
import { useNarrow } from "../ui/narrow";
import { NoteCard } from "./note-card";
import { useFurther } from "./review-queries";
import { ValueCard } from "./value-card";

/** As the server has it. */
const FURTHER_AT_ONCE = 20;

interface ReviewPanelProps {
  readonly contact: Contact;
  readonly items: readonly ReviewItem[];
  /** Notes that came along and of which nobody was asked yet. */
  readonly further: number;
  readonly open: boolean;
  readonly onClose: () => void;
}

export function ReviewPanel({ contact, items, further, open, onClose }: ReviewPanelProps) {
  const t = useText();
  const session = useSession();
  const narrow = useNarrow();
  const properties = useQuery(propertiesQuery(session)).data ?? [];
  const users = useQuery(usersQuery(session)).data ?? [];
  const list = useRef<HTMLUListElement>(null);
  const hold = useNextCard(list, items);

  return (
    <Dialog.Root
      open={open}
      modal={narrow}
      disablePointerDismissal={!narrow}
      onOpenChange={(next) => !next && onClose()}
    >
      <Dialog.Portal>
        {narrow && <Dialog.Backdrop className="veil z-40" />}
        <Dialog.Popup
          initialFocus={() => list.current?.querySelector<HTMLElement>("[data-card]") ?? true}
          onKeyDown={(event) => onKey(event, list.current)}
          className="review-panel floating"
        >
          <div className="flex items-center gap-2 border-b border-line py-1.5 pr-2 pl-4">
            <Dialog.Title className="mr-auto text-[13px] font-semibold">{t("review.title")}</Dialog.Title>
            <span className="text-[12.5px] text-ink-3">{t("review.left", { count: items.length })}</span>
            <Dialog.Close
              render={
                <IconButton label={t("review.close")}>
                  <X aria-hidden size={16} strokeWidth={1.9} />
                </IconButton>
              }
            />
          </div>
          {items.length === 0 ? (
            <p className="px-4 py-8 text-center text-ink-2">{t("review.done")}</p>
          ) : (
            <ul ref={list} onFocus={hold} className="min-h-0 flex-1 overflow-y-auto overscroll-contain p-3">
              {items.map((item) =>
                item.kind === "note" ? (
                  <NoteCard key={item.id} item={item} contact={contact} />
                ) : (
                  <ValueCard
                    key={item.id}
                    item={item}
                    contact={contact}
                    property={properties.find(({ name }) => name === item.property)}
                    users={users}
                  />
                ),
              )}
            </ul>
          )}
          {further > 0 && <Further contact={contact} count={further} />}
          {!narrow && items.length > 0 && (
            <p aria-hidden className="border-t border-line px-4 py-2 text-[12px] text-ink-3">
              {t("review.keys")}
            </p>
          )}
        </Dialog.Popup>
      </Dialog.Portal>
    </Dialog.Root>
  );
}

/** Whoever inherits many notes is asked about some at a time; the others are where notes are, and can be asked for. */
function Further({ contact, count }: { readonly contact: Contact; readonly count: number }) {
  const t = useText();
  const { mutate, isPending } = useFurther(contact.id);
  return (
    <div className="flex flex-wrap items-center gap-x-3 gap-y-1.5 border-t border-line px-4 py-2.5 text-[13px]">
      <p className="min-w-0 flex-1 basis-40 text-ink-2">{t("review.further", { count })}</p>
      <Button disabled={isPending} onClick={() => mutate()}>
        {t("review.showFurther", { count: Math.min(count, FURTHER_AT_ONCE) })}
      </Button>
    </div>
  );
}

const cardsIn = (list: HTMLElement | null) => [...(list?.querySelectorAll<HTMLElement>("[data-card]") ?? [])];

function onKey(event: KeyboardEvent, list: HTMLElement | null): void {
  if (event.metaKey || event.ctrlKey || event.altKey) return;
  const cards = cardsIn(list);
  const at = cards.findIndex((card) => card.contains(document.activeElement));
  const key = event.key.toLowerCase();
  const step = { j: 1, arrowdown: 1, k: -1, arrowup: -1 }[key];
  if (step) cards[Math.max(0, Math.min(at + step, cards.length - 1))]?.focus();
  else if (at >= 0 && "abx".includes(key)) {
    cards[at]?.querySelector<HTMLElement>(`[data-key=${key}]`)?.click();
  } else return;
  event.preventDefault();
  event.stopPropagation();
}

/** When the card with the focus goes, the one in its place gets it: whoever works through them keeps their hands there. */
function useNextCard(list: RefObject<HTMLElement | null>, items: readonly ReviewItem[]): () => void {
  const held = useRef<{ readonly card: HTMLElement | undefined; readonly at: number }>({
    card: undefined,
    at: -1,
  });
  const hold = () => {
    const cards = cardsIn(list.current);
    const at = cards.findIndex((card) => card.contains(document.activeElement));
    held.current = { card: cards[at], at };
  };
  useEffect(() => {
    const { card, at } = held.current;
    if (!card || card.isConnected) return;
    const focused = document.activeElement;
    const free = !focused || focused === document.body || focused.closest(".review-panel");
    const cards = cardsIn(list.current);
    if (free && !focused?.closest("[data-card]")) cards[Math.min(at, cards.length - 1)]?.focus();
  }, [list, items]);
  return hold;
}
