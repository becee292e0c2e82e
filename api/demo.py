"""The demo team and its contacts, for a first look: `carnet serve --demo` and `carnet demo`.

Done twice it changes nothing: accounts are found by address, contacts by ids that follow from their names, and notes
are written only where nobody has written yet. They go through the log as Léa's and Tom's edits, by the road of every
edit. The password is in the README, so it may exist only on a server that listens on a loopback address.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from api.access import Member, Role
from api.auth import hash_password, verify_password
from api.carnet import Carnet
from api.contact_edits import bear, create_many
from api.demo_contacts import PEOPLE, Person, properties_of
from api.drafts import Draft, DraftNote
from api.markdown_reader import from_markdown
from api.projection import document_of, settle
from api.tables import contacts, notes
from api.users import add_user, find_password_hash, find_user
from sync.database import Database
from sync.tables import documents
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
    await _add_contacts(server, (lea.id, tom.id), now)
    async with asyncio.TaskGroup() as tasks:
        for person in await server.database.read(_unwritten):
            tasks.create_task(_write_note(server, person, lea, tom))
    await settle(server, notes.c.id.in_([_id("act", person) for person in PEOPLE]))
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


async def _add_contacts(server: Carnet, owners: Sequence[str], now: datetime) -> None:
    """Those who are missing. The first of the list is the newest."""
    there = await server.database.read(_ids)
    missing = [(n, person) for n, person in enumerate(PEOPLE) if _id("con", person) not in there]
    drafts = [Draft(properties_of(n, person, owners), _dated(person, now)) for n, person in missing]
    born = await bear(server, drafts, "contact/demo")

    async def add(tx: AsyncConnection) -> None:
        for (n, person), draft, birth in zip(missing, drafts, born, strict=True):
            at, ids = now - timedelta(days=n, hours=n % 7), [(_id("con", person), _id("act", person))]
            await create_many(tx, server, owners[0], [(draft, birth)], at, "import", ids)

    await server.database.write(add)


def _dated(person: Person, now: datetime) -> tuple[DraftNote, ...]:
    return tuple(
        DraftNote(note.body, note.title, "markdown", now - timedelta(days=note.days, hours=2)) for note in person.dated
    )


async def _ids(tx: AsyncConnection) -> set[str]:
    return set((await tx.execute(select(contacts.c.id))).scalars())


async def _unwritten(tx: AsyncConnection) -> list[Person]:
    """Those with words to write in whose note nobody has written."""
    empty = set((await tx.execute(select(documents.c.name).where(documents.c.head == 0))).scalars())
    return [person for person in PEOPLE if person.lea and document_of(_id("act", person)) in empty]


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
