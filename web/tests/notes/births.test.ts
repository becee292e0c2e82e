import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Problem, Unreachable } from "../../src/api/request";
import { bear, conceive, unborn } from "../../src/notes/births";
import { openDevice, type Device } from "../../src/sync/device";

const answers: Response[] = [];
const asked: { id: string; occurred_at: string }[] = [];
let device: Device;
let users = 0;

/** The server, or the lack of one, as the network shows it. */
beforeEach(async () => {
  device = await openDevice(`usr_birth_${(users += 1)}`);
  vi.stubGlobal("fetch", async (request: Request) => {
    asked.push((await request.json()) as (typeof asked)[number]);
    const answer = answers.shift();
    if (!answer) throw new TypeError("Failed to fetch");
    return answer;
  });
});
afterEach(() => {
  vi.unstubAllGlobals();
  answers.length = 0;
  asked.length = 0;
});

const answer = (status: number, body: object) =>
  answers.push(
    new Response(JSON.stringify(body), { status, headers: { "Content-Type": "application/json" } }),
  );

test("a note begun here is known to the device until the server has made it, under the same id", async () => {
  const note = await conceive(device, "con_1");
  const document = `note/${note.id}`;
  expect(note.id).toMatch(/^act_[0-9a-f]{32}$/);
  expect((await unborn(device, "con_1")).map(({ id }) => id)).toEqual([note.id]);
  expect(await unborn(device, "con_2")).toEqual([]);

  await expect(bear(device, document)).rejects.toBeInstanceOf(Unreachable);
  expect(await unborn(device, "con_1")).toHaveLength(1);

  answer(201, note);
  await bear(device, document);
  expect(await unborn(device, "con_1")).toEqual([]);
  const sent = [note.id, note.occurred_at];
  expect(asked.map(({ id, occurred_at }) => [id, occurred_at])).toEqual([sent, sent]);
});

test("one that was made is not asked for again", async () => {
  await bear(device, "note/act_elsewhere");
  expect(asked).toEqual([]);
});

test("a session that is over keeps the note for the next; a refusal for good lets go of it", async () => {
  const { id } = await conceive(device, "con_1");
  answer(401, { code: "unauthenticated" });
  await expect(bear(device, `note/${id}`)).rejects.toBeInstanceOf(Problem);
  expect(await unborn(device, "con_1")).toHaveLength(1);

  answer(404, { code: "not_found" });
  await bear(device, `note/${id}`);
  expect(await unborn(device, "con_1")).toEqual([]);
});
