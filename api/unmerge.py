"""Taking a merge back, at once or a year later, whatever was merged before and after.

The alias goes: what was the secondary's is its own again under its old id, with all that was written since. Of the
primary's properties those that still hold what the merge put there hold what they held before; those that somebody
edited since stay as they are, and are named. Notes made since stay too, unless they are to go with the secondary.
"""

from __future__ import annotations

import asyncio
import json
import random
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from pydantic import Field
from sqlalchemy import ColumnElement, Text, and_, delete, literal, select, union_all, update
from sqlalchemy.ext.asyncio import AsyncConnection
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from api import avatars, carnet, feed, projection
from api.access import Member, require_edit
from api.aliases import root_of
from api.auth import require_member
from api.carnet import Carnet
from api.combinations import part
from api.contact_documents import Origin, Stale, make_findable
from api.contact_edits import write_values
from api.errors import FieldError, Invalid, Unavailable
from api.http import KIB, Body, Operation, parse_json, read_body, reply
from api.idempotency import once
from api.merge_rules import PHOTO
from api.merges import PAUSE_SECONDS_MAX, TRIES_MAX, Merge, find_merge, lock_contacts, read_merge, written_by
from api.notes import NoteId
from api.properties import Definitions, split
from api.tables import (
    AnyRow,
    aliases,
    contacts,
    late_values,
    merges,
    notes,
    property_changes,
    review_items,
    search_entries,
)
from sync.difference import same

MOVED_MAX = 200

Written = Mapping[str, list[Any]]
"""key → [what stood there before, what a merge put there]"""


class UndoMerge(Body):
    """Notes made since the merge that go to the contact that is its own again."""

    move: list[NoteId] = Field(default_factory=list, max_length=MOVED_MAX)


@dataclass(slots=True)
class WayBack:
    """What undoing a merge writes into the primary's document; what stays (properties); what other merges take over.

    A value that a later merge put over this one's, or an element that another one would have brought too, is that one's
    from now on: `inherited` is what it has written then, by its id.
    """

    writes: dict[str, Any] = field(default_factory=dict)
    kept: set[str] = field(default_factory=set)
    inherited: dict[str, dict[str, list[Any]]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Other:
    """Another merge into the same contact that stands: `later` than the one to undo, or earlier."""

    id: str
    later: bool
    secondary: Mapping[str, Any]
    written: Written


def way_back(now: Mapping[str, Any], edited: set[str], written: Written, others: list[Other]) -> WayBack:
    """How to undo `written` in a document that reads as `now`; keys in `edited` were written by somebody since.

    `others` are in the order in which they came. Pure.
    """
    back = WayBack()
    for key, (old, new) in written.items():
        heir = _heir(key, new, others)
        if heir:
            theirs = back.inherited.setdefault(heir.id, dict(heir.written))
            theirs[key] = [old, theirs[key][1] if key in theirs else new]
        elif same(now.get(key), old):
            continue  # inherited, and just what it says; or somebody has put it back
        elif same(now.get(key), new) and (key not in edited or ":" not in key):
            back.writes[key] = old
        else:
            back.kept.add(split(key)[0])
    return back


def _heir(key: str, new: Any, others: list[Other]) -> Other | None:
    """The next merge that wrote over the value; of an element also one whose secondary has it."""
    over = (one for one in others if one.later and key in one.written and same(one.written[key][0], new))
    if found := next(over, None):
        return found
    if ":" not in key or new is None:
        return None
    return next((one for one in others if one.secondary.get(key) is not None and key not in one.written), None)


# --- the verb ---


@dataclass(frozen=True, slots=True)
class Undoing:
    """What undoing a merge would do to its contacts as they stand: the primary's document and photo read as `now`."""

    row: AnyRow
    versions: Mapping[str, int]
    now: Mapping[str, Any]
    others: list[Other]
    back: WayBack


async def undo_merge(server: Carnet, member: Member, merge_id: str, move: Collection[str] = ()) -> list[str]:
    """Take a merge back; properties that were edited since, and stay. One that is undone stays undone.

    Raises NotFound, Forbidden, and Invalid of a note in `move` that was not made since.
    """
    for _ in range(TRIES_MAX):
        found = await server.database.read(lambda tx: find_undoing(tx, member, merge_id))
        if found is None:
            return []
        await server.database.read(lambda tx, of=found.row: _require_movable(tx, of, move))  # type: ignore[misc]
        try:
            await _commit(server, member, found, move)
        except Stale:
            await asyncio.sleep(random.uniform(0, PAUSE_SECONDS_MAX))
            continue
        if await server.database.read(lambda tx: find_undoing(tx, member, merge_id)) is None:
            server.feed.wake()
            return sorted(found.back.kept)
    raise Unavailable


async def find_undoing(tx: AsyncConnection, member: Member, merge_id: str) -> Undoing | None:
    """What there is to undo; None: it is. Raises NotFound, Forbidden."""
    row = await find_merge(tx, member, merge_id)
    require_edit(member, row.primary_id)
    require_edit(member, row.secondary_id)
    if row.undone_at is not None:
        return None
    both = select(contacts).where(contacts.c.id.in_((row.primary_id, row.secondary_id)))
    held = {contact.id: contact for contact in await tx.execute(both)}
    H = property_changes.c
    since = select(H.name, H.element).where(H.contact_id == row.primary_id, H.seq > row.seq, H.source != "merge")
    edited = {f"{name}:{element}" if element else name for name, element in await tx.execute(since)}
    photo = (await avatars.photos_of(tx, [row.primary_id])).get(row.primary_id)
    now = {**json.loads(held[row.primary_id].properties), PHOTO: photo}
    others = await _others(tx, row)
    back = way_back(now, edited, written_by(row), others)
    return Undoing(row, {contact.id: contact.version for contact in held.values()}, now, others, back)


def made_since(row: AnyRow) -> ColumnElement[bool]:
    """The condition on `notes` of having been made since the merge, on the page of the contact it made."""
    page = union_all(select(literal(row.primary_id, Text)), select(root_of(row.primary_id)))
    there = (notes.c.contact_id.in_(page), notes.c.deleted_at.is_(None))
    return and_(*there, ~notes.c.main, notes.c.created_at > row.at)


async def _require_movable(tx: AsyncConnection, row: AnyRow, move: Collection[str]) -> None:
    """Raises Invalid unless all of these notes were made since. One deleted in this moment stays where it is."""
    movable = select(notes.c.id).where(notes.c.id.in_(move), made_since(row))
    if len((await tx.execute(movable)).all()) < len(set(move)):
        raise Invalid(errors=(FieldError("move", "invalid"),))


async def _others(tx: AsyncConnection, row: AnyRow) -> list[Other]:
    into = (merges.c.primary_id == row.primary_id, merges.c.id != row.id, merges.c.undone_at.is_(None))
    rows = await tx.execute(select(merges).where(*into))
    return [
        Other(one.id, _order(one) > _order(row), json.loads(one.secondary_values), written_by(one))
        for one in sorted(rows, key=_order)
    ]


def _order(row: AnyRow) -> tuple[Any, ...]:
    """By rows of the document, where merges wrote values; else as they came; those that have no place, by time."""
    return (row.seq, row.place, row.at, row.id)


async def _commit(server: Carnet, member: Member, undoing: Undoing, move: Collection[str]) -> None:
    """All of it or nothing. Raises Stale where either contact has changed since it was read."""
    now = server.clock()

    async def record(tx: AsyncConnection) -> None:
        await _record(tx, server.catalogue.definitions, member, undoing, now)
        await _move(tx, undoing.row, member, move, now)

    writes = {key: value for key, value in undoing.back.writes.items() if key != PHOTO}
    if writes:
        origin = Origin("merge", first=record, is_late=False)
        await write_values(server, member, undoing.row.primary_id, writes, origin)
    else:
        await server.database.write(record)


async def _record(
    tx: AsyncConnection, definitions: Definitions, member: Member, undoing: Undoing, now: datetime
) -> None:
    row = undoing.row
    await lock_contacts(tx, undoing.versions)
    undone = update(merges).where(merges.c.id == row.id, merges.c.undone_at.is_(None))
    if not (await tx.execute(undone.values(undone_at=now, undone_by=member.id))).rowcount:
        raise Stale(undoing.versions[row.primary_id])  # somebody else was faster
    if await _others(tx, row) != undoing.others:
        raise Stale(undoing.versions[row.primary_id])  # of what another merge brought, this one is the heir now
    await _photo_back(tx, undoing, member.id)
    for merge_id, written in undoing.back.inherited.items():
        before, photo = written.get(PHOTO, (None, None))
        values = {key: pair for key, pair in written.items() if key != PHOTO}
        text = json.dumps(values, ensure_ascii=False, separators=(",", ":"))
        inherits = {"written": text, "photo_before": before, "photo": photo}
        await tx.execute(update(merges).where(merges.c.id == merge_id).values(**inherits))
    await _lead_home(tx, row.secondary_id)
    await part(tx, row.secondary_id, member.id, now)
    await tx.execute(delete(late_values).where(late_values.c.contact_id == row.secondary_id))
    open_items = (review_items.c.merge_id == row.id, review_items.c.resolved_at.is_(None))
    await tx.execute(update(review_items).where(*open_items).values(resolved_at=now, resolved_by=member.id))
    await make_findable(tx, definitions, row.secondary_id, merged=False)
    await projection.touch(tx, row.primary_id, now)
    seq, told = undoing.versions[row.secondary_id], "contact.unmerged"
    await feed.record(tx, told, row.secondary_id, contact_id=row.primary_id, seq=seq, actor_id=member.id)
    await feed.record(tx, told, row.secondary_id, contact_id=row.secondary_id, seq=seq, actor_id=member.id)


async def _photo_back(tx: AsyncConnection, undoing: Undoing, actor_id: str) -> None:
    """The primary's photo, where it is still the one that the merge gave it. The secondary has kept its own."""
    primary_id, now = undoing.row.primary_id, undoing.now[PHOTO]
    seq = undoing.versions[primary_id]
    if (await avatars.photos_of(tx, [primary_id])).get(primary_id) != now:
        raise Stale(seq)
    before = undoing.back.writes.get(PHOTO, now)
    await avatars.change_photo(tx, primary_id, now, before, seq=seq, actor_id=actor_id)


async def _lead_home(tx: AsyncConnection, contact_id: str) -> None:
    """A contact is a root again: to it lead its own id and those of whatever was merged into it before."""
    standing = merges.c.undone_at.is_(None)
    branch, at = [contact_id], [contact_id]
    while at:
        children = select(merges.c.secondary_id).where(merges.c.primary_id.in_(at), standing)
        at = list((await tx.execute(children)).scalars())
        branch += at
    await tx.execute(delete(aliases).where(aliases.c.contact_id == contact_id))
    await tx.execute(update(aliases).where(aliases.c.contact_id.in_(branch)).values(root_id=contact_id))


async def _move(tx: AsyncConnection, row: AnyRow, member: Member, move: Collection[str], now: datetime) -> None:
    """Notes made since go to the contact that is its own again; whoever is writing in one writes on."""
    if not move:
        return
    moved = update(notes).where(notes.c.id.in_(move), made_since(row)).values(contact_id=row.secondary_id)
    found = (await tx.execute(moved.returning(notes.c.id, notes.c.seq))).all()
    entries = update(search_entries).where(search_entries.c.object_id.in_([note.id for note in found]))
    await tx.execute(entries.values(contact_id=row.secondary_id))
    await projection.touch(tx, row.secondary_id, now)
    for note in found:
        whose = {"contact_id": row.secondary_id, "seq": note.seq, "actor_id": member.id}
        await feed.record(tx, "note.created", note.id, **whose)


# --- handlers ---


async def post_undo(request: Request) -> Response:
    """POST /merges/{id}/undo."""
    server, member = carnet.of(request), await require_member(request)
    merge_id = request.path_params["id"]
    body = await read_body(request, bytes_max=16 * KIB)
    wanted = parse_json(body, UndoMerge) if body else UndoMerge()

    async def undo() -> Response:
        kept = await undo_merge(server, member, merge_id, wanted.move)
        shown: Merge = await server.database.read(lambda tx: read_merge(tx, member, merge_id))
        return reply(shown.model_copy(update={"kept": kept}))

    return await once(request, member, body, undo)


routes: list[BaseRoute] = [
    Operation(
        "POST", "/merges/{id}/undo", post_undo, "Take a merge back: both contacts have their own again.",
        body=UndoMerge, answer=Merge, refusals=(403, 404, 409, 413, 422, 503), headers=("Idempotency-Key",),
    ),
]  # fmt: skip
