"""Whether a person of a file is one we know: by the file's own name for them (UID), else e-mail, else name and phone.

An address may be shared: two people whose names have no word in common are two, whatever address they share; so are two
that one address book tells apart by UID, unless they also have the same name. To be safe in both directions, who is
taken for somebody else is told in the report, never dropped without a word.

Pure; imports bring the people (`Person`) that a query found under the keys of some drafts.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from api.drafts import Draft


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody known: a contact's id, name (as `plain_name` writes it), and what it may be found by."""

    id: str
    name: str
    uids: frozenset[str] = frozenset()
    emails: frozenset[str] = frozenset()
    phones: frozenset[str] = frozenset()


def person_of(contact_id: str, draft: Draft) -> Person:
    """A draft as somebody known, once it is a contact."""
    return Person(
        contact_id,
        plain_name(draft.name),
        frozenset({draft.uid} if draft.uid else ()),
        frozenset(elements(draft, "emails")),
        frozenset(elements(draft, "phones")),
    )


def elements(draft: Draft, name: str) -> list[str]:
    """The values of a draft's e-mail addresses or phone numbers."""
    return [element["value"] for element in draft.properties.get(name, ())]


def plain_name(name: str) -> str:
    """A name without case, accents and order: Lefèvre Zoé and Zoé LEFEVRE are one."""
    decomposed = unicodedata.normalize("NFKD", name.casefold())
    return " ".join(sorted("".join(c for c in decomposed if not unicodedata.combining(c)).split()))


@dataclass(slots=True)
class Acquaintance:
    """The people known so far, by what they may be found by."""

    _by_uid: dict[str, Person] = field(default_factory=dict)
    _by_email: dict[str, list[Person]] = field(default_factory=dict)
    _by_phone: dict[str, list[Person]] = field(default_factory=dict)

    def add(self, people: Iterable[Person]) -> None:
        """Know these as well."""
        for person in people:
            self._by_uid |= dict.fromkeys(person.uids, person)
            for key in person.emails:
                self._by_email.setdefault(key, []).append(person)
            for key in person.phones:
                self._by_phone.setdefault(key, []).append(person)

    def find(self, draft: Draft) -> str | None:
        """The id of whom this draft is about; None when it is nobody known."""
        if draft.uid and draft.uid in self._by_uid:
            return self._by_uid[draft.uid].id
        name = plain_name(draft.name)
        found = [*self._with_address(draft, name), *self._with_number(draft, name)]
        # Of several that share an address, the one of the same name.
        return next((one.id for one in found if one.name == name), found[0].id if found else None)

    def _with_address(self, draft: Draft, name: str) -> Iterator[Person]:
        for email in elements(draft, "emails"):
            for person in self._by_email.get(email, ()):
                told_apart = draft.uid and person.uids
                strangers = name and person.name and not set(name.split()) & set(person.name.split())
                if person.name == name or not (told_apart or strangers):
                    yield person

    def _with_number(self, draft: Draft, name: str) -> Iterator[Person]:
        if name:
            for phone in elements(draft, "phones"):
                yield from (person for person in self._by_phone.get(phone, ()) if person.name == name)
