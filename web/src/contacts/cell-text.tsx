/** What stands in a cell that nobody edits. */
import type { Colleague, Contact, Found, Property } from "../api/types";
import { useText } from "../i18n/language";
import { valueText } from "../properties/labels";
import { phoneText } from "../properties/values";
import { FoundIn } from "../search/marked";
import { Avatar } from "../ui/avatar";
import { personClass } from "../ui/people";
import { When } from "../ui/time";
import type { Column } from "./columns";

interface CellTextProps {
  readonly contact: Contact;
  readonly found: Found | undefined;
  readonly column: Column;
  readonly properties: readonly Property[];
  readonly users: readonly Colleague[];
}

export function CellText({ contact, found, column, properties, users }: CellTextProps) {
  const t = useText();
  const { properties: values } = contact;
  switch (column.id) {
    case "email":
      return <span className="truncate text-ink-2">{values.emails[0]?.value}</span>;
    case "phone":
      return (
        <span className="truncate text-ink-2 tabular-nums">{phoneText(values.phones[0]?.value ?? "")}</span>
      );
    case "stage": {
      const property = properties.find(({ name }) => name === "lifecyclestage");
      const stage = property && valueText(t, property, values.lifecyclestage ?? "", users);
      return (
        stage && (
          <span className="chip-accent max-w-full">
            <span className="truncate">{stage}</span>
          </span>
        )
      );
    }
    case "owner": {
      const owner = users.find(({ id }) => id === values.owner_id);
      if (!owner) return values.owner_id && users.length > 0 && t("property.formerUser");
      return (
        <span className="flex min-w-0 items-center gap-1.5">
          <Avatar name={owner.name} color={personClass(owner.id, owner.color)} size="s" />
          <span className="truncate">{owner.name}</span>
        </span>
      );
    }
    case "tags":
      return (
        <span className="flex min-w-0 gap-1 overflow-hidden">
          {values.tags.map((tag) => (
            <span key={tag} className="chip whitespace-nowrap">
              {tag}
            </span>
          ))}
        </span>
      );
    case "note":
      return (
        <span className="truncate text-ink-2">
          <Excerpt contact={contact} found={found} />
        </span>
      );
    case "updated":
      return <When at={contact.updated_at} className="truncate text-ink-3" />;
    default:
      return column.edits && <span className="truncate">{values[column.edits]}</span>;
  }
}

/** In a cell there is not room for more. */
const BEFORE_FOUND = 18;

/** The words that were found, where they do not stand in the name; else the beginning of what is noted. */
export function Excerpt({
  contact,
  found,
}: {
  readonly contact: Contact;
  readonly found: Found | undefined;
}) {
  if (found && found.matched_in !== "name") return <FoundIn hit={found} before={BEFORE_FOUND} />;
  return contact.notes_excerpt;
}
