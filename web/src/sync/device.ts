/**
 * What this device keeps for one signed-in person, in the IndexedDB database `carnet/{user}`: which documents hold
 * words the server has not acknowledged, words that a refusal left over, and the records last seen. The documents
 * themselves lie in y-indexeddb's own databases beside it, named `carnet/{user}/{document}`.
 *
 * Where the browser gives no IndexedDB everything here answers "nothing kept"; the app then works online only.
 */

/** One tab's promise to deliver: `count` changes of `document` that no acknowledgement has covered yet. */
export interface Pending {
  readonly document: string;
  readonly session: string;
  readonly count: number;
  readonly stamp: number;
}

/** Words to offer: what a refusal left over of the local copy, or a passage that was swept away unseen (swept.ts). */
export interface Rescued {
  readonly id: string;
  readonly document: string;
  readonly reason: string;
  readonly at: number;
  readonly lines: readonly string[];
  /** The lines the server has anyway are taken out: not yet done while offline. */
  readonly sifted: boolean;
}

/** A document on this device: which copy is the current one, and whether it ever met the server. */
export interface Kept {
  readonly document: string;
  readonly generation: number;
  readonly met: boolean;
  /** It began here, and is still to be made on the server. */
  readonly born?: Birth;
}

/** A note to be made: of which contact, and when it was begun. */
export interface Birth {
  readonly contactId: string;
  readonly at: string;
}

/** What somebody typed for a property of a contact and neither wrote nor gave up; `writes` is what it would write. */
export interface Draft {
  readonly contactId: string;
  readonly property: string;
  readonly writes: Readonly<Record<string, unknown>>;
  readonly typed: string;
  /** In the place of which element of a set. */
  readonly element?: string | undefined;
}

type Store = "pending" | "rescued" | "kept" | "records";
const KEYS: Record<Store, string | string[]> = {
  pending: ["document", "session"],
  rescued: "id",
  kept: "document",
  records: "key",
};

/** Drafts lie among the records, by contact and property. */
const DRAFTS = { first: "draft/", end: "draft/\uffff" };
const keyOf = ({ contactId, property }: Draft) => `${DRAFTS.first}${contactId}/${property}`;
const draftsRange = () => IDBKeyRange.bound(DRAFTS.first, DRAFTS.end);

export type Device = Awaited<ReturnType<typeof openDevice>>;

export async function openDevice(user: string) {
  const db = await openDatabase(`carnet/${user}`);
  const all = async <T>(store: Store): Promise<T[]> =>
    db ? ask<T[]>(db.transaction(store).objectStore(store).getAll()) : [];
  const put = async (store: Store, value: unknown): Promise<void> => {
    if (db) await ask(db.transaction(store, "readwrite").objectStore(store).put(value));
  };
  const drop = async (store: Store, key: IDBValidKey): Promise<void> => {
    if (db) await ask(db.transaction(store, "readwrite").objectStore(store).delete(key));
  };
  const get = async <T>(store: Store, key: IDBValidKey): Promise<T | undefined> =>
    db ? ask<T | undefined>(db.transaction(store).objectStore(store).get(key)) : undefined;

  const kept = async (document: string): Promise<Kept> =>
    (await get<Kept>("kept", document)) ?? { document, generation: 0, met: false };

  return {
    user,
    durable: db !== null,

    pending: async (document?: string): Promise<Pending[]> =>
      (await all<Pending>("pending")).filter((each) => document === undefined || each.document === document),
    setPending: (pending: Pending) => put("pending", pending),
    /** Forget these promises, except one that its tab has renewed since it was read. */
    settle: async (promises: readonly Pending[]): Promise<void> => {
      if (!db) return;
      const store = db.transaction("pending", "readwrite").objectStore("pending");
      for (const { document, session, stamp } of promises) {
        const now = await ask<Pending | undefined>(store.get([document, session]));
        if (now && now.stamp === stamp) await ask(store.delete([document, session]));
      }
    },
    dropPending: (document: string, session: string) => drop("pending", [document, session]),

    kept,
    keep: (value: Kept) => put("kept", value),
    /** The documents that began here and are still to be made on the server. */
    births: async (): Promise<Kept[]> => (await all<Kept>("kept")).filter(({ born }) => born),
    storeName: ({ document, generation }: Kept): string =>
      `carnet/${user}/${document}${generation ? `#${generation}` : ""}`,

    rescued: async (document: string): Promise<Rescued[]> =>
      (await all<Rescued>("rescued")).filter((each) => each.document === document),
    rescue: (rescued: Rescued) => put("rescued", rescued),
    dropRescued: (id: string) => drop("rescued", id),

    record: async <T>(key: string): Promise<T | undefined> =>
      (await get<{ key: string; value: T }>("records", key))?.value,
    keepRecord: (key: string, value: unknown) => put("records", { key, value }),

    drafts: async (): Promise<Draft[]> =>
      db
        ? (
            await ask<{ value: Draft }[]>(
              db.transaction("records").objectStore("records").getAll(draftsRange()),
            )
          ).map(({ value }) => value)
        : [],
    keepDraft: (draft: Draft) => put("records", { key: keyOf(draft), value: draft }),
    /** Of these contacts, that of this property. */
    dropDrafts: async (contactIds: readonly string[], property: string): Promise<void> => {
      if (!db) return;
      const store = db.transaction("records", "readwrite").objectStore("records");
      const found = await ask<{ key: string; value: Draft }[]>(store.getAll(draftsRange()));
      const gone = found.filter(
        ({ value }) => value.property === property && contactIds.includes(value.contactId),
      );
      await Promise.all(gone.map(({ key }) => ask(store.delete(key))));
    },

    /** Signing out: everything goes, except drafts and the documents whose words are still to be sent. */
    wipe: async (): Promise<void> => {
      if (!db) return;
      const owed = new Set((await all<Pending>("pending")).map((each) => each.document));
      for (const each of await all<Kept>("kept")) {
        if (owed.has(each.document)) continue;
        await removeDatabase(
          `carnet/${user}/${each.document}${each.generation ? `#${each.generation}` : ""}`,
        );
        await drop("kept", each.document);
      }
      const records = db.transaction("records", "readwrite").objectStore("records");
      await ask(records.delete(IDBKeyRange.upperBound(DRAFTS.first, true)));
      await ask(records.delete(IDBKeyRange.lowerBound(DRAFTS.end)));
      if (owed.size === 0) await ask(db.transaction("rescued", "readwrite").objectStore("rescued").clear());
    },
    close: () => db?.close(),
  };
}

const REMOVAL_MS_MAX = 2_000;

/** Another tab that holds the database is told to let go; one that does not is waited for no longer than this. */
export function removeDatabase(name: string): Promise<void> {
  return new Promise((resolve) => {
    const request = indexedDB.deleteDatabase(name);
    request.addEventListener("success", () => resolve());
    request.addEventListener("error", () => resolve());
    setTimeout(resolve, REMOVAL_MS_MAX);
  });
}

function openDatabase(name: string): Promise<IDBDatabase | null> {
  return new Promise((resolve) => {
    if (typeof indexedDB === "undefined") return resolve(null);
    const request = indexedDB.open(name, 1);
    request.addEventListener("upgradeneeded", () => {
      for (const [store, keyPath] of Object.entries(KEYS))
        request.result.createObjectStore(store, { keyPath });
    });
    request.addEventListener("error", () => resolve(null));
    request.addEventListener("success", () => {
      const db = request.result;
      db.addEventListener("versionchange", () => db.close());
      resolve(db);
    });
  });
}

function ask<T>(request: IDBRequest): Promise<T> {
  return new Promise((resolve, reject) => {
    request.addEventListener("success", () => resolve(request.result as T));
    request.addEventListener("error", () => reject(request.error ?? new Error("IndexedDB failed")));
  });
}
