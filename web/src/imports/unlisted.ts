/** Of a long report only the first cases are kept, and all of them counted: how many there are besides. */
import type { Import } from "../api/types";

export function unlisted({ cases, codes }: Pick<Import, "cases" | "codes">): number {
  const told = Object.values(codes).reduce((sum, count) => sum + count, 0);
  return Math.max(0, told - cases.length);
}
