/**
 * The stream of changes. A browser opens six connections to one server over HTTP/1.1, and a stream holds one for good:
 * so one tab listens (whoever holds the lock) and tells the others. When it closes, the next takes over.
 */
import type { Change } from "../api/types";

export type ChangeEvent =
  | { readonly kind: "change"; readonly change: Change }
  /** Something may have been missed: read anew what is on screen. */
  | { readonly kind: "reset" }
  | { readonly kind: "link"; readonly link: StreamLink };

export type StreamLink = "connecting" | "online" | "offline";

const NAME = "carnet.changes";

/** Calls `take` for each event until the returned function is called. */
export function listenToChanges(take: (event: ChangeEvent) => void): () => void {
  const others = new BroadcastChannel(NAME);
  const stopped = new AbortController();
  let link: StreamLink = "connecting";
  let leading = false;

  const tell = (event: ChangeEvent) => {
    if (event.kind === "link") link = event.link;
    others.postMessage(event);
    take(event);
  };
  others.addEventListener("message", ({ data }: MessageEvent<ChangeEvent | "link?">) => {
    if (data !== "link?") take(data);
    else if (leading) others.postMessage({ kind: "link", link });
  });
  others.postMessage("link?");

  const lead = () =>
    new Promise<void>((resolve) => {
      leading = true;
      const stop = stream(tell);
      stopped.signal.addEventListener("abort", () => {
        stop();
        resolve();
      });
    });
  // Locks need a secure context; without them each tab listens for itself.
  if (navigator.locks) navigator.locks.request(NAME, { signal: stopped.signal }, lead).catch(() => undefined);
  else void lead();

  return () => {
    stopped.abort();
    others.close();
  };
}

const AGAIN_MS = 3_000;

function stream(tell: (event: ChangeEvent) => void): () => void {
  let source: EventSource;
  let again: ReturnType<typeof setTimeout> | undefined;
  // What the page read before the stream began may already be old.
  let missed = true;

  const open = () => {
    source = new EventSource("/api/v1/changes");
    source.addEventListener("open", () => {
      tell({ kind: "link", link: "online" });
      // The browser resumes a source by the last number it saw. A new source begins now: what it missed is read anew.
      if (missed) tell({ kind: "reset" });
      missed = false;
    });
    source.addEventListener("message", ({ data }: MessageEvent<string>) => {
      tell({ kind: "change", change: JSON.parse(data) as Change });
    });
    source.addEventListener("reset", () => tell({ kind: "reset" }));
    source.addEventListener("error", () => {
      tell({ kind: "link", link: "offline" });
      // An answer that is no stream closes the source for good.
      if (source.readyState === EventSource.CLOSED) anew(AGAIN_MS);
    });
  };
  const anew = (ms: number) => {
    missed = true;
    clearTimeout(again);
    source.close();
    again = setTimeout(open, ms);
  };
  const hurry = () => {
    if (source.readyState !== EventSource.OPEN) anew(0);
  };
  const giveUp = () => {
    tell({ kind: "link", link: "offline" });
    anew(AGAIN_MS);
  };
  open();
  window.addEventListener("online", hurry);
  window.addEventListener("offline", giveUp);
  return () => {
    clearTimeout(again);
    source.close();
    window.removeEventListener("online", hurry);
    window.removeEventListener("offline", giveUp);
  };
}
