// The published packages, unmodified, at the versions the browser client pins. They are resolved from web/, so that the
// tests install nothing of their own; all as CommonJS, so that there is one Yjs.
import { createRequire } from "node:module";

const require = createRequire(new URL("../../web/package.json", import.meta.url));

export const Y = require("yjs");
export const { HocuspocusProvider, HocuspocusProviderWebsocket } = require("@hocuspocus/provider");
export const { WebsocketProvider } = require("y-websocket");
const WebSocket = require("ws");

export const decoding = require("lib0/decoding");

/**
 * Node 20 has no WebSocket of its own, and a browser's cannot send the headers that a test wants to. `overhear` is given
 * every frame before the provider is.
 */
export function socketWith(headers = {}, overhear = undefined) {
  return class extends WebSocket {
    constructor(url, protocols) {
      super(url, protocols, { headers });
      if (overhear) this.on("message", overhear);
    }
  };
}
