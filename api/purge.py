"""What was deleted and not wanted back for 90 days goes for good: its words, its document, every row of its log.

A record that it was there remains: who asks for it learns that it is gone, and nobody makes another note under its id,
into which an old copy in somebody's browser would write.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import structlog
from sqlalchemy import delete, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from api import search
from api.carnet import Carnet
from api.deleted_notes import oldest_kept
from api.projection import document_of
from api.tables import notes, purged_notes
from sync.errors import NotFound as NoDocument
from sync.store import StoreUnavailable

PURGE_SECONDS = 3600.0
NOTES_A_TRANSACTION = 20
"""Few enough that those who type meanwhile do not notice."""

log = structlog.get_logger("carnet.purge")


async def run(server: Carnet) -> None:
    """Purge at the start and every hour, for ever. A database that does not answer is asked again the next time."""
    while True:
        try:
            await purge(server)
        except StoreUnavailable as error:
            log.warning("deleted notes could not be purged", error=str(error))
        await asyncio.sleep(PURGE_SECONDS)


async def purge(server: Carnet) -> None:
    """Take away for good what nobody can have back any more."""
    while gone := await server.database.write(lambda tx: _purge_some(tx, server)):
        for note_id in gone:
            server.rooms.end(document_of(note_id), NoDocument("the note is gone"))
        log.info("deleted notes purged", notes=len(gone))


async def _purge_some(tx: AsyncConnection, server: Carnet) -> Sequence[str]:
    """The oldest of them; their ids."""
    now = server.clock()
    old = select(notes.c.id, notes.c.contact_id).where(
        notes.c.deleted_at <= oldest_kept(now),
        ~notes.c.main,  # added to another note, it is the main one again when the merge is undone
    )
    rows = (await tx.execute(old.order_by(notes.c.deleted_at).limit(NOTES_A_TRANSACTION))).all()
    ids = [row.id for row in rows]
    if ids:
        records = [{"id": row.id, "contact_id": row.contact_id, "purged_at": now} for row in rows]
        await tx.execute(insert(purged_notes), records)
        await search.drop(tx, ids)
        await tx.execute(delete(notes).where(notes.c.id.in_(ids)))
        await server.store.remove_many(tx, [document_of(note_id) for note_id in ids])
    return ids
