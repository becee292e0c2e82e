/** A property of one value: text, one of some options, a colleague. */
import type { Colleague, Property } from "../api/types";
import { useText } from "../i18n/language";
import { Avatar } from "../ui/avatar";
import { personClass } from "../ui/people";
import { ChoiceInput, type Choice } from "./choice-input";
import { useEditing } from "./editing";
import { InlineInput } from "./inline-input";
import { labelOf, optionLabel, valueText } from "./labels";
import { usePropertyDocument } from "./use-property-document";
import { ValueButton } from "./value-button";
import { scalarIn, setScalar } from "./values";
import { assignable } from "../ui/people";

export function ScalarField({ property }: { readonly property: Property }) {
  const t = useText();
  const { values, editors } = usePropertyDocument();
  const { contactId, place, users, open, hold, type, leave, commit } = useEditing();
  const label = labelOf(t, property);
  const now = scalarIn(values, property.name);
  const text = valueText(t, property, now, users);

  if (place?.name !== property.name) {
    return (
      <ValueButton property={property} text={text} onOpen={() => open({ name: property.name })}>
        <Shown property={property} value={now} text={text} users={users} />
      </ValueButton>
    );
  }
  const common = { label, now, onLeave: (then: Parameters<typeof leave>[1]) => leave(property, then) };
  if (property.type === "option" || property.type === "user") {
    const choices: Choice[] =
      property.type === "user"
        ? assignable(users, now).map(({ id, name }) => ({ value: id, label: name }))
        : property.options.map((option) => ({ value: option, label: optionLabel(t, property, option) }));
    return (
      <ChoiceInput
        {...common}
        choices={choices}
        onCommit={(value, then) =>
          commit(property, { writes: setScalar(property.name, value), typed: value }, then)
        }
      />
    );
  }
  const edit = (typed: string) => ({ writes: setScalar(property.name, typed), typed });
  return (
    <InlineInput
      {...common}
      of={contactId}
      draft={place.draft}
      colleague={editors.get(property.name)}
      onAsk={hold}
      onType={(typed) => type(property, typed === null ? null : edit(typed))}
      onCommit={(typed, then) => commit(property, edit(typed), then)}
    />
  );
}

interface ShownProps {
  readonly property: Property;
  readonly value: string;
  readonly text: string;
  readonly users: readonly Colleague[];
}

function Shown({ property, value, text, users }: ShownProps) {
  if (property.type === "option") return <span className="chip-accent">{text}</span>;
  const user = property.type === "user" && users.find(({ id }) => id === value);
  if (!user) return text;
  return (
    <span className="inline-flex items-center gap-1.5">
      <Avatar name={user.name} color={personClass(user.id, user.color)} size="s" />
      {text}
    </span>
  );
}
