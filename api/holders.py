"""Who has what a contact that is to be made, or restored, has too: the same address, the same name.

Two who make the same contact at the same moment both succeed, and it is a pair to look at (duplicates.py).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from api.access import Member, readable_contacts
from api.aliases import is_root
from api.carnet import Carnet
from api.contact_documents import sort_key
from api.errors import PossibleDuplicate
from api.properties import split
from api.property_shapes import keyed
from api.tables import AnyRow, contacts, property_values

EMAILS = "emails"
HOLDERS_MAX = 10


@dataclass(frozen=True, slots=True)
class Holder:
    """A contact, and what of it another one has too."""

    id: str
    name: str
    property: str
    value: str


async def find_holders(tx: AsyncConnection, member: Member, values: Mapping[str, Collection[str]]) -> list[Holder]:
    """Contacts that have one of these values, by property, in the order of their names."""
    V = property_values.c
    same = or_(*((V.name == name) & V.value.in_(held) for name, held in values.items()))
    found = (
        select(contacts.c.id, contacts.c.firstname, contacts.c.lastname, V.name, V.value)
        .join(property_values, V.contact_id == contacts.c.id)
        .where(readable_contacts(member), same)
        .order_by(contacts.c.sort_key, contacts.c.id, V.name, V.value)
        .limit(HOLDERS_MAX)
    )
    return [Holder(row.id, _name(row), row.name, row.value) for row in await tx.execute(found)]


async def _find_namesakes(tx: AsyncConnection, member: Member, first: str | None, last: str | None) -> list[Holder]:
    """Contacts of the same name, accents and case aside."""
    key = sort_key(first, last)
    named = select(contacts.c.id, contacts.c.firstname, contacts.c.lastname).where(
        readable_contacts(member), is_root(), contacts.c.sort_key == key
    )
    rows = await tx.execute(named.order_by(contacts.c.id).limit(HOLDERS_MAX))
    return [Holder(row.id, _name(row), "name", _name(row)) for row in rows]


def _name(row: AnyRow) -> str:
    return " ".join(part for part in (row.firstname, row.lastname) if part)


async def refuse_duplicate(server: Carnet, member: Member, wanted: Mapping[str, Any], *, by_name: bool) -> None:
    """Raises PossibleDuplicate where somebody has an address, or the name, of properties as REST takes them."""
    writes, _ = keyed(server.catalogue.definitions, {}, wanted)
    held = [split(key) for key, value in writes.items() if value is not None]
    emails = {element for name, element in held if name == EMAILS}

    async def look(tx: AsyncConnection) -> list[Holder]:
        found = await find_holders(tx, member, {EMAILS: emails}) if emails else []
        names = (writes.get("firstname"), writes.get("lastname"))
        namesakes = await _find_namesakes(tx, member, *names) if by_name and any(names) else []
        return [*found, *(one for one in namesakes if one.id not in {other.id for other in found})]

    if found := await server.database.read(look):
        raise PossibleDuplicate(members={"candidates": [asdict(one) for one in found]}, value=found[0].value)
