// The test asks, one JSON object a line on stdin; this process answers on stdout, and tells of events in between.
import { createInterface } from "node:readline";

export function tell(event) {
  process.stdout.write(`${JSON.stringify(event)}\n`);
}

/** `verbs` by name; each takes the question's object and gives its answer. End of input ends the process. */
export function answer(verbs) {
  const lines = createInterface({ input: process.stdin });
  lines.on("line", async (line) => {
    const { id, verb, ...question } = JSON.parse(line);
    try {
      tell({ id, answer: (await verbs[verb](question)) ?? null });
    } catch (error) {
      tell({ id, error: `${verb}: ${error.stack}` });
    }
  });
  lines.on("close", () => process.exit(0));
}
