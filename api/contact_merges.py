"""The merges of a contact, and what taking one back would do: for its page, and for whoever thinks of undoing one."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import Field
from sqlalchemy import and_, func, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from api import avatars, carnet, projection
from api.access import Member
from api.aliases import in_family
from api.auth import require_member
from api.contacts import find_contact
from api.http import API, ISO, Answer, Operation, Query, parse_query, reply
from api.merge_rules import PHOTO
from api.merges import Merge, find_merge, present_merges, read_merge
from api.notes import Author, find_authors
from api.properties import Definitions, split
from api.property_shapes import shown
from api.tables import merges, notes
from api.unmerge import MOVED_MAX, Undoing, find_undoing, made_since


class ListMerges(Query):
    """How many."""

    limit: int = Field(50, ge=1, le=200)


class Merges(Answer):
    """Merges into a contact, those that were undone too, and undone ones of it into another; the latest first."""

    results: list[Merge]


class RestoredProperty(Answer):
    """A property of the primary, or its photo: its value now, and the one that it had before the merge."""

    name: str
    now: Any
    then: Any


class NoteSince(Answer):
    """A note made since the merge. It stays where it is, unless it is to go with the secondary."""

    id: str
    title: str | None
    excerpt: str
    occurred_at: Annotated[datetime, ISO]
    updated_by: Author | None


class UndoPreview(Answer):
    """What undoing a merge would do: `kept` are properties that were edited since, and stay as they are."""

    object: Literal["undo_preview"]
    merge: Merge
    restored: list[RestoredProperty]
    kept: list[str]
    notes: list[NoteSince]


# --- queries ---


async def _list(tx: AsyncConnection, member: Member, contact_id: str, limit: int) -> Merges:
    root_id = (await find_contact(tx, member, contact_id)).id
    left = and_(merges.c.secondary_id == root_id, merges.c.undone_at.is_not(None))
    of_contact = select(merges).where(or_(in_family(merges.c.primary_id, root_id), left))
    latest = func.coalesce(merges.c.undone_at, merges.c.at).desc()
    rows = (await tx.execute(of_contact.order_by(latest, merges.c.id).limit(limit))).all()
    return Merges(results=await present_merges(tx, rows))


async def _preview(tx: AsyncConnection, definitions: Definitions, member: Member, merge_id: str) -> UndoPreview:
    merge, undoing = await read_merge(tx, member, merge_id), await find_undoing(tx, member, merge_id)
    if undoing is None:
        return UndoPreview(object="undo_preview", merge=merge, restored=[], kept=[], notes=[])
    return UndoPreview(
        object="undo_preview",
        merge=merge,
        restored=_restored(definitions, undoing),
        kept=sorted(undoing.back.kept),
        notes=await _since(tx, undoing),
    )


def _restored(definitions: Definitions, undoing: Undoing) -> list[RestoredProperty]:
    after = {**undoing.now, **undoing.back.writes}
    now = shown(definitions, undoing.now)
    then = shown(definitions, {key: value for key, value in after.items() if value is not None})
    names = {split(key)[0] for key in undoing.back.writes}
    if PHOTO in names:
        before = f"{API}/merges/{undoing.row.id}/photo" if undoing.back.writes[PHOTO] else None
        now[PHOTO], then[PHOTO] = avatars.url_of(undoing.row.primary_id, undoing.now[PHOTO]), before
    ordered = (name for name in (PHOTO, *definitions) if name in names)
    return [RestoredProperty(name=name, now=now[name], then=then[name]) for name in ordered]


async def _since(tx: AsyncConnection, undoing: Undoing) -> list[NoteSince]:
    latest = select(notes).where(made_since(undoing.row)).order_by(notes.c.occurred_at.desc(), notes.c.id)
    rows = (await tx.execute(latest.limit(MOVED_MAX))).all()
    authors = await find_authors(tx, {row.updated_by for row in rows})
    return [
        NoteSince(
            id=row.id,
            title=row.title,
            excerpt=row.excerpt,
            occurred_at=row.occurred_at,
            updated_by=authors.get(row.updated_by),
        )
        for row in rows
    ]


# --- handlers ---


async def list_merges(request: Request) -> Response:
    """GET /contacts/{id}/merges."""
    server, member, contact_id = carnet.of(request), await require_member(request), request.path_params["id"]
    wanted = parse_query(request, ListMerges)
    return reply(await server.database.read(lambda tx: _list(tx, member, contact_id, wanted.limit)))


async def preview_undo(request: Request) -> Response:
    """GET /merges/{id}/undo-preview."""
    server, member, merge_id = carnet.of(request), await require_member(request), request.path_params["id"]
    definitions = server.catalogue.definitions
    undoing = await server.database.read(lambda tx: find_undoing(tx, member, merge_id))
    if undoing:
        await projection.settle(server, made_since(undoing.row))
    return reply(await server.database.read(lambda tx: _preview(tx, definitions, member, merge_id)))


async def get_photo(request: Request) -> Response:
    """GET /merges/{id}/photo: what the primary showed before, for as long as it may show it again."""
    server, member, merge_id = carnet.of(request), await require_member(request), request.path_params["id"]
    merge = await server.database.read(lambda tx: find_merge(tx, member, merge_id))
    return avatars.reply_picture(request, None if merge.undone_at else merge.photo_before)


routes: list[BaseRoute] = [
    Operation(
        "GET", "/contacts/{id}/merges", list_merges, "What was merged into a contact, by whom and when.",
        query=ListMerges, answer=Merges, refusals=(404,),
    ),
    Operation(
        "GET", "/merges/{id}/undo-preview", preview_undo, "What taking a merge back would do.",
        answer=UndoPreview, refusals=(403, 404),
    ),
    Operation(
        "GET", "/merges/{id}/photo", get_photo, "The photo that the primary had before a merge, as a JPEG.",
        refusals=(404,),
    ),
]  # fmt: skip
