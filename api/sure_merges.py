"""Merging every pair of which there is no doubt, by one word, and taking all of it back by another.

Each pair is a merge of its own, by the road of every other, into the elder of the two; `merges.batch_id` holds them
together. So what is interrupted is half done and whole in each part, and what has been done can be undone.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from sqlalchemy import insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from api import carnet
from api.access import Member, readable_contacts, require_create
from api.aliases import is_root
from api.auth import require_member
from api.carnet import Carnet
from api.duplicates import find_pairs, is_sure
from api.errors import NotFound, Problem
from api.http import ISO, Answer, Operation, read_body, reply
from api.idempotency import once
from api.likeness import Pair
from api.merges import MergeContacts, merge_contacts
from api.tables import AnyRow, contacts, merge_batches, merges, new_id
from api.unmerge import undo_merge

MERGES_MAX = 50
"""As many at once as somebody waits for; the rest by saying it again."""


class MergeBatch(Answer):
    """Pairs that were merged at once: how many stand, and how many sure pairs are left."""

    id: str
    object: Literal["merge_batch"]
    merged: int
    at: Annotated[datetime, ISO]
    undone_at: Annotated[datetime, ISO] | None
    remaining: int


# --- verbs ---


async def merge_sure(server: Carnet, member: Member) -> str:
    """Merge the sure pairs, as many as somebody waits for; the batch's id. What cannot be merged is left as it is."""
    batch_id = new_id("bat")
    batch = {"id": batch_id, "actor_id": member.id, "at": server.clock()}
    await server.database.write(lambda tx: tx.execute(insert(merge_batches).values(**batch)))
    sure = [pair for pair, why in await find_pairs(server, member) if is_sure(why)]
    for pair in sure[:MERGES_MAX]:
        roots = await server.database.read(lambda tx, pair=pair: _elder_first(tx, member, pair))  # type: ignore[misc]
        if roots is None:
            continue  # one of them was merged or deleted a moment ago, maybe by this very batch
        primary, secondary = roots
        try:
            await merge_contacts(server, member, MergeContacts(primary_id=primary, secondary_id=secondary), batch_id)
        except Problem:
            continue
    return batch_id


async def _elder_first(tx: AsyncConnection, member: Member, pair: Pair) -> tuple[str, str] | None:
    """(primary, secondary): both there, and not one yet."""
    there = select(contacts.c.id).where(readable_contacts(member), contacts.c.id.in_(pair), is_root())
    ids = list((await tx.execute(there.order_by(contacts.c.created_at, contacts.c.id))).scalars())
    return (ids[0], ids[1]) if len(ids) == 2 else None


async def undo_batch(server: Carnet, member: Member, batch_id: str) -> None:
    """Take every merge of the batch back, the last one first. What is undone stays so. Raises NotFound, Forbidden."""
    for merge_id in await server.database.read(lambda tx: _standing(tx, batch_id)):
        await undo_merge(server, member, merge_id)
    undone = update(merge_batches).where(merge_batches.c.id == batch_id, merge_batches.c.undone_at.is_(None))
    now = {"undone_at": server.clock(), "undone_by": member.id}
    await server.database.write(lambda tx: tx.execute(undone.values(**now)))


async def _find(tx: AsyncConnection, batch_id: str) -> AnyRow:
    row = (await tx.execute(select(merge_batches).where(merge_batches.c.id == batch_id))).first()
    if row is None:
        raise NotFound
    return row


async def _standing(tx: AsyncConnection, batch_id: str) -> list[str]:
    """Its merges that were not undone and can be: their contacts are there. The last one first."""
    await _find(tx, batch_id)
    mine = (merges.c.batch_id == batch_id, merges.c.undone_at.is_(None), contacts.c.deleted_at.is_(None))
    ids = select(merges.c.id).join(contacts, contacts.c.id == merges.c.primary_id).where(*mine)
    return list((await tx.execute(ids.order_by(merges.c.at.desc(), merges.c.seq.desc(), merges.c.id))).scalars())


async def _show(server: Carnet, member: Member, batch_id: str) -> MergeBatch:
    row = await server.database.read(lambda tx: _find(tx, batch_id))
    standing = await server.database.read(lambda tx: _standing(tx, batch_id))
    remaining = sum(is_sure(why) for _, why in await find_pairs(server, member))
    return MergeBatch(
        id=row.id,
        object="merge_batch",
        merged=len(standing),
        at=row.at,
        undone_at=row.undone_at,
        remaining=remaining,
    )


# --- handlers ---


async def post_merge_sure(request: Request) -> Response:
    """POST /duplicates/merge-sure."""
    server, member = carnet.of(request), await require_member(request)
    require_create(member)
    body = await read_body(request, bytes_max=1024)

    async def merge() -> Response:
        return reply(await _show(server, member, await merge_sure(server, member)), 201)

    return await once(request, member, body, merge)


async def post_undo_batch(request: Request) -> Response:
    """POST /merge-batches/{id}/undo."""
    server, member, batch_id = carnet.of(request), await require_member(request), request.path_params["id"]
    body = await read_body(request, bytes_max=1024)
    await server.database.read(lambda tx: _find(tx, batch_id))
    require_create(member)

    async def undo() -> Response:
        await undo_batch(server, member, batch_id)
        return reply(await _show(server, member, batch_id))

    return await once(request, member, body, undo)


routes: list[BaseRoute] = [
    Operation(
        "POST", "/duplicates/merge-sure", post_merge_sure, "Merge the pairs of which it is sure, 50 at once.",
        answer=MergeBatch, status=201, refusals=(403, 409, 413, 422, 503), headers=("Idempotency-Key",),
    ),
    Operation(
        "POST", "/merge-batches/{id}/undo", post_undo_batch, "Take all the merges of a batch back.",
        answer=MergeBatch, refusals=(403, 404, 409, 413, 422, 503), headers=("Idempotency-Key",),
    ),
]  # fmt: skip
