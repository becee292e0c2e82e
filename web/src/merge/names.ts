/** What to call the two contacts of a merge: by name, and where they have the same one by what tells them apart. */
import type { Merge } from "../api/types";
import type { Translate } from "../i18n/catalogue";
import { phoneText } from "../properties/values";
import type { Side } from "./comparison";

export type Names = Readonly<Record<Side, string>>;

export function namesOf(t: Translate, merge: Merge): Names {
  const name = { primary: merge.primary_name, secondary: merge.secondary_name };
  const knownBy = { primary: merge.primary_known_by, secondary: merge.secondary_known_by };
  return toldApart(t, name, knownBy);
}

/** Where nothing else does, it tells them apart which of them stays. */
export function toldApart(t: Translate, name: Names, knownBy: Names): Names {
  const primary = name.primary || t("contacts.noName");
  const secondary = name.secondary || t("contacts.noName");
  if (primary !== secondary) return { primary, secondary };
  const by =
    knownBy.primary || knownBy.secondary
      ? knownBy
      : { primary: t("merge.which.stays"), secondary: t("merge.which.joined") };
  const full = (side: Side) => (by[side] ? `${primary} (${phoneText(by[side])})` : primary);
  return { primary: full("primary"), secondary: full("secondary") };
}
