/**
 * What the stream of changes does to the dated notes on screen: one that was made, restored or written in is read anew
 * and put in its place, one that was deleted goes. In which one somebody writes at this moment is kept for its card.
 */
import type { QueryClient } from "@tanstack/react-query";
import { getNote } from "../api/calls";
import type { Change } from "../api/types";
import { followChanges } from "../app/live";
import { createStore } from "../app/store";
import { dropNote, mayBeShown, placeNote } from "./dated-note-queries";

/** Notes whose words changed a moment ago. */
export const moving = createStore<ReadonlySet<string>>(new Set());

type Timer = ReturnType<typeof setTimeout>;
const READ_EVERY_MS = 1_200;
const MOVING_MS = 4_000;

/** Follows the stream for this contact until the returned function is called. */
export function followDatedNotes(queries: QueryClient, contactId: string): () => void {
  const waiting = new Map<string, Timer>();
  const resting = new Map<string, Timer>();
  const readAt = new Map<string, number>();
  const placedOf = new Map<string, number>();
  /** An answer that was on its way when a note was deleted does not bring it back. */
  const gone = new Set<string>();

  const read = async (id: string) => {
    const asked = Date.now();
    waiting.delete(id);
    readAt.set(id, asked);
    const note = await getNote(id).catch(() => null);
    const isOvertaken = asked < (placedOf.get(id) ?? 0);
    if (!note || note.main || gone.has(id) || isOvertaken) return;
    placedOf.set(id, asked);
    placeNote(queries, note);
  };
  const readSoon = (id: string) => {
    if (waiting.has(id)) return;
    const rest = (readAt.get(id) ?? 0) + READ_EVERY_MS - Date.now();
    waiting.set(
      id,
      setTimeout(() => void read(id), Math.max(0, rest)),
    );
  };
  const move = (id: string) => {
    clearTimeout(resting.get(id));
    moving.set(new Set([...moving.get(), id]));
    const rest = () => moving.set(new Set([...moving.get()].filter((each) => each !== id)));
    resting.set(id, setTimeout(rest, MOVING_MS));
  };
  const take = ({ type, id }: Change) => {
    switch (type) {
      case "note.created":
      case "note.restored":
        gone.delete(id);
        return readSoon(id);
      case "note.updated":
        if (!mayBeShown(queries, contactId, id)) return;
        move(id);
        return readSoon(id);
      case "note.deleted":
        gone.add(id);
        return dropNote(queries, contactId, id);
      default:
    }
  };

  const stop = followChanges((event) => {
    if (event.kind === "change" && event.change.contact_id === contactId) take(event.change);
  });
  return () => {
    stop();
    for (const timer of [...waiting.values(), ...resting.values()]) clearTimeout(timer);
    moving.set(new Set());
  };
}
