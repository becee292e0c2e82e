"""What was deleted and not wanted back for 90 days goes for good: its words, its document, every row of its log.

A record that it was there remains: who asks for it learns that it is gone, and nobody makes another note under its id,
into which an old copy in somebody's browser would write. Of a contact that is its row, with nothing in it; its notes go
first, some at a time, then all that is known of it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Sequence
from datetime import datetime

import structlog
from sqlalchemy import ColumnElement, Table, and_, delete, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from api import avatars, blobs, contact_documents, search
from api.carnet import Carnet
from api.contact_documents import columns
from api.deleted_notes import oldest_kept
from api.projection import document_of
from api.tables import (
    aliases,
    combinations,
    contact_uids,
    contacts,
    dismissed_duplicates,
    idempotency,
    late_values,
    left_photos,
    merges,
    notes,
    property_changes,
    property_values,
    purged_notes,
    review_items,
)
from api.tables import avatars as photos
from sync.errors import NotFound as NoDocument
from sync.store import StoreUnavailable

PURGE_SECONDS = 3600.0
NOTES_A_TRANSACTION = 20
"""Few enough that those who type meanwhile do not notice."""
CONTACTS_A_TRANSACTION = 10
PHOTOS_AT_ONCE = 200

OF_A_CONTACT: tuple[Table, ...] = (late_values, property_changes, property_values, contact_uids, photos)
"""All that is known of a contact under its own id."""

log = structlog.get_logger("carnet.purge")


async def run(server: Carnet) -> None:
    """Purge at the start and every hour, for ever. A database that does not answer is asked again the next time."""
    while True:
        try:
            await purge(server)
        except StoreUnavailable as error:
            log.warning("what is deleted could not be purged", error=str(error))
        await asyncio.sleep(PURGE_SECONDS)


async def purge(server: Carnet) -> None:
    """Take away for good what nobody can have back any more."""
    while gone := await server.database.write(lambda tx: _purge_notes(tx, server)):
        for note_id in gone:
            server.rooms.end(document_of(note_id), NoDocument("the note is gone"))
        log.info("deleted notes purged", notes=len(gone))
    while people := await server.database.write(lambda tx: _purge_contacts(tx, server)):
        for contact_id in people:
            server.rooms.end(contact_documents.document_of(contact_id), NoDocument("the contact is gone"))
        await _remove_photos(server, set().union(*people.values()))
        log.info("deleted contacts purged", contacts=len(people))
    await _purge_photos(server)


# --- notes ---


async def _purge_notes(tx: AsyncConnection, server: Carnet) -> Sequence[str]:
    """Some that are deleted for too long, or whose contact is; their ids."""
    now = server.clock()
    of_gone = notes.c.contact_id.in_(select(contacts.c.id).where(_due(now)))
    deleted = and_(
        notes.c.deleted_at <= oldest_kept(now),
        ~notes.c.main,  # added to another note, it is the main one again when the merge is undone
    )
    old = select(notes.c.id, notes.c.contact_id).where(or_(deleted, of_gone))
    rows = (await tx.execute(old.order_by(notes.c.deleted_at, notes.c.id).limit(NOTES_A_TRANSACTION))).all()
    ids = [row.id for row in rows]
    if ids:
        records = [{"id": row.id, "contact_id": row.contact_id, "purged_at": now} for row in rows]
        await tx.execute(insert(purged_notes), records)
        await search.drop(tx, ids)
        await tx.execute(delete(combinations).where(combinations.c.absorbed_id.in_(ids)))
        await tx.execute(delete(notes).where(notes.c.id.in_(ids)))
        await server.store.remove_many(tx, [document_of(note_id) for note_id in ids])
    return ids


# --- contacts ---


def _due(now: datetime) -> ColumnElement[bool]:
    return contacts.c.deleted_at.is_not(None) & (contacts.c.restorable_until <= now)


async def _purge_contacts(tx: AsyncConnection, server: Carnet) -> dict[str, set[str]]:
    """Some that nobody can have back, their notes being gone: id → the photos it showed, or would have shown again."""
    due = select(contacts.c.id).where(_due(server.clock())).order_by(contacts.c.deleted_at, contacts.c.id)
    ids = list((await tx.execute(due.limit(CONTACTS_A_TRANSACTION).with_for_update())).scalars())
    if not ids:
        return {}
    shown: dict[str, set[str]] = {contact_id: set() for contact_id in ids}
    for contact_id, digest in (await avatars.photos_of(tx, ids)).items():
        shown[contact_id].add(digest)
    before = select(merges.c.primary_id, merges.c.photo_before).where(merges.c.primary_id.in_(ids))
    for contact_id, digest in await tx.execute(before.where(merges.c.photo_before.is_not(None))):
        shown[contact_id].add(digest)
    await _forget_merges(tx, ids)
    for table in OF_A_CONTACT:
        await tx.execute(delete(table).where(table.c.contact_id.in_(ids)))
    await search.drop(tx, ids)
    await server.store.remove_many(tx, [contact_documents.document_of(contact_id) for contact_id in ids])
    for contact_id in ids:  # answers that are kept for who asks twice
        await tx.execute(delete(idempotency).where(idempotency.c.body.contains(contact_id)))
    gone = {**columns({}), "restorable_until": None}
    await tx.execute(update(contacts).where(contacts.c.id.in_(ids)).values(**gone))
    return shown


async def _forget_merges(tx: AsyncConnection, ids: Collection[str]) -> None:
    """Those that these contacts were part of: they say what stood in them."""
    theirs = select(merges.c.id).where(or_(merges.c.primary_id.in_(ids), merges.c.secondary_id.in_(ids)))
    R, A, D = review_items.c, aliases.c, dismissed_duplicates.c
    await tx.execute(delete(dismissed_duplicates).where(or_(D.one_id.in_(ids), D.other_id.in_(ids))))
    await tx.execute(delete(review_items).where(or_(R.contact_id.in_(ids), R.merge_id.in_(theirs))))
    await tx.execute(delete(aliases).where(or_(A.contact_id.in_(ids), A.root_id.in_(ids), A.merge_id.in_(theirs))))
    await tx.execute(delete(merges).where(or_(merges.c.primary_id.in_(ids), merges.c.secondary_id.in_(ids))))


# --- photos ---


async def _remove_photos(server: Carnet, digests: Collection[str]) -> None:
    """Those that nobody else shows, or can have back."""
    for digest in set(digests) - await server.database.read(lambda tx: _in_use(tx, digests)):
        await asyncio.to_thread(blobs.remove, server.settings.blobs_dir, digest)


async def _in_use(tx: AsyncConnection, digests: Collection[str]) -> set[str]:
    used = avatars.digests_in_use().subquery()
    return set((await tx.execute(select(used.c.sha256).where(used.c.sha256.in_(digests)))).scalars())


async def _purge_photos(server: Carnet) -> None:
    """Pictures that gave way to others, of contacts that are still there."""
    folder, last = server.settings.blobs_dir, ""
    while left := await server.database.read(lambda tx, after=last: _left(tx, after)):  # type: ignore[misc]
        last = left[-1]
        # In this order: who gives such a picture again has its bytes made new before they say whose it is.
        unused = set(left) - await server.database.read(lambda tx, of=left: _in_use(tx, of))  # type: ignore[misc]
        gone = {digest for digest in unused if await asyncio.to_thread(blobs.is_settled, folder, digest)}
        for digest in gone:
            await asyncio.to_thread(blobs.remove, folder, digest)
        if gone:
            removed = delete(left_photos).where(left_photos.c.sha256.in_(gone))
            await server.database.write(lambda tx, of=removed: tx.execute(of))  # type: ignore[misc]
            log.info("photos purged", photos=len(gone))


async def _left(tx: AsyncConnection, after: str) -> list[str]:
    L = left_photos.c.sha256
    chosen = select(L).distinct().where(after < L).order_by(L).limit(PHOTOS_AT_ONCE)
    return list((await tx.execute(chosen)).scalars())
