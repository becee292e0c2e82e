"""The demo team and its contacts, for a first look: `carnet serve --demo` and `carnet demo`.

Done twice it changes nothing: accounts are found by address, contacts by ids that follow from their names, and notes
are written only where nobody has written yet. They go through the log as Léa's and Tom's edits, by the road of every
edit. The password is in the README, so it may exist only on a server that listens on a loopback address.
"""

from __future__ import annotations

import asyncio
import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from api.access import Member, Role
from api.auth import hash_password, verify_password
from api.carnet import Carnet
from api.contact_edits import create_contact
from api.demo_contacts import PERSONS, Person
from api.markdown_reader import from_markdown
from api.projection import document_of, settle
from api.tables import contacts, notes
from api.users import add_user, find_password_hash, find_user
from sync.database import Database
from sync.sql_store import documents
from sync.tree import Element

PASSWORD = "carnet-demo"


@dataclass(frozen=True, slots=True)
class Colleague:
    """A demo account."""

    email: str
    name: str
    role: Role


LEA = Colleague("lea@carnet.test", "Léa Martin", "admin")
TOM = Colleague("tom@carnet.test", "Tom Petit", "editor")
MIA = Colleague("mia@carnet.test", "Mia Dubois", "viewer")
COLLEAGUES = (LEA, TOM, MIA)


async def fill(server: Carnet) -> None:
    """Make what is missing: accounts, contacts, and the words in their notes."""
    now = server.clock()
    await _add_accounts(server, now)
    lea, tom = [await server.database.read(partial(find_user, email=who.email)) for who in (LEA, TOM)]
    assert lea is not None
    assert tom is not None
    await _add_contacts(server, lea.id, now)
    async with asyncio.TaskGroup() as tasks:
        for person in await server.database.read(_unwritten):
            tasks.create_task(_write_note(server, person, lea, tom))
    await settle(server, notes.c.id.in_([_id("act", person) for person in PERSONS]))
    server.feed.wake()


async def accounts_with_known_password(database: Database) -> list[str]:
    """The demo accounts that still have the demo password."""
    found = []
    for colleague in COLLEAGUES:
        password_hash = await database.read(partial(find_password_hash, email=colleague.email))
        if password_hash and await verify_password(password_hash, PASSWORD):
            found.append(colleague.email)
    return found


async def _add_accounts(server: Carnet, now: datetime) -> None:
    for colleague in COLLEAGUES:
        if await server.database.read(partial(find_user, email=colleague.email)):
            continue
        password_hash = await hash_password(PASSWORD)
        await server.database.write(
            partial(
                add_user,
                email=colleague.email,
                name=colleague.name,
                role=colleague.role,
                password_hash=password_hash,
                now=now,
                user_id=_digest("usr", colleague.email),
            )
        )


async def _add_contacts(server: Carnet, actor_id: str, now: datetime) -> None:
    """The first of the list is the newest."""
    there = set((await server.database.read(lambda tx: tx.execute(select(contacts.c.id)))).scalars())
    for days, person in enumerate(PERSONS):
        if _id("con", person) in there:
            continue
        await create_contact(
            server,
            actor_id,
            {"firstname": person.firstname, "lastname": person.lastname},
            now - timedelta(days=days, hours=days % 7),
            (_id("con", person), _id("act", person)),
        )


async def _unwritten(tx: AsyncConnection) -> list[Person]:
    """Those with words to write in whose note nobody has written."""
    empty = set((await tx.execute(select(documents.c.name).where(documents.c.head == 0))).scalars())
    return [person for person in PERSONS if person.lea and document_of(_id("act", person)) in empty]


async def _write_note(server: Carnet, person: Person, lea: Member, tom: Member) -> None:
    document = document_of(_id("act", person))
    await server.rooms.replace_content(document, lea, from_markdown(person.lea))
    added = tuple(block for block in from_markdown(person.tom).children if isinstance(block, Element))
    if added:
        await server.rooms.append_content(document, tom, added)


def _id(prefix: str, person: Person) -> str:
    return _digest(prefix, f"{person.firstname} {person.lastname}")


def _digest(prefix: str, name: str) -> str:
    return f"{prefix}_{hashlib.sha256(f'carnet {name}'.encode()).hexdigest()[:32]}"
