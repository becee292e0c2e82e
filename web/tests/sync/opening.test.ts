import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { applyUpdate, Doc, encodeStateAsUpdate, XmlElement, XmlText } from "yjs";
import { openDevice, type Device } from "../../src/sync/device";
import { createDocuments } from "../../src/sync/documents";
import { openDocument, type Opening } from "../../src/sync/opening";
import { createSocket } from "../../src/sync/socket";
import { linesOf } from "../../src/sync/words";
import { Wire } from "./wire";

const NOTE = "note/act_1";
let wire: Wire;
let device: Device;
let openings: Opening[];
let users = 0;

beforeEach(async () => {
  wire = new Wire();
  device = await openDevice(`usr_${(users += 1)}`);
  openings = [];
});
afterEach(() => {
  for (const opening of openings) opening.close();
});

function options(confirm: () => Promise<void> = () => Promise.resolve()) {
  const socket = createSocket({ url: "ws://127.0.0.1/sync", WebSocketPolyfill: wire.WebSocket, lingerMs: 0 });
  return { device, socket, confirm };
}

function open(confirm?: () => Promise<void>): Opening {
  const opening = openDocument({ document: NOTE, ...options(confirm) });
  openings.push(opening);
  return opening;
}

function write(opening: Opening, text: string): void {
  const { copy } = opening.snapshot();
  if (!copy) throw new Error("expected a document to write in");
  paragraph(copy.doc, text);
}

function paragraph(doc: Doc, text: string): void {
  const element = new XmlElement("paragraph");
  element.insert(0, [new XmlText(text)]);
  doc.getXmlFragment("default").push([element]);
}

const state = (opening: Opening) => opening.snapshot().save;
const until = (opening: Opening, expected: ReturnType<typeof state>) =>
  vi.waitFor(() => expect(state(opening)).toEqual(expected), { timeout: 5_000 });

/** A visit that ends offline with this many changes unsent. */
async function visitOffline(...texts: string[]): Promise<void> {
  const opening = open();
  await until(opening, { kind: "saved" });
  wire.goDown();
  for (const text of texts) write(opening, text);
  await until(opening, { kind: "offline", pending: texts.length });
  await vi.waitFor(async () => expect((await device.pending(NOTE))[0]?.count).toBe(texts.length));
  opening.close();
}

describe("saying what became of the words", () => {
  test("it says saved only when the acknowledgement has come", async () => {
    const opening = open();
    await until(opening, { kind: "saved" });
    wire.holding = true;
    write(opening, "un");
    write(opening, "deux");
    expect(state(opening)).toEqual({ kind: "saving", pending: 2 });
    wire.release();
    await until(opening, { kind: "saved" });
    expect(linesOf(wire.doc)).toEqual(["un", "deux"]);
  });

  test("it never says saved between the handshake and its acknowledgement", async () => {
    await visitOffline("gardé");
    wire.up = wire.holding = true;
    const opening = open();
    await until(opening, { kind: "saving", pending: 1 });
    wire.release();
    await until(opening, { kind: "saved" });
  });

  test("it counts what is written offline, and sends it when the server is back", async () => {
    const opening = open();
    await until(opening, { kind: "saved" });
    wire.goDown();
    write(opening, "hors");
    write(opening, "ligne");
    expect(state(opening)).toEqual({ kind: "offline", pending: 2 });
    wire.up = true;
    await until(opening, { kind: "saved" });
    expect(linesOf(wire.doc)).toEqual(["hors", "ligne"]);
  });

  test("a change lost with the connection is counted again, not forgotten", async () => {
    const opening = open();
    await until(opening, { kind: "saved" });
    wire.holding = true;
    write(opening, "perdu");
    wire.goDown();
    expect(state(opening)).toEqual({ kind: "offline", pending: 1 });
    wire.holding = false;
    wire.up = true;
    await until(opening, { kind: "saved" });
    expect(linesOf(wire.doc)).toEqual(["perdu"]);
  });
});

describe("an earlier visit", () => {
  test("its words are shown and counted offline", async () => {
    await visitOffline("a", "b", "c");
    const opening = open();
    await until(opening, { kind: "offline", pending: 3 });
    expect(linesOf(opening.snapshot().copy?.doc ?? new Doc())).toEqual(["a", "b", "c"]);
  });

  test("its words are sent without opening the contact", async () => {
    await visitOffline("fermé");
    wire.up = true;
    await createDocuments(options()).deliver();
    expect(linesOf(wire.doc)).toEqual(["fermé"]);
    await vi.waitFor(async () => expect(await device.pending()).toEqual([]));
  });

  test("a delivery without a network ends, and leaves the promise standing", async () => {
    await visitOffline("fermé");
    await createDocuments(options()).deliver();
    expect(await device.pending()).toHaveLength(1);
  });

  test("a promise that another tab renewed meanwhile is not settled", async () => {
    await device.setPending({ document: NOTE, session: "other tab", count: 1, stamp: 1 });
    wire.holding = true;
    const opening = open();
    await until(opening, { kind: "saving", pending: 1 });
    await device.setPending({ document: NOTE, session: "other tab", count: 2, stamp: 2 });
    wire.release();
    await until(opening, { kind: "saved" });
    expect(await device.pending(NOTE)).toMatchObject([{ session: "other tab", count: 2 }]);
  });

  test("a document never met on this device is not opened for writing offline", async () => {
    wire.up = false;
    const opening = open();
    await vi.waitFor(() => expect(opening.snapshot().missing).toBe(true));
    expect(opening.snapshot().copy).toBeNull();
  });
});

describe("a document that began on this device", () => {
  const born = { contactId: "con_1", at: "2026-11-12T10:00:00.000Z" };

  test("may be written in at once, and is sent when it may be asked for", async () => {
    await device.keep({ document: NOTE, generation: 0, met: false, born });
    let allow = () => {};
    const opening = open(() => new Promise((resolve) => (allow = resolve)));
    await vi.waitFor(() => expect(opening.snapshot().copy).not.toBeNull());
    write(opening, "avant le serveur");
    expect(state(opening).kind).toBe("saving");

    await vi.waitFor(() => {
      allow();
      expect(state(opening)).toEqual({ kind: "saved" });
    });
    expect(await device.kept(NOTE)).toEqual({ document: NOTE, generation: 0, met: true });
  });
});

describe("a refusal", () => {
  for (const reason of ["schema", "foreign-client", "epoch-changed", "malformed", "document-too-large"]) {
    test(`of the copy (${reason}): a fresh one is opened and the words it lacks are offered`, async () => {
      paragraph(wire.doc, "connu");
      await visitOffline("jamais envoyé");
      wire.up = true;
      wire.refusals.push(reason);
      const opening = open();
      await until(opening, { kind: "saved" });
      await vi.waitFor(() =>
        expect(opening.snapshot().rescued).toMatchObject([{ reason, lines: ["jamais envoyé"] }]),
      );
      expect(linesOf(wire.doc)).toEqual(["connu"]);
      expect(await device.pending()).toEqual([]);
    });
  }

  test("what was offered is kept until it is put back or dismissed", async () => {
    await visitOffline("à remettre");
    wire.up = true;
    wire.refusals.push("schema");
    const first = open();
    await vi.waitFor(() => expect(first.snapshot().rescued).toHaveLength(1));
    first.close();
    const second = open();
    await until(second, { kind: "saved" });
    const [rescued] = second.snapshot().rescued;
    if (rescued) second.insertRescued(rescued);
    await until(second, { kind: "saved" });
    expect(linesOf(wire.doc)).toEqual(["à remettre"]);
    expect(second.snapshot().rescued).toEqual([]);
    await vi.waitFor(async () => expect(await device.rescued(NOTE)).toEqual([]));
  });

  test("repeated with nothing of ours at stake is final until one tries again", async () => {
    wire.refusals.push("schema", "schema");
    const opening = open();
    await until(opening, { kind: "refused", reason: "other" });
    opening.retry();
    await until(opening, { kind: "saved" });
  });

  test("for want of a session keeps the copy and its promise", async () => {
    await visitOffline("gardé");
    wire.up = true;
    wire.refusals.push("unauthenticated");
    const opening = open();
    await until(opening, { kind: "refused", reason: "unauthenticated" });
    opening.close();
    await until(open(), { kind: "saved" });
    expect(linesOf(wire.doc)).toEqual(["gardé"]);
  });

  test("of the whole document offers the words it will never take", async () => {
    await visitOffline("orphelin");
    wire.up = true;
    wire.refusals.push("not-found");
    const opening = open();
    await until(opening, { kind: "refused", reason: "not-found" });
    await vi.waitFor(() => expect(opening.snapshot().rescued).toMatchObject([{ lines: ["orphelin"] }]));
  });
});

describe("a passage that somebody deletes", () => {
  const append = (doc: Doc, letters: string) => {
    const text = (doc.getXmlFragment("default").get(0) as XmlElement).get(0) as XmlText;
    text.insert(text.length, letters);
  };
  const add = (opening: Opening, letters: string) => {
    const { copy } = opening.snapshot();
    if (copy) append(copy.doc, letters);
  };
  const removePassage = (doc: Doc) => doc.getXmlFragment("default").delete(0, 1);
  const offered = (opening: Opening) => opening.snapshot().rescued;
  const swept = (...lines: string[]) => [{ reason: "swept", sifted: true, lines }];

  beforeEach(() => paragraph(wire.doc, "Jo préfère"));

  test("is offered as it stood when words for it were written offline", async () => {
    const opening = open();
    await until(opening, { kind: "saved" });
    wire.goDown();
    add(opening, " le matin");
    wire.change(removePassage);
    wire.up = true;
    await until(opening, { kind: "saved" });
    expect(offered(opening)).toMatchObject(swept("Jo préfère le matin"));
    const [words] = offered(opening);
    if (words) opening.insertRescued(words);
    await until(opening, { kind: "saved" });
    expect(linesOf(wire.doc)).toEqual(["Jo préfère le matin"]);
    expect(offered(opening)).toEqual([]);
  });

  test("is offered by a later visit too, until somebody takes it or dismisses it", async () => {
    const earlier = open();
    await until(earlier, { kind: "saved" });
    wire.goDown();
    add(earlier, " le matin");
    await vi.waitFor(async () => expect((await device.pending(NOTE))[0]?.count).toBe(1));
    earlier.close();
    wire.change(removePassage);
    wire.up = true;
    await createDocuments(options()).deliver();

    const later = open();
    await until(later, { kind: "saved" });
    expect(offered(later)).toMatchObject(swept("Jo préfère le matin"));
    expect(await device.rescued(NOTE)).toHaveLength(1);
  });

  test("is offered when letters were just on their way", async () => {
    const opening = open();
    await until(opening, { kind: "saved" });
    add(opening, " le");
    await until(opening, { kind: "saved" });
    wire.holding = true;
    add(opening, " matin");
    wire.change(removePassage);
    await vi.waitFor(() => expect(offered(opening)).toMatchObject(swept("Jo préfère le matin")));
    wire.release();
    await until(opening, { kind: "saved" });
  });

  test("is deleted, and no more, when whoever deleted it had seen every word", async () => {
    const opening = open();
    await until(opening, { kind: "saved" });
    add(opening, " le matin");
    await until(opening, { kind: "saved" });
    wire.holding = true;
    write(opening, "une autre ligne");
    wire.change(removePassage);
    await vi.waitFor(() =>
      expect(linesOf(opening.snapshot().copy?.doc ?? new Doc())).toEqual(["une autre ligne"]),
    );
    wire.release();
    await until(opening, { kind: "saved" });
    expect(offered(opening)).toEqual([]);
  });

  test("has nothing of ours to offer when the words on their way in it are somebody else's", async () => {
    const opening = open();
    await until(opening, { kind: "saved" });
    wire.holding = true;
    write(opening, "la mienne");
    const other = new Doc();
    applyUpdate(other, encodeStateAsUpdate(wire.doc));
    wire.change((doc) => append(doc, " le soir"));
    removePassage(other);
    wire.change((doc) => applyUpdate(doc, encodeStateAsUpdate(other)));
    await vi.waitFor(() => expect(linesOf(opening.snapshot().copy?.doc ?? new Doc())).toEqual(["la mienne"]));
    expect(offered(opening)).toEqual([]);
  });
});

describe("the right to write", () => {
  test("a reader sees the words and may not change them", async () => {
    wire.scope = "readonly";
    paragraph(wire.doc, "à lire");
    const opening = open();
    await until(opening, { kind: "readonly" });
    expect(opening.snapshot().editable).toBe(false);
    expect(linesOf(opening.snapshot().copy?.doc ?? new Doc())).toEqual(["à lire"]);
  });

  test("withdrawn while words were unsent, these are offered", async () => {
    await visitOffline("trop tard");
    wire.up = true;
    wire.scope = "readonly";
    const opening = open();
    await vi.waitFor(() => expect(opening.snapshot().rescued).toMatchObject([{ lines: ["trop tard"] }]), {
      timeout: 5_000,
    });
    await until(opening, { kind: "readonly" });
    expect(linesOf(wire.doc)).toEqual([]);
  });
});

test("no credentials and no words are sent before the session is confirmed as this person's", async () => {
  await visitOffline("à moi");
  wire.up = true;
  const before = wire.tokens.length;
  let confirmed = () => undefined as void;
  const opening = open(() => new Promise((resolve) => (confirmed = resolve)));
  await vi.waitFor(() => expect(wire.sockets.size).toBe(1));
  expect(wire.tokens).toHaveLength(before);
  expect(linesOf(wire.doc)).toEqual([]);
  confirmed();
  await until(opening, { kind: "saved" });
  expect(wire.tokens.at(-1)).toBe("");
});

test("two people on one device never share a store", async () => {
  await visitOffline("de Léa");
  wire = new Wire();
  device = await openDevice("usr_tom");
  const opening = open();
  await until(opening, { kind: "saved" });
  expect(linesOf(wire.doc)).toEqual([]);
  expect(await device.pending()).toEqual([]);
});
