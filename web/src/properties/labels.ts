/** Properties and their values in words: those of Carnet in the reader's language, a team's own as it wrote them. */
import type { Colleague, Property } from "../api/types";
import type { PlainKey, Translate } from "../i18n/catalogue";
import { phoneText } from "./values";

type Labelled = Pick<Property, "name" | "label_key" | "built_in">;

export function labelOf(t: Translate, { label_key, built_in }: Labelled): string {
  return built_in ? t(label_key as PlainKey) : label_key;
}

export function optionLabel(t: Translate, { label_key, built_in }: Labelled, option: string): string {
  return built_in ? t(`${label_key}.${option}` as PlainKey) : option;
}

/** A scalar, or an element of a set, as it is read. */
export function valueText(
  t: Translate,
  property: Property,
  value: string,
  users: readonly Colleague[],
): string {
  if (value === "") return "";
  switch (property.type) {
    case "phone":
      return phoneText(value);
    case "option":
      return property.options.includes(value) ? optionLabel(t, property, value) : value;
    case "user":
      return users.find(({ id }) => id === value)?.name ?? t("property.formerUser");
    default:
      return value;
  }
}

const REASONS: Record<string, PlainKey> = {
  missing: "refused.missing",
  too_long: "refused.too_long",
  control_characters: "refused.control_characters",
  too_many: "refused.too_many",
  not_an_option: "refused.not_an_option",
  not_an_email: "refused.not_an_email",
  not_a_phone: "refused.not_a_phone",
  taken: "refused.taken",
  unknown_user: "refused.unknown_user",
  read_only: "refused.read_only",
};

/** Why the server put a value back. */
export function reasonText(t: Translate, code: string): string {
  return t(REASONS[code] ?? "refused.other");
}
