import { expect, test } from "vitest";
import { completeAddress, isSafeAddress } from "../../src/notes/addresses";

test.each(["https://carnet.fr", "http://a.b/c?d#e", "mailto:a@b.fr", "tel:+33612345678", "HTTPS://X.FR"])(
  "%s may be linked to",
  (address) => expect(isSafeAddress(address)).toBe(true),
);

test.each([
  "javascript:alert(1)",
  "JaVaScRiPt:alert(1)",
  " javascript:alert(1)",
  "java\nscript:alert(1)",
  "\u0001javascript:alert(1)",
  "data:text/html,x",
  "vbscript:x",
  "blob:https://x",
  "file:///etc/passwd",
  "//evil.test",
  "/contacts",
  "",
])("%j may not", (address) => expect(isSafeAddress(address)).toBe(false));

test.each([
  ["carnet.fr", "https://carnet.fr"],
  ["localhost:8000/x", "https://localhost:8000/x"],
  ["lea@carnet.test", "mailto:lea@carnet.test"],
  ["+33 6 12 34 56 78", "tel:+33612345678"],
  ["http://a.b", "http://a.b"],
  ["javascript:alert(1)", null],
  ["deux mots", null],
  ["", null],
])("typed %j becomes %j", (typed, address) => expect(completeAddress(typed)).toBe(address));
