"""Deleting notes, and having them back: nothing is lost by a slip within 90 days.

A deleted note keeps its document and its words, but nobody opens, reads, finds or counts it; whoever has it open is
sent away. Restored, it stands in its old place. Older ones are neither listed nor given back; purge.py takes them away.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated, Literal

from pydantic import Field
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncConnection
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from api import carnet, feed, projection, search
from api.access import Member, readable_contacts, require_edit
from api.auth import require_member
from api.contacts import find_contact
from api.errors import Gone, MainNote, NotFound
from api.http import ISO, Answer, Operation, Query, no_content, parse_query, reply
from api.notes import Author, Note, find_authors, find_note, readable_notes, reply_whole, title_of
from api.tables import AnyRow, combinations, contacts, notes, purged_notes
from api.words import fold
from sync.errors import NotFound as NoDocument

KEPT_DAYS = 90


class ListDeleted(Query):
    """How many."""

    limit: int = Field(50, ge=1, le=200)


class DeletedActivity(Answer):
    """A deleted note: who took it away, and until when it can be had back."""

    id: str
    object: Literal["note"]
    contact_id: str
    title: str | None
    excerpt: str
    occurred_at: Annotated[datetime, ISO]
    deleted_at: Annotated[datetime, ISO]
    deleted_by: Author | None
    restorable_until: Annotated[datetime, ISO]
    combined_into: str | None = Field(description="The note that its words were added to.")


class DeletedActivities(Answer):
    """What was deleted of a contact, the latest first."""

    results: list[DeletedActivity]


# --- verbs ---


async def delete_note(tx: AsyncConnection, row: AnyRow, actor_id: str, now: datetime) -> None:
    """Take a note away; search forgets it, the feed tells. The main note stays."""
    if row.main:
        raise MainNote
    await tx.execute(update(notes).where(notes.c.id == row.id).values(deleted_at=now, deleted_by=actor_id))
    await search.drop(tx, [row.id])
    await projection.touch(tx, row.contact_id, now)
    await feed.record(tx, "note.deleted", row.id, contact_id=row.contact_id, seq=row.seq, actor_id=actor_id)


async def restore_note(tx: AsyncConnection, row: AnyRow, actor_id: str, now: datetime) -> None:
    """Put a note back where it was, for search too; the feed tells. One that is there stays there."""
    if row.deleted_at is None:
        return
    if row.deleted_at <= oldest_kept(now):
        raise Gone(days=KEPT_DAYS)
    over = update(combinations).where(combinations.c.absorbed_id == row.id, combinations.c.ended_at.is_(None))
    await tx.execute(over.values(ended_at=now, ended_by=actor_id))
    restored = update(notes).where(notes.c.id == row.id).values(deleted_at=None, deleted_by=None)
    text = (await tx.execute(restored.returning(notes.c.text))).scalar_one()  # it may have been drawn since it was read
    await search.index_note(tx, row.id, row.contact_id, row.title, fold(text))
    await projection.touch(tx, row.contact_id, now)
    await feed.record(tx, "note.restored", row.id, contact_id=row.contact_id, seq=row.seq, actor_id=actor_id)


def oldest_kept(now: datetime) -> datetime:
    """What was deleted then or before is not given back."""
    return now - timedelta(days=KEPT_DAYS)


async def _find_deletable(tx: AsyncConnection, member: Member, note_id: str) -> AnyRow:
    """The note, there or deleted. Raises NotFound, Forbidden, Gone."""
    row = (await tx.execute(readable_notes(member).where(notes.c.id == note_id))).first()
    contact_id = row.contact_id if row else await _contact_of_purged(tx, member, note_id)
    require_edit(member, contact_id)
    if row is None:
        raise Gone(days=KEPT_DAYS)
    return row


async def _contact_of_purged(tx: AsyncConnection, member: Member, note_id: str) -> str:
    of_note = select(purged_notes.c.contact_id).join(contacts, contacts.c.id == purged_notes.c.contact_id)
    found = await tx.execute(of_note.where(purged_notes.c.id == note_id, readable_contacts(member)))
    contact_id: str | None = found.scalar_one_or_none()
    if contact_id is None:
        raise NotFound
    return contact_id


async def _list(tx: AsyncConnection, member: Member, contact_id: str, limit: int, now: datetime) -> DeletedActivities:
    contact_id = (await find_contact(tx, member, contact_id)).id
    kept = readable_notes(member).where(projection.of_contact(contact_id), notes.c.deleted_at > oldest_kept(now))
    rows = (await tx.execute(kept.order_by(notes.c.deleted_at.desc(), notes.c.id).limit(limit))).all()
    authors = await find_authors(tx, {row.deleted_by for row in rows})
    C = combinations.c
    standing = select(C.absorbed_id, C.note_id).where(C.absorbed_id.in_([row.id for row in rows]), C.ended_at.is_(None))
    combined = {row.absorbed_id: row.note_id for row in await tx.execute(standing)}
    return DeletedActivities(
        results=[
            DeletedActivity(
                id=row.id,
                object="note",
                contact_id=contact_id,
                title=title_of(row, member),
                excerpt=row.excerpt,
                occurred_at=row.occurred_at,
                deleted_at=row.deleted_at,
                deleted_by=authors.get(row.deleted_by),
                restorable_until=row.deleted_at + timedelta(days=KEPT_DAYS),
                combined_into=combined.get(row.id),
            )
            for row in rows
        ]
    )


# --- handlers ---


async def delete_note_by_id(request: Request) -> Response:
    """DELETE /notes/{id}."""
    server, member, note_id = carnet.of(request), await require_member(request), request.path_params["id"]

    async def work(tx: AsyncConnection) -> None:
        row = await find_note(tx, member, note_id)
        require_edit(member, row.contact_id)
        await delete_note(tx, row, member.id, server.clock())

    await projection.settle(server, notes.c.id == note_id)  # what is listed as deleted reads as it was
    await server.database.write(work)
    server.rooms.end(projection.document_of(note_id), NoDocument("the note was deleted"))
    server.feed.wake()
    return no_content()


async def restore_by_id(request: Request) -> Response:
    """POST /activities/{id}/restore."""
    server, member, note_id = carnet.of(request), await require_member(request), request.path_params["id"]

    async def work(tx: AsyncConnection) -> None:
        row = await _find_deletable(tx, member, note_id)
        await restore_note(tx, row, member.id, server.clock())

    await server.database.write(work)
    server.feed.wake()
    return await reply_whole(server, member, note_id)


async def list_deleted(request: Request) -> Response:
    """GET /contacts/{id}/deleted-activities."""
    server, member, contact_id = carnet.of(request), await require_member(request), request.path_params["id"]
    wanted, now = parse_query(request, ListDeleted), server.clock()
    return reply(await server.database.read(lambda tx: _list(tx, member, contact_id, wanted.limit, now)))


routes: list[BaseRoute] = [
    Operation(
        "DELETE", "/notes/{id}", delete_note_by_id, "Delete a dated note; it can be had back for 90 days.",
        status=204, refusals=(403, 404, 409),
    ),
    Operation(
        "POST", "/activities/{id}/restore", restore_by_id, "Have a deleted activity back.",
        answer=Note, refusals=(403, 404, 410),
    ),
    Operation(
        "GET", "/contacts/{id}/deleted-activities", list_deleted, "What was deleted of a contact in the last 90 days.",
        query=ListDeleted, answer=DeletedActivities, refusals=(404,),
    ),
]  # fmt: skip
