"""What somebody is to choose after a merge: values that came late and stand against another one (late_values.py).

Every editor sees them with the contact; who chooses does so for all. To take a value is an edit like any other.
"""

from __future__ import annotations

import json
from datetime import datetime
from typing import Annotated, Any, Literal

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncConnection
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from api import carnet, feed
from api.access import Member, readable_contacts, require_edit
from api.aliases import in_family, root_of
from api.auth import require_member
from api.carnet import Carnet
from api.contact_documents import Origin
from api.contact_edits import write_values
from api.contacts import find_contact
from api.errors import NotFound
from api.http import ISO, Answer, Body, Operation, parse_json, read_json, reply
from api.idempotency import once
from api.notes import Author, find_authors
from api.properties import split, text_of
from api.tables import AnyRow, contacts, review_items

R = review_items.c


class ReviewItem(Answer):
    """A value that was written into a contact after it was merged, by somebody who had not seen that."""

    id: str
    object: Literal["review_item"]
    contact_id: str
    merge_id: str
    property: str
    value: str
    actor: Author | None
    at: Annotated[datetime, ISO]
    choice: Literal["keep", "take"] | None
    resolved_at: Annotated[datetime, ISO] | None
    resolved_by: Author | None


class ReviewItems(Answer):
    """Those that wait, the latest first."""

    results: list[ReviewItem]


class ResolveReviewItem(Body):
    """`keep` what stands in the contact, or `take` the value that came late."""

    choice: Literal["keep", "take"]


# --- queries ---


async def _present(tx: AsyncConnection, root_id: str, rows: list[AnyRow]) -> list[ReviewItem]:
    authors = await find_authors(tx, {user for row in rows for user in (row.actor_id, row.resolved_by)})
    return [
        ReviewItem(
            id=row.id,
            object="review_item",
            contact_id=root_id,
            merge_id=row.merge_id,
            property=split(row.key)[0],
            value=text_of(row.key, json.loads(row.value)),
            actor=authors.get(row.actor_id),
            at=row.at,
            choice=row.choice,
            resolved_at=row.resolved_at,
            resolved_by=authors.get(row.resolved_by),
        )
        for row in rows
    ]


async def _list(tx: AsyncConnection, member: Member, contact_id: str) -> ReviewItems:
    root_id = (await find_contact(tx, member, contact_id)).id
    waiting = select(review_items).where(in_family(R.contact_id, root_id), R.resolved_at.is_(None))
    rows = (await tx.execute(waiting.order_by(R.at.desc(), R.id))).all()
    return ReviewItems(results=await _present(tx, root_id, list(rows)))


async def _find(tx: AsyncConnection, member: Member, item_id: str) -> AnyRow:
    """The item's row, with the `root_id` of whom it is about now. Raises NotFound."""
    readable = select(review_items, root_of(R.contact_id).label("root_id")).where(readable_contacts(member))
    joined = readable.join(contacts, contacts.c.id == R.contact_id)
    row = (await tx.execute(joined.where(R.id == item_id))).first()
    if row is None:
        raise NotFound
    return row


# --- the verb ---


async def resolve(server: Carnet, member: Member, item_id: str, choice: str) -> None:
    """Choose. What was chosen before stays chosen. Raises NotFound, Forbidden, and what an edit raises."""
    row = await server.database.read(lambda tx: _find(tx, member, item_id))
    require_edit(member, row.root_id)
    if row.resolved_at is not None:
        return

    async def close(tx: AsyncConnection) -> None:
        chosen = {"resolved_at": server.clock(), "resolved_by": member.id, "choice": choice}
        waiting = update(review_items).where(R.id == item_id, R.resolved_at.is_(None))
        if (await tx.execute(waiting.values(**chosen))).rowcount:
            told = {"contact_id": row.root_id, "actor_id": member.id}
            await feed.record(tx, "review.resolved", item_id, seq=0, **told)

    if choice == "take":
        value: Any = json.loads(row.value)
        await write_values(server, member, row.root_id, {row.key: value}, Origin("api", first=close))
    await server.database.write(close)  # where nothing was to be written, it is still to be closed
    server.feed.wake()


# --- handlers ---


async def list_review_items(request: Request) -> Response:
    """GET /contacts/{id}/review-items."""
    server, member, contact_id = carnet.of(request), await require_member(request), request.path_params["id"]
    return reply(await server.database.read(lambda tx: _list(tx, member, contact_id)))


async def post_resolution(request: Request) -> Response:
    """POST /review-items/{id}/resolve."""
    server, member, item_id = carnet.of(request), await require_member(request), request.path_params["id"]
    body = await read_json(request)
    wanted = parse_json(body, ResolveReviewItem)

    async def choose() -> Response:
        await resolve(server, member, item_id, wanted.choice)
        row = await server.database.read(lambda tx: _find(tx, member, item_id))
        return reply((await server.database.read(lambda tx: _present(tx, row.root_id, [row])))[0])

    return await once(request, member, body, choose)


routes: list[BaseRoute] = [
    Operation(
        "GET", "/contacts/{id}/review-items", list_review_items, "Values that somebody is to choose after a merge.",
        answer=ReviewItems, refusals=(404,),
    ),
    Operation(
        "POST", "/review-items/{id}/resolve", post_resolution, "Keep what stands, or take the value that came late.",
        body=ResolveReviewItem, answer=ReviewItem, refusals=(403, 404, 409, 413, 415, 422, 503),
        headers=("Idempotency-Key",),
    ),
]  # fmt: skip
