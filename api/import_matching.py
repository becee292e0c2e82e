"""Whether a person of a file is one we know: by the file's own name for them (UID), else e-mail, else name and phone.

A record without UID is known again by all that it says, so that a second import of a file finds also those who have
nothing but a name, and those whose address was changed here meanwhile.

An address may be shared: two people whose names have no word in common are two, whatever address they share; so are two
whom one address book tells apart by UID, unless they also have the same name. Who is taken for somebody else of the
same file is told in the report, never dropped without a word.

`find_same` asks the database for whoever might be meant by some drafts; the judgement itself (`Acquaintance`) is pure.
"""

from __future__ import annotations

import hashlib
import json
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from sqlalchemy import ColumnElement, and_, or_, select, union
from sqlalchemy.ext.asyncio import AsyncConnection

from api.aliases import in_families, root_of
from api.contact_documents import sort_key
from api.drafts import Draft
from api.tables import contact_uids, contacts, property_values

RECORD = "record:"
"""Before the digest of a record without UID; such a mark tells nobody apart."""
SHARING_MAX = 200
"""Of those who share an address with a draft and not its name, so many are looked at."""


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody known: a contact's id, name (as `plain_name` writes it), and what it may be found by."""

    id: str
    name: str
    uids: frozenset[str] = frozenset()
    emails: frozenset[str] = frozenset()
    phones: frozenset[str] = frozenset()


def mark_of(draft: Draft) -> str:
    """By what the very same record is known again: the UID, else all that it says."""
    if draft.uid:
        return draft.uid
    said = json.dumps([draft.properties, [note.body for note in draft.notes]], sort_keys=True)
    return RECORD + hashlib.sha256(said.encode()).hexdigest()


def person_of(contact_id: str, draft: Draft) -> Person:
    """A draft as somebody known, once it is a contact."""
    return Person(
        contact_id,
        plain_name(draft.name),
        frozenset({mark_of(draft)}),
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
        if same := self._by_uid.get(mark_of(draft)):
            return same.id
        name = plain_name(draft.name)
        found = [*self._with_address(draft, name), *self._with_number(draft, name)]
        # Of several that share an address, the one of the same name.
        return next((one.id for one in found if one.name == name), found[0].id if found else None)

    def _with_address(self, draft: Draft, name: str) -> Iterator[Person]:
        for email in elements(draft, "emails"):
            for person in self._by_email.get(email, ()):
                told_apart = draft.uid and any(not uid.startswith(RECORD) for uid in person.uids)
                strangers = name and person.name and not set(name.split()) & set(person.name.split())
                if person.name == name or not (told_apart or strangers):
                    yield person

    def _with_number(self, draft: Draft, name: str) -> Iterator[Person]:
        if name:
            for phone in elements(draft, "phones"):
                yield from (person for person in self._by_phone.get(phone, ()) if person.name == name)


# --- those whom the database knows ---


async def find_same(tx: AsyncConnection, drafts: Sequence[Draft]) -> list[str | int | None]:
    """Whom each draft is about: a contact's id, the place of an earlier draft among these, or None for somebody new."""
    people = Acquaintance()
    people.add(await _who_may_be_meant(tx, drafts))
    found: list[str | int | None] = []
    for place, draft in enumerate(drafts):
        whose = people.find(draft)
        if whose is None:
            people.add([person_of(f"#{place}", draft)])
        found.append(int(whose[1:]) if whose and whose.startswith("#") else whose)
    return found


async def _who_may_be_meant(tx: AsyncConnection, drafts: Sequence[Draft]) -> list[Person]:
    uids = {mark_of(draft) for draft in drafts}
    emails = {email for draft in drafts for email in elements(draft, "emails")}
    phones = {phone for draft in drafts for phone in elements(draft, "phones")}
    names = {sort_key(draft.properties.get("firstname"), draft.properties.get("lastname")) for draft in drafts}
    has_email = and_(property_values.c.name == "emails", property_values.c.value.in_(emails))
    has_phone = and_(property_values.c.name == "phones", property_values.c.value.in_(phones))
    holders = select(property_values.c.contact_id).distinct()
    called = select(root_of(contacts.c.id)).where(contacts.c.sort_key.in_(names))
    named = holders.where(property_values.c.contact_id.in_(called))
    sharing = holders.where(has_email).limit(SHARING_MAX).subquery()
    listed = select(root_of(contact_uids.c.contact_id)).join(contacts, contacts.c.id == contact_uids.c.contact_id)
    wanted = union(
        listed.where(contact_uids.c.uid.in_(uids), contacts.c.deleted_at.is_(None)),
        named.where(or_(has_email, has_phone)),
        select(sharing.c.contact_id),
    )
    ids = set((await tx.execute(wanted)).scalars())
    return await _people(tx, ids) if ids else []


async def _people(tx: AsyncConnection, ids: set[str]) -> list[Person]:
    """Each under the name of its contact, and under those of contacts that were merged into it."""
    root_id = root_of(contacts.c.id).label("root_id")
    named = select(root_id, contacts.c.firstname, contacts.c.lastname).where(in_families(contacts.c.id, ids))
    rows = (await tx.execute(named)).all()
    uid_of = root_of(contact_uids.c.contact_id)
    uids = await _grouped(tx, uid_of, contact_uids.c.uid, in_families(contact_uids.c.contact_id, ids))
    of_them = property_values.c.contact_id.in_(ids)
    found = {
        name: await _grouped(
            tx, property_values.c.contact_id, property_values.c.value, and_(of_them, property_values.c.name == name)
        )
        for name in ("emails", "phones")
    }
    none: frozenset[str] = frozenset()
    return [
        Person(
            row.root_id,
            plain_name(" ".join(part for part in (row.firstname, row.lastname) if part)),
            uids.get(row.root_id, none),
            found["emails"].get(row.root_id, none),
            found["phones"].get(row.root_id, none),
        )
        for row in rows
    ]


async def _grouped(
    tx: AsyncConnection, whose: ColumnElement[str], what: ColumnElement[str], where: ColumnElement[bool]
) -> dict[str, frozenset[str]]:
    grouped: dict[str, set[str]] = {}
    for contact_id, value in await tx.execute(select(whose, what).where(where)):
        grouped.setdefault(contact_id, set()).add(value)
    return {contact_id: frozenset(values) for contact_id, values in grouped.items()}
