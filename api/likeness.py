"""Whether two contacts may be the same person, and why. Pure; long lists are judged in worker processes.

Whoever shares an e-mail address or a telephone number is compared, and so are neighbours in the order of names: of
100,000 contacts that makes a million comparisons instead of five billion. What stands between two names that differ by
a slip of the pen is others of nearly the same name, so they are neighbours too unless the slip is in the first letters.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Literal

from rapidfuzz import fuzz

from api.words import fold

Reason = Literal["email", "phone", "name", "company"]

NEIGHBOURS = 10
"""So far apart, in the order of names, two contacts are compared."""
SHARING_MAX = 20
"""An address or a number that more contacts have is a switchboard's, and says nothing about a person."""
ALIKE_MIN = 88.0
NEARLY_SAME_MIN = 92.0

SURE = 1.0
"""The same address and a name alike."""


@dataclass(frozen=True, slots=True)
class Person:
    """What a contact is compared by; `name` and `company` are folded (words.py)."""

    id: str
    name: str
    company: str = ""
    emails: frozenset[str] = frozenset()
    phones: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Likeness:
    """How likely two are one (0 to 1), and why, the best reason first."""

    score: float
    reasons: tuple[Reason, ...]


Pair = tuple[str, str]
"""Two ids in order."""


def person(contact_id: str, name: str, company: str, emails: frozenset[str], phones: frozenset[str]) -> Person:
    """A contact's, of its values as they stand."""
    return Person(contact_id, fold(name), fold(company), emails, phones)


def pair_of(one: str, other: str) -> Pair:
    """Two contacts, whichever is named first."""
    return (one, other) if one < other else (other, one)


def likeness(one: Person, other: Person) -> Likeness | None:
    """None: nothing says that they are the same."""
    nameless = not one.name or not other.name
    alike = 0.0 if nameless else _alike(one.name, other.name)
    same_company = bool(one.company) and one.company == other.company
    by_name: tuple[Reason, ...] = ("name",) if alike >= ALIKE_MIN else ()
    by_company: tuple[Reason, ...] = ("company",) if same_company else ()
    by_phone: tuple[Reason, ...] = ("phone",) if one.phones & other.phones else ()
    if one.emails & other.emails:
        score = SURE if by_name else 0.9 if nameless else 0.75
        return Likeness(score, ("email", *by_phone, *by_name, *by_company))
    apart = bool(one.company and other.company) and not same_company
    if by_phone:
        if apart and not nameless and not set(one.name.split()) & set(other.name.split()):
            return None  # two companies, two names: a number that was passed on, or typed wrong
        score = 0.95 if by_name else 0.7 if nameless else 0.55
        return Likeness(score, (*by_phone, *by_name, *by_company))
    if alike < NEARLY_SAME_MIN or apart:
        return None
    if same_company:
        return Likeness(0.85, ("name", "company"))
    return Likeness(0.6, ("name",)) if one.name == other.name and " " in one.name else None


def _alike(one: str, other: str) -> float:
    """0 to 100, whatever the order of the words; an initial stands for a name."""
    first, second = sorted(one.split()), sorted(other.split())
    if len(first) == len(second) > 1 and any(len(word) == 1 for word in (*first, *second)):
        return ALIKE_MIN if _initials_fit(one.split(), other.split()) else 0.0
    return fuzz.ratio(" ".join(first), " ".join(second))


def _initials_fit(one: Sequence[str], other: Sequence[str]) -> bool:
    """C. Roy may be Camille Roy; C. R. may be anybody."""
    pairs = list(zip(one, other, strict=True))
    fits = all(a == b or (min(len(a), len(b)) == 1 and a[0] == b[0]) for a, b in pairs)
    return fits and any(a == b and len(a) > 1 for a, b in pairs)


def judge(people: Sequence[Person], new: int = 0) -> dict[Pair, Likeness]:
    """Neighbours that may be the same, of people in the order of names; those before `new` were compared already."""
    found = ((pair_of(one.id, other.id), likeness(one, other)) for one, other in _neighbours(people, new))
    return {pair: like for pair, like in found if like}


def _neighbours(people: Sequence[Person], new: int) -> Iterator[tuple[Person, Person]]:
    for at in range(new, len(people)):
        for before in islice(people, max(0, at - NEIGHBOURS), at):
            yield before, people[at]
