"""A contact's properties as REST shows and takes them, and the keys of its document: from one to the other and back.

    {"firstname": "Ada", "emails": [{"value": "ada@example.com", "primary": true}], "tags": ["vip"]}
    {"firstname": "Ada", "emails:ada@example.com": {"primary": true}, "tags:vip": true}

Pure; run for each request, and in worker processes for an import.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from api.properties import BUILT_IN, ELEMENTS_MAX, Definition, Definitions, PropertyError, canonical, key_of, normalise

SHORTHANDS = {"email": "emails", "phone": "phones"}
"""What REST takes for the primary element of a set."""


@dataclass(frozen=True, slots=True)
class Fault:
    """A value that cannot be taken: where it stands (`emails.0.value`), and why (a code of messages.py)."""

    path: str
    code: str
    values: Mapping[str, Any]

    @classmethod
    def at(cls, path: str, error: PropertyError) -> Fault:
        """The error of the value at `path`."""
        return cls(path, error.code, error.values)


def shown(definitions: Definitions, values: Mapping[str, Any]) -> dict[str, Any]:
    """A document's map as REST shows it: every property, sets in order with the primary element first."""
    properties: dict[str, Any] = {}
    for definition in definitions.values():
        if definition.kind == "scalar":
            properties[definition.name] = values.get(definition.name)
            continue
        elements = elements_of(definition, values)
        properties[definition.name] = (
            [{"value": element, "primary": at == 0} for at, element in enumerate(elements)]
            if definition.has_primary
            else elements
        )
    return properties


def elements_of(definition: Definition, values: Mapping[str, Any]) -> list[str]:
    """The elements of a set in order, the primary one first: of two the lowest, of none the lowest of all."""
    prefix = key_of(definition, "")
    elements = sorted(key.removeprefix(prefix) for key in values if key.startswith(prefix))
    marked = [one for one in elements if _is_primary(values[prefix + one])] if definition.has_primary else []
    return [*marked[:1], *(one for one in elements if one not in marked[:1])]


TELLING = ("emails", "company", "jobtitle", "city", "phones")
"""By these one knows which of two people of one name is which, the most telling first."""


def told_apart(one: Mapping[str, Any], other: Mapping[str, Any]) -> tuple[str, str]:
    """What each of two documents has where they first differ in what is telling; empty where it has none. Pure."""
    for name in TELLING:
        first, second = (_first(BUILT_IN[name], values) for values in (one, other))
        if first != second:
            return first, second
    return "", ""


def _first(definition: Definition, values: Mapping[str, Any]) -> str:
    if definition.kind == "scalar":
        return values.get(definition.name) or ""
    return next(iter(elements_of(definition, values)), "")


def _is_primary(flags: Any) -> bool:
    return isinstance(flags, Mapping) and flags.get("primary") is True


def keyed(
    definitions: Definitions, values: Mapping[str, Any], wanted: Mapping[str, Any]
) -> tuple[dict[str, Any], list[Fault]]:
    """What to write into a document that holds `values`, so that it reads as `wanted`; and what of it cannot be.

    `wanted` names properties as REST does: an array replaces a set, None clears, `email` is the primary one of
    `emails`. A caller that takes all or nothing writes nothing where there are faults; an import writes the rest.
    """
    writes: dict[str, Any] = {}
    faults: list[Fault] = []
    for name in sorted(wanted, key=lambda name: name in SHORTHANDS):  # `emails` before `email`, which changes one of it
        definition = definitions.get(SHORTHANDS.get(name, name))
        try:
            if definition is None:
                raise PropertyError("unknown_property")
            if definition.read_only:
                raise PropertyError("read_only")
            if name in SHORTHANDS:
                writes |= _keyed_primary(definition, {**values, **writes}, wanted[name])
            elif definition.kind == "scalar":
                writes[name] = _keyed_scalar(definition, wanted[name])
            else:
                writes |= _keyed_set(definition, values, wanted[name], faults)
        except PropertyError as error:
            faults.append(Fault.at(name, error))
    return writes, faults


def _keyed_scalar(definition: Definition, value: Any) -> str | None:
    if value is not None:
        return normalise(definition, value)
    if definition.required:
        raise PropertyError("missing")
    return None


def _keyed_primary(definition: Definition, values: Mapping[str, Any], value: Any) -> dict[str, Any]:
    """Another primary element in the place of the one that is it now; the others stay."""
    present = {key: flags for key, flags in values.items() if flags is not None}
    now = elements_of(definition, present)
    writes: dict[str, Any] = dict.fromkeys([key_of(definition, one) for one in now[:1]])
    if value is None or (isinstance(value, str) and not value.strip()):
        return writes
    for other in now[1:]:
        writes[key_of(definition, other)] = {}
    return writes | {key_of(definition, canonical(definition, value)): {"primary": True}}


def _keyed_set(definition: Definition, values: Mapping[str, Any], wanted: Any, faults: list[Fault]) -> dict[str, Any]:
    """The elements of an array in the place of those that are there."""
    if wanted is None:
        wanted = []
    if not isinstance(wanted, Sequence) or isinstance(wanted, str):
        raise PropertyError("wrong_type")
    if len(wanted) > ELEMENTS_MAX:
        raise PropertyError("too_many", max_length=ELEMENTS_MAX)
    elements: dict[str, bool] = {}
    for at, one in enumerate(wanted):
        path = f"{definition.name}.{at}"
        try:
            element, primary = _element(definition, one)
            path = f"{path}.value" if isinstance(one, Mapping) else path
            form = canonical(definition, element)
            elements[form] = elements.get(form, False) or primary
        except PropertyError as error:
            faults.append(Fault.at(path, error))
    writes: dict[str, Any] = {key: None for key in values if key.startswith(key_of(definition, ""))}
    if not definition.has_primary:
        return writes | {key_of(definition, element): True for element in elements}
    marked = sorted(element for element, primary in elements.items() if primary)
    first = marked[0] if marked else next(iter(elements), None)
    return writes | {key_of(definition, one): {"primary": True} if one == first else {} for one in elements}


def _element(definition: Definition, one: Any) -> tuple[Any, bool]:
    """(value, primary) of an element as REST takes it: a word, or a dict where there is a primary one."""
    if not isinstance(one, Mapping):
        return one, False
    if not definition.has_primary or not {"value"} <= one.keys() <= {"value", "primary"}:
        raise PropertyError("wrong_type")
    primary = one.get("primary")
    if primary is not None and not isinstance(primary, bool):
        raise PropertyError("wrong_type")
    return one["value"], primary is True
