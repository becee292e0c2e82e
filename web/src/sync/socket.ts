/**
 * One WebSocket for every document of the app, there while a document is open and a little longer, so that going from
 * one contact to the next keeps it. The browser's `offline` and `online` events are taken as hints only: a network that
 * is gone leaves a socket open and mute, so the hint closes it and the provider's own status tells the rest.
 */
import { HocuspocusProviderWebsocket, WebSocketStatus } from "@hocuspocus/provider";

const LINGER_MS = 2_000;

export interface SocketOptions {
  readonly url: string;
  /** Tests give their own. */
  readonly WebSocketPolyfill?: unknown;
  readonly lingerMs?: number;
}

export interface Socket {
  /** The shared connection, held until `release` is called. */
  acquire(): { websocket: HocuspocusProviderWebsocket; release: () => void };
}

export function createSocket({ url, WebSocketPolyfill, lingerMs = LINGER_MS }: SocketOptions): Socket {
  let websocket: HocuspocusProviderWebsocket | null = null;
  let holders = 0;
  let leaving: ReturnType<typeof setTimeout> | undefined;

  const giveUp = () => websocket && cut(websocket);
  const hurry = () => {
    if (websocket && websocket.status !== WebSocketStatus.Connected) void websocket.connect();
  };
  const open = () => {
    window.addEventListener("offline", giveUp);
    window.addEventListener("online", hurry);
    // Reconnecting within seconds matters more to a person writing than sparing a server some handshakes.
    return new HocuspocusProviderWebsocket({
      url,
      delay: 600,
      minDelay: 300,
      factor: 1.6,
      maxDelay: 5_000,
      ...(WebSocketPolyfill ? { WebSocketPolyfill } : {}),
    });
  };
  const close = () => {
    window.removeEventListener("offline", giveUp);
    window.removeEventListener("online", hurry);
    websocket?.destroy();
    websocket = null;
  };

  return {
    acquire() {
      clearTimeout(leaving);
      holders += 1;
      websocket ??= open();
      let held = true;
      return {
        websocket,
        release: () => {
          if (!held) return;
          held = false;
          holders -= 1;
          if (holders === 0) leaving = setTimeout(close, lingerMs);
        },
      };
    },
  };
}

/** Treat a mute connection as closed: the provider hears of it now instead of in half a minute, and starts anew. */
function cut({ status, webSocket }: HocuspocusProviderWebsocket): void {
  if (status === WebSocketStatus.Connected) {
    webSocket?.dispatchEvent(new CloseEvent("close", { code: 4408, reason: "offline" }));
  }
}
