// What the server has told each person to be stored, as the clock of their own client, written down as it is told. Told
// is: a status that leaves nothing open (Hocuspocus); one's own update come back as an echo (y-websocket has no status).
import { decoding, Y } from "./libraries.mjs";
import { tell } from "./json_lines.mjs";

const SYNC = 0;
const SYNC_STEP_2 = 1;
const UPDATE = 2;

export function clocksOf(document) {
  return Object.fromEntries(Y.decodeStateVector(Y.encodeStateVector(document)));
}

/** From here on, the clock after each update of one's own. Before the provider listens, so that both count the same. */
export function keepJournal(person) {
  person.stored = 0;
  person.written = [];
  person.document.on("update", (_update, origin) => {
    if (origin !== person.provider) person.written.push(Y.getState(person.document.store, person.document.clientID));
  });
}

/** `unsyncedChanges` counts updates made while connected; `counts` says that nothing made before is still open. */
export function journal(person) {
  if (!person.provider || !person.counts) return;
  const stored = person.written[person.written.length - person.provider.unsyncedChanges - 1] ?? 0;
  write(person, stored);
}

/** A frame for a y-websocket: what it says of one's own words is stored. */
export function hearEcho(person, frame) {
  const decoder = decoding.createDecoder(new Uint8Array(frame));
  if (decoding.readVarUint(decoder) !== SYNC || ![SYNC_STEP_2, UPDATE].includes(decoding.readVarUint(decoder))) return;
  const { to } = Y.parseUpdateMeta(decoding.readVarUint8Array(decoder));
  write(person, to.get(person.document.clientID) ?? 0);
}

function write(person, stored) {
  if (stored <= person.stored) return;
  person.stored = stored;
  tell({ event: "stored", name: person.name, client: person.document.clientID, clock: stored });
}
