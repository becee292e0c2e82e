"""What a contact may hold: definitions, the one form of each value, and the verdict on an edit of its document.

Pure, and light to import: admission runs in worker processes. A contact's document is a map (docs/architecture.md):
a scalar stands under its property's name, an element of a set under `name:element`, so that two people who add at once
both win (property_shapes.py: how REST shows that).

A value that can be put into its one form is (an address in capitals, spaces around a name): nobody is told. A value
that cannot is put back to what it was, and its author is told which property and why.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import email_validator
import phonenumbers
from email_validator import EmailNotValidError, validate_email
from phonenumbers import NumberParseException, PhoneNumberFormat

from api.messages import FIELDS
from sync.difference import same
from sync.kinds import Problem, Verdict

# An address book keeps addresses that no mail from here would reach: those of an office's own network, for one.
email_validator.SPECIAL_USE_DOMAIN_NAMES.clear()

Type = Literal["text", "email", "phone", "option", "user"]

TEXT_LENGTH_MAX = 200
ELEMENT_LENGTH_MAX = 254
ELEMENTS_MAX = 100
KEY_LENGTH_MAX = 300
PROBLEMS_MAX = 100
"""So many problems of one edit are told, each with so much of its key."""
PHONE_REGION = "FR"


@dataclass(frozen=True, slots=True)
class Definition:
    """A property. `options` are what an `option` may be; `region` is the country of a phone number that names none."""

    name: str
    label_key: str
    type: Type
    kind: Literal["scalar", "set"]
    options: tuple[str, ...] = ()
    required: bool = False
    unique: bool = False
    read_only: bool = False
    built_in: bool = False
    region: str = PHONE_REGION

    @property
    def has_primary(self) -> bool:
        """One element of the set is the one to use first."""
        return self.kind == "set" and self.type in ("email", "phone")


Definitions = Mapping[str, Definition]


class PropertyError(ValueError):
    """A value that its definition does not take: a code of messages.py, and what fills its sentence."""

    def __init__(self, code: str, **values: Any) -> None:
        super().__init__(code)
        self.code, self.values = code, values


def sentence(error: PropertyError) -> str:
    """The error in English, for who reads no codes."""
    return FIELDS["en"][error.code].format(**error.values)


# --- the one form of a value ---


def normalise(definition: Definition, value: Any) -> str | None:
    """A scalar, or an element of a set, in its one form; None for an empty scalar. Raises PropertyError."""
    if not isinstance(value, str):
        raise PropertyError("wrong_type")
    length_max = TEXT_LENGTH_MAX if definition.kind == "scalar" else ELEMENT_LENGTH_MAX
    text = value.strip()
    if len(text) > length_max:
        raise PropertyError("too_long", max_length=length_max)
    if any(unicodedata.category(character) in ("Cc", "Cs") for character in text):
        raise PropertyError("control_characters")
    if not text:
        if definition.kind == "set" or definition.required:
            raise PropertyError("missing")
        return None
    match definition.type:
        case "email":
            return _email(text)
        case "phone":
            return _phone(text, definition.region)
        case "option" if text not in definition.options:
            raise PropertyError("not_an_option", expected=", ".join(definition.options))
    return unicodedata.normalize("NFC", text) if definition.kind == "set" else text


def _email(text: str) -> str:
    try:
        return validate_email(text, check_deliverability=False).normalized.lower()
    except EmailNotValidError as error:
        raise PropertyError("not_an_email") from error


def _phone(text: str, region: str) -> str:
    """E.164; an extension stays behind it as in a `tel:` address."""
    try:
        number = phonenumbers.parse(text, region)
    except NumberParseException as error:
        raise PropertyError("not_a_phone") from error
    if not phonenumbers.is_possible_number(number):
        raise PropertyError("not_a_phone")
    written = phonenumbers.format_number(number, PhoneNumberFormat.E164)
    return f"{written};ext={number.extension}" if number.extension else written


def words_of(definitions: Definitions, values: Mapping[str, Any]) -> list[str]:
    """What to find a contact by besides its name, in the order of a form: its values as people write them, no ids."""
    texts: dict[str, list[str]] = {}
    for key, value in sorted(values.items()):
        if value is not None:
            texts.setdefault(split(key)[0], []).append(text_of(key, value))
    shown = [one for one in definitions.values() if one.type != "user" and one.name not in ("firstname", "lastname")]
    return [word for one in shown for text in texts.get(one.name, ()) for word in _as_written(one, text)]


def _as_written(definition: Definition, form: str) -> list[str]:
    """A telephone number also as at home, in one word: whoever looks for it may put the spaces where they like."""
    if definition.type != "phone":
        return [form]
    try:
        number = phonenumbers.parse(form)
    except NumberParseException:  # of a definition that was something else before
        return [form]
    national = phonenumbers.format_number(number, PhoneNumberFormat.NATIONAL)
    return [form, "".join(character for character in national if character.isdigit())]


def _flags(definition: Definition, value: Any) -> Any:
    """What stands under an element's key, in its one form."""
    if not definition.has_primary:
        if value is True or value == {}:
            return True
    elif value is True or value == {}:
        return {}
    elif isinstance(value, Mapping) and value.keys() == {"primary"} and isinstance(value["primary"], bool):
        return {"primary": True} if value["primary"] else {}
    raise PropertyError("wrong_type")


def canonical(definition: Definition, element: Any) -> str:
    """An element of a set in its one form. Raises PropertyError."""
    assert definition.kind == "set", f"{definition.name} is no set"
    form = normalise(definition, element)
    assert form, "an empty element is an error"
    return form


# --- keys ---


def key_of(definition: Definition, element: str) -> str:
    """Where an element of a set stands in the document."""
    return f"{definition.name}:{element}"


def split(key: str) -> tuple[str, str]:
    """(property, element) of a key; the element of a scalar is empty."""
    name, _, element = key.partition(":")
    return name, element


def text_of(key: str, value: Any) -> str:
    """By what a contact is found: the element of a set, or a scalar as it is."""
    return split(key)[1] or str(value)


def _definition_of(definitions: Definitions, key: str) -> Definition | None:
    """The definition under which a key stands; None where it has no place in a document."""
    definition = definitions.get(split(key)[0])
    return definition if definition and (definition.kind == "set") == (":" in key) else None


# --- the verdict ---


@dataclass(slots=True)
class Admission:
    """`Kind.admit` for contacts. It goes to the worker with each call, and so with the definitions as they are then."""

    definitions: Definitions = field(default_factory=dict)

    def __call__(self, before: Mapping[str, Any], after: Mapping[str, Any]) -> Verdict:
        """The map before an edit and after it → what changes, what is put right, what its author is told."""
        return admit(self.definitions, before, after)


def admit(definitions: Definitions, before: Mapping[str, Any], after: Mapping[str, Any]) -> Verdict:
    """Judge an edit. Only what it changes is looked at: what was fine under an older definition may stay."""
    right: dict[str, Any] = {}
    problems: list[Problem] = []
    for key in _differing(before, after):
        try:
            right |= _put_right(definitions, key, before, {**after, **right})
        except PropertyError as error:
            right[key] = before.get(key)
            problems.append(_problem(key, error))
    for key in _beyond_bounds(before, {**after, **right}):
        right[key] = None
        problems.append(_problem(key, PropertyError("too_many", max_length=ELEMENTS_MAX)))
    final = {**after, **right}
    changes = {key: (before.get(key), final.get(key)) for key in _differing(before, final)}
    return Verdict(changes, {key: right[key] for key in _differing(after, final)}, tuple(problems[:PROBLEMS_MAX]))


def _problem(key: str, error: PropertyError) -> Problem:
    return Problem(key[:KEY_LENGTH_MAX], error.code, sentence(error))


def _differing(one: Mapping[str, Any], other: Mapping[str, Any]) -> Iterator[str]:
    """Keys with different values; None is the same as absent."""
    return (key for key in sorted(one.keys() | other.keys()) if not same(one.get(key), other.get(key)))


def _put_right(
    definitions: Definitions, key: str, before: Mapping[str, Any], after: Mapping[str, Any]
) -> dict[str, Any]:
    """What to write so that the value under `key` stands in its one form and place. Raises PropertyError."""
    value, definition = after.get(key), _definition_of(definitions, key)
    if definition is None:
        if value is not None:
            raise PropertyError("unknown_property")
        return {}
    if definition.read_only:
        raise PropertyError("read_only")
    if value is None:
        if definition.required and definition.kind == "scalar":
            raise PropertyError("missing")
        return {}
    if definition.kind == "scalar":
        return {key: normalise(definition, value)}
    place, flags = key_of(definition, canonical(definition, split(key)[1])), _flags(definition, value)
    if place == key:
        return {key: flags}
    there = after.get(place)
    return {key: None, place: flags if there is None or flags not in ({}, True) else there}


def _beyond_bounds(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    """Elements that an edit adds to a set which is then too large."""
    sets: dict[str, list[str]] = {}
    for key, value in after.items():
        if ":" in key and value is not None:
            sets.setdefault(split(key)[0], []).append(key)
    return [key for keys in sets.values() if len(keys) > ELEMENTS_MAX for key in keys if before.get(key) is None]


# --- those that are always there ---

LIFECYCLE_STAGES = (
    "subscriber",
    "lead",
    "marketingqualifiedlead",
    "salesqualifiedlead",
    "opportunity",
    "customer",
    "evangelist",
    "other",
)


def _built_in(name: str, type: Type, kind: Literal["scalar", "set"] = "scalar", **more: Any) -> Definition:
    return Definition(name, f"property.{name}", type, kind, built_in=True, **more)


BUILT_IN: Definitions = {
    definition.name: definition
    for definition in (
        _built_in("firstname", "text"),
        _built_in("lastname", "text"),
        _built_in("jobtitle", "text"),
        _built_in("company", "text"),
        _built_in("city", "text"),
        _built_in("emails", "email", "set"),
        _built_in("phones", "phone", "set"),
        _built_in("tags", "text", "set"),
        _built_in("lifecyclestage", "option", options=LIFECYCLE_STAGES),
        _built_in("owner_id", "user"),
    )
}
