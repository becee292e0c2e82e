/**
 * Open one document with the stock provider and leave: how long it took until all of it was there.
 *
 *   node opening.mjs URL TOKEN DOCUMENT [FILE]
 *
 * Says {"ms", "clocks"}: milliseconds from the connection's first step to the end of the sync, and how many clocks the
 * document has. With FILE its state is written there as one update, for a peer to load.
 */
import { writeFileSync } from "node:fs";
import { HocuspocusProvider, HocuspocusProviderWebsocket, socketWith, Y } from "../clients/libraries.mjs";

const [url, token, name, file] = process.argv.slice(2);
const document = new Y.Doc();
const began = performance.now();
const websocketProvider = new HocuspocusProviderWebsocket({ url, WebSocketPolyfill: socketWith() });
const provider = new HocuspocusProvider({
  websocketProvider,
  name,
  document,
  token,
  onSynced: () => {
    const ms = performance.now() - began;
    const clocks = [...Y.decodeStateVector(Y.encodeStateVector(document)).values()].reduce((sum, clock) => sum + clock, 0);
    if (file) writeFileSync(file, Y.encodeStateAsUpdate(document));
    console.log(JSON.stringify({ ms, clocks }));
    provider.destroy();
    websocketProvider.destroy();
  },
});
provider.attach();
