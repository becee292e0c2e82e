/**
 * Dated notes are made here first and on the server as soon as it answers: the caret need not wait, and offline is no
 * reason not to write. The device keeps that a note is still to be made beside its document's copy; whoever opens the
 * document makes the note first. The id is chosen here, so that sending it again makes it once.
 */
import { createNote } from "../api/calls";
import { Problem } from "../api/request";
import type { Note } from "../api/types";
import type { Birth, Device, Kept } from "../sync/device";

const PREFIX = "note/";

/** A new, empty note of this contact, of now. */
export async function conceive(device: Device, contactId: string): Promise<Note> {
  const id = `act_${crypto.randomUUID().replaceAll("-", "")}`;
  const born: Birth = { contactId, at: new Date().toISOString() };
  const kept: Kept = { document: PREFIX + id, generation: 0, met: false, born };
  // Where the browser keeps nothing there is nothing to write on before the server has it.
  if (!device.durable) return createNote(contactId, { id, occurred_at: born.at });
  await device.keep(kept);
  return drawn(kept, born);
}

/** The notes of this contact that only this device knows. */
export async function unborn(device: Device, contactId: string): Promise<Note[]> {
  const kept = await device.births();
  return kept.flatMap((each) => (each.born?.contactId === contactId ? [drawn(each, each.born)] : []));
}

/** Makes the note of this document, if it is still to be made. Rejects when nobody answers. */
export async function bear(device: Device, document: string): Promise<void> {
  const kept = await device.kept(document);
  if (!kept.born) return;
  const { contactId, at } = kept.born;
  try {
    await createNote(contactId, { id: document.slice(PREFIX.length), occurred_at: at });
  } catch (error) {
    // Refused for good, the document is opened all the same: what was written in it is then rescued like any other's.
    if (!(error instanceof Problem) || error.status < 403 || error.status === 429) throw error;
  }
  const { document: name, generation, met } = await device.kept(document);
  await device.keep({ document: name, generation, met });
}

/** As many as can be; the others wait. */
export async function bearAll(device: Device, contactId: string): Promise<void> {
  for (const { document, born } of await device.births()) {
    if (born?.contactId === contactId) await bear(device, document).catch(() => undefined);
  }
}

/** As the server would show it. */
function drawn({ document }: Kept, { contactId, at }: Birth): Note {
  return {
    id: document.slice(PREFIX.length),
    object: "note",
    contact_id: contactId,
    origin_contact_id: contactId,
    origin: null,
    main: false,
    title: null,
    occurred_at: at,
    text: "",
    markdown: "",
    content: { type: "doc", content: [] },
    excerpt: "",
    version: 0,
    created_at: at,
    updated_at: at,
    updated_by: null,
    permissions: { edit: true },
  };
}
