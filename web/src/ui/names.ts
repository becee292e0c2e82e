/** A contact's name as one reads it. */
import type { Contact } from "../api/types";

export function nameOf({ properties }: Pick<Contact, "properties">): string {
  return [properties.firstname, properties.lastname].filter(Boolean).join(" ").trim();
}
