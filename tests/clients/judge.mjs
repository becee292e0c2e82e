// Real Yjs reads a log, row by row, for the oracle of tests/rig: what it says, and who wrote what of it.
import { Y } from "./libraries.mjs";
import { answer } from "./json_lines.mjs";
import { clocksOf } from "./journal.mjs";
import { propertiesOf, textOf } from "./writing.mjs";

answer({
  /** `rows`: [author, update in base64] in their order. `written`: client → authors of the rows that brought its words. */
  read({ rows }) {
    const document = new Y.Doc();
    const written = {};
    for (const [author, base64] of rows) {
      const update = Buffer.from(base64, "base64");
      for (const client of Y.parseUpdateMeta(update).to.keys()) {
        written[client] ??= [];
        if (!written[client].includes(author)) written[client].push(author);
      }
      Y.applyUpdate(document, update);
    }
    const waits = document.store.pendingStructs !== null || document.store.pendingDs !== null;
    return { text: textOf(document), properties: propertiesOf(document), clocks: clocksOf(document), written, waits };
  },
});
