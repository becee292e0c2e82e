"""Merging two contacts: one event row and an alias. Nothing is copied, so whoever is typing notices nothing.

    both read → values chosen → an update of the primary's document made by a worker
      → one transaction: row of the log + event + alias + what somebody is to look at + what follows from the new
        values + change of the feed

All of it goes in with the row of the log, by the road of every live edit, or nothing does. Where the primary's values
stay as they are there is no such row, and the rest goes in by itself. `unmerge.py` takes a merge back.
"""

from __future__ import annotations

import asyncio
import json
import random
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import Field
from sqlalchemy import func, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from api import avatars, carnet, feed, projection
from api.access import Member, readable_contacts
from api.auth import require_member
from api.carnet import Carnet
from api.contact_documents import Origin, Stale, document_of, full_name, make_findable
from api.contact_edits import write_values
from api.errors import NotFound, PreviewStale, Unavailable
from api.http import API, ISO, Answer, Operation, parse_json, read_json, reply
from api.idempotency import once
from api.merge_preview import Pair, ProposeMerge, find_pair, preview
from api.merge_rules import PHOTO, Choice, Own, Resolved
from api.notes import Author, find_authors
from api.properties import Definitions, split
from api.property_shapes import told_apart
from api.review_reasons import Reason, exposed, inherited, insert_reasons, unasked
from api.tables import AnyRow, aliases, contacts, merges, new_id, notes
from sync.tables import documents

TRIES_MAX = 60
PAUSE_SECONDS_MAX = 0.05
"""So often, and this far apart, a merge is looked at anew because a property of either contact changed meanwhile."""


class MergeContacts(ProposeMerge):
    """Two contacts to merge. `versions` are those of the conflicts that were seen in the preview, by property."""

    versions: dict[str, str] | None = Field(
        default=None, description="Where it is given: refused with a fresh preview when a conflict is another one now."
    )


class Merge(Answer):
    """A merge: who merged what, and whether that was undone."""

    id: str
    object: Literal["merge"]
    primary_id: str
    primary_name: str
    secondary_id: str
    secondary_name: str
    primary_known_by: str = Field(description="What tells it from the other, as both were: an address, a company.")
    secondary_known_by: str
    choices: dict[str, Any]
    properties: list[str] = Field(description="Those of the primary that the merge gave another value.")
    notes: int = Field(description="Notes that were the secondary's own, and have a word in them.")
    at: Annotated[datetime, ISO]
    actor: Author | None
    undone_at: Annotated[datetime, ISO] | None
    undone_by: Author | None
    already_merged: bool = Field(
        default=False, description="They were one contact already; this is how they became it."
    )
    kept: list[str] = Field(
        default_factory=list, description="On undoing: properties of the primary that were edited since, and stay so."
    )


# --- queries ---


async def find_merge(tx: AsyncConnection, member: Member, merge_id: str) -> AnyRow:
    """The merge's row, if `member` may read its contacts. Raises NotFound."""
    readable = select(merges).join(contacts, contacts.c.id == merges.c.primary_id).where(readable_contacts(member))
    row = (await tx.execute(readable.where(merges.c.id == merge_id))).first()
    if row is None:
        raise NotFound
    return row


async def _merge_between(tx: AsyncConnection, primary_id: str, secondary_id: str) -> str:
    """The merge that made one contact of two."""
    ids = (primary_id, secondary_id)
    active = select(merges.c.id).where(merges.c.undone_at.is_(None))
    direct = active.where(merges.c.primary_id.in_(ids), merges.c.secondary_id.in_(ids))
    found = (await tx.execute(direct)).scalar_one_or_none()
    if found is None:
        led = active.where(or_(merges.c.secondary_id == secondary_id, merges.c.secondary_id == primary_id))
        found = (await tx.execute(led.order_by(merges.c.at.desc()))).scalars().first()
    assert found, "two ids lead to one contact without a merge"
    return str(found)


async def read_merge(tx: AsyncConnection, member: Member, merge_id: str) -> Merge:
    """A merge as REST shows it."""
    return (await present_merges(tx, [await find_merge(tx, member, merge_id)]))[0]


async def _read_made(tx: AsyncConnection, merge_id: str) -> Merge:
    """The same for whoever has just made it, though somebody may have deleted the contact since. Raises NotFound."""
    rows = (await tx.execute(select(merges).where(merges.c.id == merge_id))).all()
    if not rows:
        raise NotFound
    return (await present_merges(tx, rows))[0]


async def present_merges(tx: AsyncConnection, rows: Sequence[AnyRow]) -> list[Merge]:
    """Merges as REST shows them; the secondary under the name that it had."""
    authors = await find_authors(tx, {user for row in rows for user in (row.actor_id, row.undone_by)})
    ids = {row.primary_id for row in rows}
    names = {row.id: row for row in await tx.execute(select(contacts).where(contacts.c.id.in_(ids)))}
    own = notes.c.contact_id.in_({row.secondary_id for row in rows})
    counted = select(notes.c.contact_id, func.count()).where(own, projection.SHOWN).group_by(notes.c.contact_id)
    brought = {row[0]: row[1] for row in await tx.execute(counted)}
    return [_present(row, names[row.primary_id], brought.get(row.secondary_id, 0), authors) for row in rows]


def _present(row: AnyRow, primary: AnyRow, brought: int, authors: Mapping[str | None, Author]) -> Merge:
    values, theirs, written = json.loads(primary.properties), json.loads(row.secondary_values), written_by(row)
    before = {**values, **{key: old for key, (old, _) in written.items()}}
    known_by = told_apart({key: value for key, value in before.items() if value is not None}, theirs)
    return Merge(
        id=row.id,
        object="merge",
        primary_id=row.primary_id,
        primary_name=full_name(values),
        secondary_id=row.secondary_id,
        secondary_name=full_name(theirs),
        primary_known_by=known_by[0],
        secondary_known_by=known_by[1],
        choices=json.loads(row.choices),
        properties=sorted({split(key)[0] for key in written}),
        notes=brought,
        at=row.at,
        actor=authors.get(row.actor_id),
        undone_at=row.undone_at,
        undone_by=authors.get(row.undone_by),
        already_merged=False,
    )


def written_by(row: AnyRow) -> dict[str, list[Any]]:
    """What a merge wrote into the primary, by key: [what stood there before, what it put there]; the photo too."""
    written: dict[str, list[Any]] = json.loads(row.written)
    if row.photo != row.photo_before:
        written[PHOTO] = [row.photo_before, row.photo]
    return written


# --- the verb ---


async def merge_contacts(
    server: Carnet, member: Member, wanted: MergeContacts, batch_id: str | None = None
) -> tuple[str, bool]:
    """Merge two contacts: (the merge's id, whether they were one already). Raises what REST is told.

    `batch_id` is of those that are merged, and can be taken apart, by one word.
    """
    for _ in range(TRIES_MAX):
        found = await server.database.read(lambda tx: _read(tx, server.catalogue.definitions, member, wanted))
        if isinstance(found, str):
            return found, True
        pair, resolved = found
        merge_id = new_id("mrg")
        try:
            await _commit(server, member, merge_id, pair, resolved, wanted.chosen(), batch_id)
        except (Stale, NotFound):  # a value has changed, or one of them was deleted
            await asyncio.sleep(random.uniform(0, PAUSE_SECONDS_MAX))
            continue
        if await server.database.read(lambda tx, of=merge_id: _exists(tx, of)):  # type: ignore[misc]
            server.feed.wake()
            return merge_id, False
    raise Unavailable


async def _read(
    tx: AsyncConnection, definitions: Definitions, member: Member, wanted: MergeContacts
) -> tuple[Pair, Resolved] | str:
    """What is to be merged and how, or the merge that made one contact of them. Raises PreviewStale."""
    pair = await find_pair(tx, member, wanted.primary_id, wanted.secondary_id)
    if pair is None:
        return await _merge_between(tx, wanted.primary_id, wanted.secondary_id)
    resolved = pair.resolve(definitions, wanted.chosen())
    if wanted.versions is not None:
        seen, now = wanted.versions, {*wanted.versions, *resolved.conflicts}
        if any(seen.get(name) != pair.version_of(name) for name in now):
            fresh = await preview(tx, definitions, pair, wanted.chosen())
            raise PreviewStale(members={"preview": json.loads(fresh.model_dump_json())})
    return pair, resolved


async def _exists(tx: AsyncConnection, merge_id: str) -> bool:
    return (await tx.execute(select(merges.c.id).where(merges.c.id == merge_id))).first() is not None


async def _commit(
    server: Carnet,
    member: Member,
    merge_id: str,
    pair: Pair,
    resolved: Resolved,
    choices: Mapping[str, Choice],
    batch_id: str | None,
) -> None:
    """All of it or nothing. Raises Stale where a property of either contact has changed since it was read.

    Nothing was written, either, where another had just written these very values: the caller looks.
    """
    primary, secondary = pair.primary, pair.secondary
    written = {key: [primary.values.get(key), new] for key, new in resolved.writes.items()}
    event = {
        "id": merge_id,
        "primary_id": primary.row.id,
        "secondary_id": secondary.row.id,
        "choices": _json(
            {name: {"value": one.value} if isinstance(one, Own) else one for name, one in choices.items()}
        ),
        "secondary_values": _json(secondary.values),
        "written": _json(written),
        "actor_id": member.id,
        "at": server.clock(),
        "batch_id": batch_id,
    }
    if resolved.photo != primary.photo:
        event |= {"photo": resolved.photo, "photo_before": primary.photo}
    versions = {side.row.id: side.row.version for side in (primary, secondary)}
    photos = {side.row.id: side.photo for side in (primary, secondary) if side.photo}
    whose = (member.id, event["at"])
    unchosen = [name for name in resolved.conflicts if name not in choices and name != PHOTO]
    reasons = [
        # Read before the locks are held: a note that goes meanwhile is not shown.
        *await server.database.read(lambda tx: inherited(tx, secondary.row.id, *whose)),
        *unasked(unchosen, secondary.values, secondary.changes, *whose),
        *exposed(server.catalogue.definitions, primary.values, resolved.writes, *whose),
    ]

    async def record(tx: AsyncConnection) -> None:
        await _record(tx, server.catalogue.definitions, event, versions, photos, reasons)

    if resolved.writes:
        await write_values(server, member, primary.row.id, resolved.writes, Origin("merge", first=record))
    else:
        await server.database.write(record)


async def _record(
    tx: AsyncConnection,
    definitions: Definitions,
    event: Mapping[str, Any],
    versions: Mapping[str, int],
    photos: Mapping[str, str],
    reasons: Sequence[Reason],
) -> None:
    """The event, and what follows from it. Under the locks of both contacts, so that nothing slips in between."""
    primary_id, secondary_id = event["primary_id"], event["secondary_id"]
    await lock_contacts(tx, versions)
    if (await tx.execute(select(aliases.c.contact_id).where(aliases.c.contact_id.in_(versions)))).first():
        raise Stale(versions[primary_id])  # one of them was merged since
    if await avatars.photos_of(tx, versions) != photos:
        raise Stale(versions[primary_id])  # somebody has given one of them another photo
    head = await tx.execute(select(documents.c.head).where(documents.c.name == document_of(primary_id)))
    before = select(func.coalesce(func.max(merges.c.place), 0)).where(merges.c.primary_id == primary_id)
    place = before.scalar_subquery() + 1
    await tx.execute(insert(merges).values(**event, seq=head.scalar_one(), place=place))
    if "photo" in event:
        whose = {"seq": versions[primary_id], "actor_id": event["actor_id"]}
        await avatars.change_photo(tx, primary_id, event["photo_before"], event["photo"], **whose)
    await tx.execute(update(aliases).where(aliases.c.root_id == secondary_id).values(root_id=primary_id))
    await tx.execute(insert(aliases).values(contact_id=secondary_id, root_id=primary_id, merge_id=event["id"]))
    await insert_reasons(tx, primary_id, event["id"], reasons)
    await make_findable(tx, definitions, secondary_id, merged=True)
    await projection.touch(tx, primary_id, event["at"])
    told = {"contact_id": primary_id, "seq": versions[secondary_id], "actor_id": event["actor_id"]}
    await feed.record(tx, "contact.merged", secondary_id, **told)


async def lock_contacts(tx: AsyncConnection, versions: Mapping[str, int]) -> None:
    """Hold these contacts as they were read. Raises Stale. In order, so that two merges never wait in a ring."""
    columns = (contacts.c.id, contacts.c.version, contacts.c.deleted_at)
    chosen = select(*columns).where(contacts.c.id.in_(versions)).order_by(contacts.c.id)
    rows = (await tx.execute(chosen.with_for_update(key_share=True))).all()
    if changed := next((row for row in rows if row.version != versions[row.id] or row.deleted_at), None):
        raise Stale(changed.version)


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


# --- handlers ---


async def post_merge(request: Request) -> Response:
    """POST /contacts/merge."""
    server, member = carnet.of(request), await require_member(request)
    body = await read_json(request)
    wanted = parse_json(body, MergeContacts)

    async def merge() -> Response:
        merge_id, already = await merge_contacts(server, member, wanted)
        shown = await server.database.read(lambda tx: _read_made(tx, merge_id))
        if already:
            return reply(shown.model_copy(update={"already_merged": True}))
        return reply(shown, 201, {"Location": f"{API}/merges/{merge_id}"})

    return await once(request, member, body, merge)


async def get_merge(request: Request) -> Response:
    """GET /merges/{id}."""
    server, member = carnet.of(request), await require_member(request)
    merge_id = request.path_params["id"]
    return reply(await server.database.read(lambda tx: read_merge(tx, member, merge_id)))


routes: list[BaseRoute] = [
    Operation(
        "POST", "/contacts/merge", post_merge, "Merge a contact into another one.",
        body=MergeContacts, answer=Merge, status=201, status_again=200,
        refusals=(403, 404, 409, 413, 415, 422, 503), headers=("Idempotency-Key",),
    ),
    Operation("GET", "/merges/{id}", get_merge, "One merge.", answer=Merge, refusals=(404,)),
]  # fmt: skip
