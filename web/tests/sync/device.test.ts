import { expect, test } from "vitest";
import { openDevice } from "../../src/sync/device";

const promise = (document: string, stamp = 1) => ({ document, session: "s", count: 1, stamp });

test("signing out keeps the documents whose words are still to be sent, and nothing else", async () => {
  const device = await openDevice("usr_wipe");
  await device.keep({ document: "note/clean", generation: 0, met: true });
  await device.keep({ document: "note/owed", generation: 0, met: true });
  await device.setPending(promise("note/owed"));
  await device.keepRecord("contacts/", { results: [] });
  await device.wipe();
  expect(await device.record("contacts/")).toBeUndefined();
  expect(await device.kept("note/clean")).toMatchObject({ met: false });
  expect(await device.kept("note/owed")).toMatchObject({ met: true });
  expect(await device.pending()).toHaveLength(1);
});

test("a promise renewed since it was read is not settled", async () => {
  const device = await openDevice("usr_settle");
  await device.setPending(promise("note/a"));
  const read = await device.pending();
  await device.setPending(promise("note/a", 2));
  await device.settle(read);
  expect(await device.pending()).toEqual([promise("note/a", 2)]);
  await device.settle(await device.pending());
  expect(await device.pending()).toEqual([]);
});

test("a copy moved aside gives way to a store of another name", async () => {
  const device = await openDevice("usr_names");
  const kept = await device.kept("note/a");
  expect(device.storeName(kept)).toBe("carnet/usr_names/note/a");
  expect(device.storeName({ ...kept, generation: 2 })).toBe("carnet/usr_names/note/a#2");
});

test("a draft stays through signing out, until it is written or given up wherever it was begun", async () => {
  const device = await openDevice("usr_drafts");
  const draft = (contactId: string, property: string) => ({
    contactId,
    property,
    writes: {},
    typed: "Nancy",
  });
  await device.keepRecord("contact/con_a", { id: "con_a" });
  await device.keepDraft(draft("con_a", "city"));
  await device.keepDraft(draft("con_b", "city"));
  await device.keepDraft(draft("con_b", "jobtitle"));
  await device.keepRecord("users", []);
  await device.wipe();
  expect(await device.record("contact/con_a")).toBeUndefined();
  expect(await device.record("users")).toBeUndefined();
  expect(await device.drafts()).toHaveLength(3);
  await device.dropDrafts(["con_a", "con_b"], "city");
  expect(await device.drafts()).toEqual([draft("con_b", "jobtitle")]);
});
