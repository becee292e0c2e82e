"""What becomes of the properties of two contacts that are merged, by the kind of each property. Pure.

    the primary's document + the secondary's + choices → what each property becomes, and which of them are conflicts

Of a scalar that both have, and differently, the primary's stands and somebody is asked; what only one side has is
taken; sets are united. Everything can be chosen otherwise. A choice is `primary`, `secondary`, `both` (of a set), or a
value of one's own, as REST takes it. The photo, which stands in no document, goes by the rule of a scalar.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from api.properties import Definition, Definitions, PropertyError, key_of, split
from api.property_shapes import Fault, elements_of, keyed

Side = Literal["primary", "secondary"]
Word = Literal["primary", "secondary", "both"]
Taken = Literal["primary", "secondary", "both", "equal", "value"]
"""Whose value stands: one side's, that of both sides united, the one that both have, or one of one's own."""
Note = Literal["cleared", "furthest"]
"""What somebody should know, though nobody is asked: the other side was cleared on purpose; the stage further along."""

FURTHEST_WINS = {"lifecyclestage"}
"""Options in order of how far one has come, of which the furthest stands."""
NO_STAGE = "other"

PHOTO = "photo"
"""What the photo is called among the properties."""
_PHOTO = Definition(PHOTO, PHOTO, "text", "scalar")


@dataclass(frozen=True, slots=True)
class Own:
    """A value of one's own."""

    value: Any


Choice = Word | Own


@dataclass(frozen=True, slots=True)
class Contents:
    """What a contact holds: its document, the properties without a value that once had one, its photo's digest."""

    values: Mapping[str, Any]
    cleared: Collection[str] = ()
    photo: str | None = None


@dataclass(frozen=True, slots=True)
class Resolution:
    """What one property becomes. `keys` are those of the survivor's document that it stands under, with values."""

    name: str
    taken: Taken
    conflict: bool
    note: Note | None
    keys: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Resolved:
    """What all become, first a photo; `writes` turn the primary's document into that, None removes."""

    properties: tuple[Resolution, ...]
    writes: Mapping[str, Any]
    photo: str | None
    faults: tuple[Fault, ...]

    @property
    def conflicts(self) -> tuple[str, ...]:
        """The properties of which somebody is to choose."""
        return tuple(one.name for one in self.properties if one.conflict)


def resolve(
    definitions: Definitions, primary: Contents, secondary: Contents, choices: Mapping[str, Choice]
) -> Resolved:
    """What each property becomes, in the order of a form. A choice that cannot be is a fault."""
    known = {*definitions, PHOTO}
    faults = [Fault(name, "unknown_property", {}) for name in choices if name not in known]
    properties: list[Resolution] = []
    writes: dict[str, Any] = {}
    for definition in definitions.values():
        before = _keys(definition, primary.values)
        try:
            resolution = _resolve(definition, primary, secondary, choices.get(definition.name))
        except PropertyError as error:
            faults.append(Fault.at(definition.name, error))
            continue
        properties.append(resolution)
        writes |= dict.fromkeys(key for key in before if key not in resolution.keys)
        writes |= {key: value for key, value in resolution.keys.items() if before.get(key) != value}
    photo = primary.photo
    try:
        resolution = _resolve_photo(primary.photo, secondary.photo, choices.get(PHOTO))
        photo = resolution.keys.get(PHOTO)
        if primary.photo or secondary.photo:
            properties.insert(0, resolution)
    except PropertyError as error:
        faults.append(Fault.at(PHOTO, error))
    return Resolved(tuple(properties), writes, photo, tuple(faults))


def _resolve_photo(one: str | None, other: str | None, choice: Choice | None) -> Resolution:
    if isinstance(choice, Own):
        raise PropertyError("not_an_option", expected="primary, secondary")
    return _resolve(_PHOTO, Contents({PHOTO: one}), Contents({PHOTO: other}), choice)


def _resolve(definition: Definition, primary: Contents, secondary: Contents, choice: Choice | None) -> Resolution:
    resolution = _by_rule(definition, primary, secondary)
    if choice is None:
        return resolution
    if definition.read_only:
        raise PropertyError("read_only")
    name, conflict, note = definition.name, resolution.conflict, resolution.note
    if isinstance(choice, Own):
        wanted, faults = keyed({name: definition}, {}, {name: choice.value})
        if faults:
            raise PropertyError(faults[0].code, **faults[0].values)
        return Resolution(name, "value", conflict, note, {key: one for key, one in wanted.items() if one is not None})
    if choice == "both":
        if definition.kind == "scalar":
            raise PropertyError("not_an_option", expected="primary, secondary")
        return Resolution(name, "both", conflict, note, _united(definition, primary.values, secondary.values))
    side = primary if choice == "primary" else secondary
    return Resolution(name, choice, conflict, note, _keys(definition, side.values))


def _by_rule(definition: Definition, primary: Contents, secondary: Contents) -> Resolution:
    """What becomes of a property of which nothing was said."""
    name, (one, other) = definition.name, (_keys(definition, side.values) for side in (primary, secondary))
    if definition.read_only:
        return Resolution(name, "primary", conflict=False, note=None, keys=one)
    if definition.kind == "set":
        if other.keys() <= one.keys():
            whose: Taken = "equal" if other.keys() == one.keys() else "primary"
            return Resolution(name, whose, conflict=False, note=None, keys=one)
        united = _united(definition, primary.values, secondary.values)
        return Resolution(name, "both" if one else "secondary", conflict=False, note=None, keys=united)
    if not one and not other:
        return Resolution(name, "equal", conflict=False, note=None)
    if not one or not other:
        cleared = name in (secondary if one else primary).cleared
        note: Note | None = "cleared" if cleared else None
        return Resolution(name, "primary" if one else "secondary", conflict=False, note=note, keys=one or other)
    if _plain(one[name]) == _plain(other[name]):
        return Resolution(name, "equal", conflict=False, note=None, keys=one)
    if name in FURTHEST_WINS:
        further = _stage(definition, other[name]) > _stage(definition, one[name])
        side: Side = "secondary" if further else "primary"
        return Resolution(name, side, conflict=False, note="furthest", keys=other if further else one)
    return Resolution(name, "primary", conflict=True, note=None, keys=one)


def _keys(definition: Definition, values: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in values.items() if split(key)[0] == definition.name and value is not None}


def _united(definition: Definition, primary: Mapping[str, Any], secondary: Mapping[str, Any]) -> dict[str, Any]:
    """All elements of both. What was first on the primary's side stays first, said or not; the others come after it."""
    one, other = _keys(definition, primary), _keys(definition, secondary)
    if not definition.has_primary:
        return {**other, **one}
    first = key_of(definition, next(iter(elements_of(definition, one or other)), ""))
    return {key: {"primary": True} if key == first else {} for key in sorted({**one, **other})}


def _plain(value: Any) -> str:
    return " ".join(str(value).split()).casefold()


def _stage(definition: Definition, value: Any) -> int:
    """How far along an option is; one that says nothing of it, or is none any more, is not."""
    known = value in definition.options and value != NO_STAGE
    return definition.options.index(value) if known else -1
