"""What somebody is to look at after a merge (review_reasons.py), as REST shows it, and how it is dealt with.

Every editor sees it with the contact; who chooses does so for all. To take a value is an edit like any other. What has
become moot meanwhile (the note is deleted, the value stands) is not shown.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import Field
from sqlalchemy import func, select, tuple_, update
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
from api.errors import FieldError, Invalid, NotFound
from api.http import ISO, Answer, Body, Operation, parse_json, read_json, reply
from api.idempotency import once
from api.merge_preview import LastChange
from api.notes import Author, find_authors, readable_notes, title_of
from api.properties import Definitions, split, text_of
from api.review_reasons import Kind, ask_further, not_asked, twin_of
from api.tables import AnyRow, contacts, notes, property_changes, review_items
from sync.difference import same

R = review_items.c


class ReviewedNote(Answer):
    """A note that came with a merged contact."""

    id: str
    title: str | None
    excerpt: str
    occurred_at: Annotated[datetime, ISO]


class ReviewItem(Answer):
    """Something to look at after a merge.

    `value` is the one that gave way, came late, or is there twice, by `actor`; `current` is what stands against it.
    """

    id: str
    object: Literal["review_item"]
    kind: Kind
    contact_id: str
    merge_id: str
    property: str | None
    value: str | None
    current: str | None
    current_change: LastChange | None
    note: ReviewedNote | None
    actor: Author | None
    at: Annotated[datetime, ISO]
    choice: Literal["keep", "take"] | None
    resolved_at: Annotated[datetime, ISO] | None
    resolved_by: Author | None


class ReviewItems(Answer):
    """Those that wait: notes first, then the latest."""

    results: list[ReviewItem]
    further: int = Field(description="Notes that came by merges and of which nobody was asked; some at a time can be.")


class ResolveReviewItem(Body):
    """`keep` what stands; or `take` the other value, and of a double leave one only. A note can but be kept."""

    choice: Literal["keep", "take"]


# --- queries ---


@dataclass(frozen=True, slots=True)
class _Surroundings:
    """What the items of one contact are about, as it is now."""

    root: AnyRow
    values: Mapping[str, Any]
    changes: Mapping[tuple[str, str], AnyRow]
    notes: Mapping[str, AnyRow]
    authors: Mapping[str | None, Author]


async def _surroundings(tx: AsyncConnection, member: Member, root_id: str, rows: Sequence[AnyRow]) -> _Surroundings:
    root = (await tx.execute(select(contacts).where(contacts.c.id == root_id))).one()
    ids = [row.key for row in rows if row.kind == "note"]
    there = readable_notes(member).where(notes.c.id.in_(ids), notes.c.deleted_at.is_(None))
    changes = await _changes(tx, root_id, [split(row.key)[0] for row in rows if row.kind != "note"])
    found = {note.id: note for note in await tx.execute(there)}
    people = {user for row in rows for user in (row.actor_id, row.resolved_by)}
    people |= {note.updated_by for note in found.values()}
    return _Surroundings(
        root,
        {key: value for key, value in json.loads(root.properties).items() if value is not None},
        changes,
        found,
        await find_authors(tx, people | {change.actor_id for change in changes.values()}),
    )


async def _changes(tx: AsyncConnection, root_id: str, names: list[str]) -> dict[tuple[str, str], AnyRow]:
    """The last change of each value of these properties."""
    H = property_changes.c
    of = (H.contact_id == root_id, H.name.in_(names))
    last = select(H.name, H.element, func.max(H.seq)).where(*of).group_by(H.name, H.element)
    rows = await tx.execute(select(property_changes).where(*of, tuple_(H.name, H.element, H.seq).in_(last)))
    return {(row.name, row.element): row for row in rows}


def _present(definitions: Definitions, member: Member, row: AnyRow, around: _Surroundings) -> ReviewItem | None:
    """None: there is nothing to look at any more."""
    note, value = around.notes.get(row.key), json.loads(row.value)
    stands = twin_of(definitions, around.values, row.key) if row.kind == "duplicate" else row.key
    current = around.values.get(stands) if stands else None
    if row.resolved_at is None:
        gone = {"note": note is None, "duplicate": current is None or row.key not in around.values}
        if gone.get(row.kind, same(current, value)):
            return None
    change = around.changes.get(split(stands)) if stands else None
    is_note = row.kind == "note"
    return ReviewItem(
        id=row.id,
        object="review_item",
        kind=row.kind,
        contact_id=around.root.id,
        merge_id=row.merge_id,
        property=None if is_note else split(row.key)[0],
        value=None if is_note else text_of(row.key, value),
        current=text_of(stands or "", current) if current is not None else None,
        current_change=LastChange(actor=around.authors.get(change.actor_id), at=change.at) if change else None,
        note=_note(note, member) if note else None,
        actor=around.authors.get(note.updated_by if note else row.actor_id),
        at=note.updated_at if note else row.at,
        choice=row.choice,
        resolved_at=row.resolved_at,
        resolved_by=around.authors.get(row.resolved_by),
    )


def _rank(note: AnyRow | None) -> int:
    """Main notes before the others, and those before all that is no note."""
    return 2 if note is None else int(not note.main)


def _note(row: AnyRow, member: Member) -> ReviewedNote:
    return ReviewedNote(id=row.id, title=title_of(row, member), excerpt=row.excerpt, occurred_at=row.occurred_at)


async def _list(tx: AsyncConnection, definitions: Definitions, member: Member, contact_id: str) -> ReviewItems:
    root_id = (await find_contact(tx, member, contact_id)).id
    waiting = select(review_items).where(in_family(R.contact_id, root_id), R.resolved_at.is_(None))
    rows = (await tx.execute(waiting.order_by(R.at.desc(), R.id))).all()
    around = await _surroundings(tx, member, root_id, rows)
    ordered = sorted(rows, key=lambda row: _rank(around.notes.get(row.key)))
    shown = (_present(definitions, member, row, around) for row in ordered)
    further = select(func.count()).select_from(not_asked(root_id).order_by(None).subquery())
    return ReviewItems(results=[item for item in shown if item], further=(await tx.execute(further)).scalar_one())


async def _find(tx: AsyncConnection, member: Member, item_id: str) -> AnyRow:
    """The item's row, with the `root_id` of whom it is about now. Raises NotFound."""
    readable = select(review_items, root_of(R.contact_id).label("root_id")).where(readable_contacts(member))
    joined = readable.join(contacts, contacts.c.id == R.contact_id)
    row = (await tx.execute(joined.where(R.id == item_id))).first()
    if row is None:
        raise NotFound
    return row


async def _read(tx: AsyncConnection, definitions: Definitions, member: Member, item_id: str) -> ReviewItem:
    row = await _find(tx, member, item_id)
    item = _present(definitions, member, row, await _surroundings(tx, member, row.root_id, [row]))
    if item is None:
        raise NotFound
    return item


# --- the verbs ---


async def go_on(tx: AsyncConnection, member: Member, contact_id: str) -> None:
    """Have some more of the notes that came by merges looked at. Raises NotFound, Forbidden."""
    root = await find_contact(tx, member, contact_id)
    require_edit(member, root.id)
    await tx.execute(select(contacts.c.id).where(contacts.c.id == root.id).with_for_update())  # two at once ask once
    if await ask_further(tx, root.id):
        await feed.record(tx, "review.created", root.id, contact_id=root.id, seq=0, actor_id=member.id)


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
        if row.kind == "note":
            raise Invalid(errors=(FieldError("choice", "not_an_option", {"expected": "keep"}),))
        value: Any = None if row.kind == "duplicate" else json.loads(row.value)
        await write_values(server, member, row.root_id, {row.key: value}, Origin("api", first=close))
    await server.database.write(close)  # where nothing was to be written, it is still to be closed
    server.feed.wake()


# --- handlers ---


async def list_review_items(request: Request) -> Response:
    """GET /contacts/{id}/review-items."""
    server, member, contact_id = carnet.of(request), await require_member(request), request.path_params["id"]
    definitions = server.catalogue.definitions
    return reply(await server.database.read(lambda tx: _list(tx, definitions, member, contact_id)))


async def post_further(request: Request) -> Response:
    """POST /contacts/{id}/review-items/further."""
    server, member, contact_id = carnet.of(request), await require_member(request), request.path_params["id"]
    await server.database.write(lambda tx: go_on(tx, member, contact_id))
    server.feed.wake()
    definitions = server.catalogue.definitions
    return reply(await server.database.read(lambda tx: _list(tx, definitions, member, contact_id)))


async def post_resolution(request: Request) -> Response:
    """POST /review-items/{id}/resolve."""
    server, member, item_id = carnet.of(request), await require_member(request), request.path_params["id"]
    body = await read_json(request)
    wanted = parse_json(body, ResolveReviewItem)

    async def choose() -> Response:
        await resolve(server, member, item_id, wanted.choice)
        definitions = server.catalogue.definitions
        return reply(await server.database.read(lambda tx: _read(tx, definitions, member, item_id)))

    return await once(request, member, body, choose)


routes: list[BaseRoute] = [
    Operation(
        "GET", "/contacts/{id}/review-items", list_review_items, "What somebody is to look at after a merge.",
        answer=ReviewItems, refusals=(404,),
    ),
    Operation(
        "POST", "/contacts/{id}/review-items/further", post_further, "Ask about some more notes that came by merges.",
        answer=ReviewItems, refusals=(403, 404),
    ),
    Operation(
        "POST", "/review-items/{id}/resolve", post_resolution, "Keep what stands, or take the other value.",
        body=ResolveReviewItem, answer=ReviewItem, refusals=(403, 404, 409, 413, 415, 422, 503),
        headers=("Idempotency-Key",),
    ),
]  # fmt: skip
