"""Whoever has open what was deleted is sent away, in every process: nobody types into the void.

The process that deletes looks at once; the others when they hear of it from the feed, and now and then in any case,
as a session may have been on its way in. What was on its way into the log in that moment comes back with a restore.
"""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from api import contact_documents, projection
from api.carnet import Carnet
from api.following import follow
from api.tables import contacts, notes
from sync.errors import NotFound

IDS_A_QUERY = 500
"""So few that every database takes them as parameters."""
DELETIONS = frozenset({"contact.deleted", "note.deleted"})


async def run(server: Carnet) -> None:
    """Look whenever something was deleted, until the server drains."""
    await follow(server, DELETIONS, send_away)


async def send_away(server: Carnet) -> None:
    """End the sessions of this process in documents of deleted contacts and notes."""
    names = [room.name for room in server.rooms.opened() if room.sessions]
    for start in range(0, len(names), IDS_A_QUERY):
        some = names[start : start + IDS_A_QUERY]
        for name in await server.database.read(lambda tx, some=some: _deleted(tx, some)):  # type: ignore[misc]
            server.rooms.end(name, NotFound("it was deleted"))


async def _deleted(tx: AsyncConnection, names: list[str]) -> list[str]:
    """Those of these documents that nobody may have open any more."""
    of_contacts = {
        contact_documents.document_of(contact_id)
        for contact_id in (
            await tx.execute(
                select(contacts.c.id).where(
                    contacts.c.id.in_([name.removeprefix(contact_documents.PREFIX) for name in names]),
                    contacts.c.deleted_at.is_not(None),
                )
            )
        ).scalars()
    }
    gone = ~projection.WRITABLE | contacts.c.deleted_at.is_not(None)
    of_notes = {
        projection.document_of(note_id)
        for note_id in (
            await tx.execute(
                select(notes.c.id)
                .join(contacts, contacts.c.id == notes.c.contact_id)
                .where(notes.c.id.in_([name.removeprefix(projection.PREFIX) for name in names]), gone)
            )
        ).scalars()
    }
    return [name for name in names if name in of_contacts or name in of_notes]
