/** Who wrote, in a sentence. */
import type { Author } from "../api/types";
import type { Translate } from "../i18n/catalogue";

/** "Léa Martin", "Léa Martin et Tom Petit"; somebody, where nobody has that account any more. */
export function namesOf(authors: readonly Author[], t: Translate): string {
  const names = authors.map(({ name }) => name);
  const last = names.pop() ?? t("history.somebody");
  return names.length > 0 ? t("versions.andMore", { names: names.join(", "), name: last }) : last;
}
