// People at their editors: each a Y.Doc behind an unmodified provider of either dialect. The verbs are at the bottom.
import { HocuspocusProvider, HocuspocusProviderWebsocket, socketWith, WebsocketProvider, Y } from "./libraries.mjs";
import { answer, tell } from "./json_lines.mjs";
import { honestUpdates } from "./honest.mjs";
import { replay } from "./replay.mjs";
import { readSession } from "./sessions.mjs";
import { clocksOf, hearEcho, journal, keepJournal } from "./journal.mjs";
import { append, eraseFirst, newParagraph, propertiesOf, textOf } from "./writing.mjs";

/** name → {document, provider, paragraph, refusals, closes, messages, typing, …} */
const people = new Map();
/** name → a HocuspocusProviderWebsocket that several people (or one person's several documents) share. */
const sockets = new Map();

// The stock reconnection, only sooner: a test waits for each of them.
const SOON = { delay: 100, minDelay: 100, maxDelay: 400 };

function openHocuspocus(person, { name, url, document, token, socket, sessionAwareness = false, headers }) {
  const key = socket ?? `only ${name}`;
  if (!sockets.has(key)) {
    sockets.set(key, new HocuspocusProviderWebsocket({ url, WebSocketPolyfill: socketWith(headers), ...SOON }));
  }
  const provider = new HocuspocusProvider({
    websocketProvider: sockets.get(key),
    name: document,
    document: person.document,
    token,
    sessionAwareness,
    onAuthenticated: ({ scope }) => (person.scope = scope),
    onAuthenticationFailed: ({ reason }) => person.refusals.push(reason),
    onStateless: ({ payload }) => person.messages.push(payload),
    onUnsyncedChanges: () => (countAcknowledged(person), journal(person)),
    onClose: ({ event }) => person.closes.push(event.code),
    onDisconnect: () => (person.counts = false),
  });
  provider.attach();
  return provider;
}

function openYWebsocket(person, { url, document, ticket, headers }) {
  const provider = new WebsocketProvider(url, document, person.document, {
    WebSocketPolyfill: socketWith(headers, (frame) => hearEcho(person, frame)),
    params: ticket ? { ticket } : {},
    disableBc: true, // two of them in one process would talk past the server
    maxBackoffTime: SOON.maxDelay,
  });
  provider.on("connection-close", (event) => person.closes.push(event?.code));
  return provider;
}

/** What the stock provider calls saved, and what a person would see as "saved". */
function isSaved({ provider, dialect }) {
  return dialect === "hocuspocus" && provider.synced && provider.unsyncedChanges === 0;
}

/**
 * The journal of what the server acknowledged. `unsyncedChanges` counts one for each letter typed while connected; what
 * was typed offline is not in it, so after a reconnection nothing is taken as acknowledged until it reaches zero.
 */
function countAcknowledged(person) {
  if (!person.provider) return;
  if (isSaved(person)) person.counts = true;
  const acknowledged = person.counts ? person.typed - person.provider.unsyncedChanges : 0;
  if (acknowledged > person.acknowledged) {
    person.acknowledged = acknowledged;
    // The clock cuts off what is less than a millisecond: it was not earlier than at its next one.
    tell({ event: "acknowledged", name: person.name, count: acknowledged, at: (Date.now() + 1) / 1000 });
  }
  if (isSaved(person)) tell({ event: "saved", name: person.name, typed: person.typed, erased: person.erased });
}

/** Tell, while the update is being applied, what others wrote: no other moment is early enough for "seen is saved". */
function watch(person) {
  person.document.on("update", (_update, origin) => {
    if (origin === person.provider) tell({ event: "seen", name: person.name, text: textOf(person.document) });
  });
}

/** The writing of "ann" is "ann0 ann1 ann2 …", one character at a time: any gap, doubling or disorder shows. */
function letter(person, index) {
  for (; person.counting.length <= index; person.words += 1) person.counting += `${person.name}${person.words} `;
  return person.counting[index];
}

function type(person, count = 1) {
  person.paragraph ??= newParagraph(person.document);
  for (let done = 0; done < count; done += 1) {
    person.typed += 1;
    append(person.paragraph, letter(person, person.typed - 1));
  }
}

function fill(person) {
  const properties = person.document.getMap("properties");
  person.filled += 1;
  person.document.transact(() => {
    properties.set(`tags:${person.name}-${person.filled}`, true);
    properties.delete(`tags:${person.name}-${person.filled - 1}`);
    if (person.filled % 4 === 0) properties.set("jobtitle", `${person.name} ${person.filled}`);
  });
}

const verbs = {
  open(question) {
    const { name, dialect = "hocuspocus", clientId } = question;
    const person = { name, dialect, document: new Y.Doc(), refusals: [], closes: [], messages: [] };
    if (clientId) person.document.clientID = clientId;
    Object.assign(person, { typed: 0, erased: 0, acknowledged: 0, filled: 0, counts: false, counting: "", words: 0 });
    people.set(name, person);
    if (question.watched) watch(person);
    keepJournal(person);
    person.provider = (dialect === "hocuspocus" ? openHocuspocus : openYWebsocket)(person, question);
  },
  state({ name }) {
    const person = people.get(name);
    const { provider, document, dialect, refusals, closes, messages, scope = null } = person;
    const connected = dialect === "hocuspocus" ? provider.configuration.websocketProvider.status === "connected" : provider.wsconnected;
    const present = [...provider.awareness.getStates()].map(([client, state]) => ({ client, ...state }));
    const { typed, erased, acknowledged, filled } = person;
    return {
      ...{ synced: provider.synced, unsynced: provider.unsyncedChanges ?? null, saved: isSaved(person), connected, scope },
      ...{ refusals, closes, messages, present, text: textOf(document), client: document.clientID },
      ...{ typed, erased, acknowledged, filled },
    };
  },
  /** What a person knows of a document: its clocks, the words or the map, and whether anything waits for what is missing. */
  knows({ name }) {
    const { document, stored } = people.get(name);
    const waits = document.store.pendingStructs !== null || document.store.pendingDs !== null;
    return {
      ...{ client: document.clientID, stored, waits, clocks: clocksOf(document) },
      ...{ text: textOf(document), properties: propertiesOf(document) },
    };
  },
  write({ name, text }) {
    const person = people.get(name);
    if (person.paragraph) append(person.paragraph, text);
    else person.paragraph = newParagraph(person.document, text);
  },
  /** `count` letters of one's own counting, each an update. */
  type({ name, count }) {
    type(people.get(name), count);
  },
  /** An update that only deletes. */
  erase({ name, count }) {
    const person = people.get(name);
    person.erased += count;
    eraseFirst(person.paragraph, count);
  },
  /** A letter every `ms`, a little more or less, until told to stop. */
  startTyping({ name, ms }) {
    const person = people.get(name);
    const next = () => {
      type(person);
      person.typing = setTimeout(next, ms * (0.5 + Math.random()));
    };
    next();
  },
  /** Every `ms`: a tag with the next number in the place of the last one, and now and then the job title of all. */
  startFilling({ name, ms }) {
    const person = people.get(name);
    const next = () => {
      fill(person);
      person.typing = setTimeout(next, ms * (0.5 + Math.random()));
    };
    next();
  },
  stopTyping({ name }) {
    clearTimeout(people.get(name).typing);
  },
  present({ name, state }) {
    people.get(name).provider.awareness.setLocalState(state);
  },
  cut({ name }) {
    const { provider, dialect } = people.get(name);
    (dialect === "hocuspocus" ? provider.configuration.websocketProvider : provider).disconnect();
  },
  mend({ name }) {
    const { provider, dialect } = people.get(name);
    (dialect === "hocuspocus" ? provider.configuration.websocketProvider : provider).connect();
  },
  /** The note's text after none, one, two … all of a log's rows (base64). */
  texts({ updates }) {
    const document = new Y.Doc();
    const texts = updates.map((update) => {
      Y.applyUpdate(document, Buffer.from(update, "base64"));
      return textOf(document);
    });
    return ["", ...texts];
  },
  /** The note's text after all of a log's rows. */
  text({ updates }) {
    const document = new Y.Doc();
    for (const update of updates) Y.applyUpdate(document, Buffer.from(update, "base64"));
    return textOf(document);
  },
  /** Each of `names` writes what one author of a recorded session wrote; answers the text it must end with. */
  async replay({ names, ...recording }) {
    const session = readSession(recording);
    await replay(session, names.map((name) => people.get(name)));
    return session.endContent;
  },
  honestUpdates({ seed, count }) {
    return honestUpdates(seed, count);
  },
  leave({ name }) {
    people.get(name).provider.destroy();
  },
};

answer(verbs);
