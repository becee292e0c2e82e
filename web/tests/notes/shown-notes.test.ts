import { describe, expect, test } from "vitest";
import { arranged, notesOf, OPEN_MAX, type ShownNote } from "../../src/notes/shown-notes";
import type { Contact, InheritedNote } from "../../src/api/types";

const own = (id: string): ShownNote => ({ id, inherited: null });
const inherited = (id: string): ShownNote => ({ id, inherited: named(id) });
const named = (id: string): InheritedNote => ({
  id,
  origin_contact_id: "con",
  origin_name: "C. Roy",
  title: id,
});
const ids = (notes: readonly ShownNote[]) => notes.map(({ id }) => id).join(" ");

describe("the notes that stand open on a page", () => {
  test("are its contact's own, then those it has by merges, as many as a socket takes", () => {
    const many = Array.from({ length: 40 }, (_, at) => named(`act_${at}`));
    const contact = { main_note_id: "own", inherited_notes: many } as unknown as Contact;
    expect(notesOf(contact)).toHaveLength(OPEN_MAX);
    expect(ids(notesOf(contact)).startsWith("own act_0 act_1 ")).toBe(true);
  });

  test("take another contact's before the one that stood there alone", () => {
    expect(ids(arranged([own("b")], [own("a"), inherited("b")], null))).toBe("a b");
  });

  test("never change places, for a view that is moved loses its caret", () => {
    const before = [own("b"), inherited("c")];
    expect(ids(arranged(before, [own("a"), inherited("c"), inherited("d"), inherited("b")], null))).toBe(
      "a b c d",
    );
  });

  test("keep the one with the caret, though it is another contact's by now", () => {
    const before = [own("a"), inherited("b"), inherited("c")];
    expect(ids(arranged(before, [own("a")], "b"))).toBe("a b");
    expect(ids(arranged(before, [own("a")], null))).toBe("a");
  });

  test("are what they are now: whose it was is told as soon as it is known", () => {
    expect(arranged([own("b")], [own("a"), inherited("b")], "b")).toEqual([own("a"), inherited("b")]);
    expect(arranged([own("a"), inherited("b")], [own("b")], "b")).toEqual([own("b")]);
  });
});
