"""What REST reads of a note's document: its text, Markdown, JSON and excerpt, and up to which `seq` they go.

The document is the truth, this is its picture; the engine has it drawn anew when the document settles (`settled`), and
what is behind its log is the durable list of pictures to draw (`unsettled`). A read that meets one behind has it drawn
first. `note_kind` is all the engine ever learns about notes.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import structlog
from sqlalchemy import ColumnElement, Text, bindparam, case, exists, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from api import pictures, search
from api.access import document_role, readable_contacts
from api.aliases import in_family, root_of
from api.births import NoteBirth
from api.carnet import Carnet
from api.credentials import find_member
from api.feed import record
from api.note_schema import NOTE_SCHEMA
from api.pictures import Picture, draw
from api.tables import combinations, contacts, notes
from sync.database import Database
from sync.documents import First
from sync.errors import SyncError
from sync.kinds import Actor, Kind, Role
from sync.sql_store import SqlStore
from sync.store import Entry, New
from sync.tables import document_updates, documents
from sync.tree import Element
from sync.workers import Quarantined, WorkerFailed

log = structlog.get_logger("carnet.projection")

PREFIX = "note/"

_BEHIND: ColumnElement[bool] = (documents.c.name == PREFIX + notes.c.id) & (documents.c.head > notes.c.seq)

# Statements of every settling, built once.
_LAST_ROW = (
    select(document_updates.c.author_id, document_updates.c.at)
    .where(document_updates.c.name == bindparam("document"), document_updates.c.seq <= bindparam("covered"))
    .order_by(document_updates.c.seq.desc())
    .limit(1)
)
_KEEP = (
    update(notes)
    .where(notes.c.id == bindparam("note_id"), notes.c.seq < bindparam("covered"))
    .returning(notes.c.contact_id, notes.c.title, notes.c.deleted_at)
)
_TOUCH = update(contacts).where(
    contacts.c.id == root_of(bindparam("whose", type_=Text)), contacts.c.updated_at < bindparam("before")
)

RANK: ColumnElement[int] = case((~notes.c.main, 2), (notes.c.contact_id == root_of(notes.c.contact_id), 0), else_=1)
"""0 for a contact's main note, 1 for those of contacts merged into it, 2 for dated ones."""

IN_ORDER = (RANK, notes.c.occurred_at.desc(), notes.c.id)
"""How the notes of a contact stand: the main one first, then those that came by merges, then the newest."""

SHOWN: ColumnElement[bool] = notes.c.deleted_at.is_(None) & (~notes.c.main | (notes.c.excerpt != ""))
"""Which of them are shown and counted: a main note only when something stands in it."""


WRITABLE: ColumnElement[bool] = or_(
    notes.c.deleted_at.is_(None),
    exists().where(combinations.c.absorbed_id == notes.c.id, combinations.c.ended_at.is_(None)),
)
"""Which notes may be opened: not the deleted ones, but those that were added to another, for they may come back."""

_OF_NOTE = (
    select(notes.c.contact_id)
    .join(contacts, contacts.c.id == notes.c.contact_id)
    .where(notes.c.id == bindparam("of"), WRITABLE)
)


def of_contact(contact_id: str) -> ColumnElement[bool]:
    """The condition on `notes` of being a contact's, those that came by merges too."""
    return in_family(notes.c.contact_id, contact_id)


def document_of(note_id: str) -> str:
    """The name of a note's document."""
    return PREFIX + note_id


@dataclass(frozen=True, slots=True)
class NewNote:
    """A note to make; `words` are drawn already. Nobody seeds an empty paragraph: without words it has no rows."""

    id: str
    contact_id: str
    main: bool = False
    title: str | None = None
    occurred_at: datetime | None = None
    words: NoteBirth | None = None


async def make_notes(
    tx: AsyncConnection, store: SqlStore, actor_id: str, new: Sequence[NewNote], now: datetime
) -> None:
    """Many notes at once, drawn and found at once too. None of them may exist."""
    nothing = draw(Element(""))
    written = {note.id: note.words for note in new if note.words and note.words.first}
    rows = [
        {
            "id": note.id,
            "contact_id": note.contact_id,
            "main": note.main,
            "title": note.title,
            "occurred_at": note.occurred_at or now,
            "seq": int(note.id in written),
            "updated_by": actor_id if note.id in written else None,
            **(note.words.picture if note.words else nothing).columns,
        }
        for note in new
    ]
    await tx.execute(insert(notes), [{**row, "created_at": now, "updated_at": now} for row in rows])
    firsts = [(note.id, note.words.first if note.words else None) for note in new]
    await store.create_many(tx, [new_document(document_of(note_id), first, actor_id) for note_id, first in firsts])
    found = [note for note in new if note.words or note.title]
    entries = [
        search.note_entry(note.id, note.contact_id, note.title, note.words.picture.words if note.words else "")
        for note in found
    ]
    await search.put(tx, entries)


async def touch(tx: AsyncConnection, contact_id: str, at: datetime) -> None:
    """A contact changes when one of its notes does, also one that came by a merge."""
    await tx.execute(_TOUCH, {"whose": contact_id, "before": at, "updated_at": at})


def new_document(name: str, first: First | None, actor_id: str) -> New:
    """A document to make, with its first row as written by `actor_id`."""
    return New(name, Entry(first.update, actor_id, first.claims) if first else None)


async def settled(tx: AsyncConnection, name: str, drawn: Mapping[str, str], seq: int) -> None:
    """Keep the picture of the note as it stands at `seq`. A later one is never overwritten by an earlier one.

    Search finds it so from here on. It counts as changed by the author of its last row, at that row's time, and so does
    its contact.
    """
    note_id, picture = name.removeprefix(PREFIX), Picture(**drawn)
    last = (await tx.execute(_LAST_ROW, {"document": name, "covered": seq})).first()
    at = datetime.fromtimestamp(last.at / 1000, UTC) if last else None
    signed = {"updated_by": last.author_id, "updated_at": at} if last else {}
    kept = {"note_id": note_id, "covered": seq, "seq": seq, **picture.columns, **signed}
    note = (await tx.execute(_KEEP, kept)).one_or_none()
    if note is None:
        return
    if note.deleted_at is not None and not (last and at and await _written_again(tx, note_id, seq, last.author_id, at)):
        return  # what was still on its way into a deleted note comes back with it
    await search.index_note(tx, note_id, note.contact_id, note.title, picture.words)
    if at:
        await touch(tx, note.contact_id, at)
    actor_id = last.author_id if last else None
    await record(tx, "note.updated", note_id, contact_id=note.contact_id, seq=seq, actor_id=actor_id)


async def _written_again(tx: AsyncConnection, note_id: str, seq: int, author_id: str, at: datetime) -> bool:
    """A note that was added to another one is a note of its own again as soon as somebody writes in it."""
    over = update(combinations).where(
        combinations.c.absorbed_id == note_id, combinations.c.ended_at.is_(None), combinations.c.seq < seq
    )
    if not (await tx.execute(over.values(ended_at=at, ended_by=author_id))).rowcount:
        return False
    back = update(notes).where(notes.c.id == note_id).values(deleted_at=None, deleted_by=None)
    contact_id = (await tx.execute(back.returning(notes.c.contact_id))).scalar_one()
    await record(tx, "note.restored", note_id, contact_id=contact_id, seq=seq, actor_id=author_id)
    return True


async def settle(server: Carnet, where: ColumnElement[bool]) -> bool:
    """Have the notes that meet the condition drawn anew if they are behind; afterwards a read tells the truth.

    What cannot be drawn (its document is in quarantine) is read as it was drawn last. True if any was behind.
    """

    async def find(tx: AsyncConnection) -> Sequence[str]:
        return (await tx.execute(select(documents.c.name).where(_BEHIND, where))).scalars().all()

    behind = await server.database.read(find)
    for name in behind:
        try:
            await server.rooms.settle(name)
        except (Quarantined, WorkerFailed, SyncError) as error:
            log.warning("a note could not be settled", document=name, error=str(error))
    return bool(behind)


def note_kind(database: Database, announce: Callable[[], None]) -> Kind:
    """The kind of document a note is."""
    authorise, unsettled = _authorise(database), _unsettled(database)
    return Kind(
        PREFIX, NOTE_SCHEMA, authorise, draw=pictures.drawn, settled=settled, unsettled=unsettled, announce=announce
    )


def _authorise(database: Database) -> Callable[[Actor, str], Awaitable[Role | None]]:
    async def authorise(actor: Actor, name: str) -> Role | None:
        """The member's rights as they are now, whatever they were when the socket opened."""

        async def find(tx: AsyncConnection) -> Role | None:
            member = await find_member(tx, actor.id)
            if member is None:
                return None
            readable = _OF_NOTE.where(readable_contacts(member))
            contact_id = (await tx.execute(readable, {"of": name.removeprefix(PREFIX)})).scalar_one_or_none()
            return document_role(member, contact_id) if contact_id is not None else None

        return await database.read(find)

    return authorise


def _unsettled(database: Database) -> Callable[[], Awaitable[list[str]]]:
    async def unsettled() -> list[str]:
        async def find(tx: AsyncConnection) -> list[Any]:
            return list((await tx.execute(select(documents.c.name).where(_BEHIND))).scalars())

        return await database.read(find)

    return unsettled
