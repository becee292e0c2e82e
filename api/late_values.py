"""Values that come late: written into the document of a merged contact, by somebody who had not seen the merge.

Each was kept with its edit (contact_documents.py) and is brought here to the contact that there is now, in order of a
rule that asks no clock: where nothing stands there, or still what the merge took from the merged contact, it is simply
the newer value; elements of sets unite; anything else waits until somebody chooses (review_items.py). A merged contact
whose primary was merged as well hands it on from one to the next.

Every process does this for whatever it finds, so nothing waits for one that was killed. Two may meet at one value: it
counts once, as whoever writes takes it off the list in the same transaction.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Literal

import structlog
from sqlalchemy import delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from api.carnet import Carnet
from api.contact_documents import Origin, Stale
from api.contact_edits import write_values
from api.errors import Invalid, Problem
from api.feed import Change, record
from api.merges import TRIES_MAX, lock_contacts
from api.tables import AnyRow, aliases, contacts, late_values, merges, new_id, review_items
from sync.difference import same
from sync.kinds import Actor
from sync.store import StoreUnavailable

LOOK_SECONDS = 60.0
"""So often a process looks though it has heard of nothing: another may have been killed before it came to it."""

log = structlog.get_logger("carnet.late")

Fate = Literal["write", "ask", "nothing"]


def fate(key: str, value: Any, now: Mapping[str, Any], written: Mapping[str, list[Any]]) -> Fate:
    """What becomes of a late value where the primary holds `now`, and the merge had `written` there. Pure."""
    held, took = now.get(key), written.get(key)
    if same(held, value):
        return "nothing"
    if ":" in key:
        if value is not None:
            return "write" if held is None else "nothing"
        return "write" if took and took[0] is None and same(held, took[1]) else "nothing"
    if held is None or (took and same(held, took[1])):
        return "write"
    return "ask" if value is not None else "nothing"


async def run(server: Carnet) -> None:
    """Bring late values home as they come, until the server drains."""
    number = server.feed.head
    due = True
    while not server.draining.is_set():
        if due:
            try:
                await bring_home(server)
            except StoreUnavailable as error:
                log.warning("late values wait", error=str(error))
        due = False
        with suppress(TimeoutError):
            async with asyncio.timeout(LOOK_SECONDS):
                await server.feed.wait(number)
        try:
            changes = await server.feed.after(number)
        except StoreUnavailable:
            changes = None
        due = not changes or any(_is_late(change) for change in changes)
        number = changes[-1].number if changes else server.feed.head


def _is_late(change: Change) -> bool:
    """Its own document changed, and it is told under another's id."""
    return change.type == "contact.updated" and change.id != change.contact_id


async def bring_home(server: Carnet) -> None:
    """Everything that waits now; what that hands on to another merged contact too. What cannot be brought waits on."""
    stuck: set[tuple[str, str, int]] = set()
    while waiting := [late for late in await server.database.read(_waiting) if _name(late) not in stuck]:
        for late in waiting:
            try:
                await _bring(server, late)
            except (Stale, Problem) as error:
                stuck.add(_name(late))
                log.warning("a late value waits", contact=late.contact_id, error=str(error))


async def _waiting(tx: AsyncConnection) -> Sequence[AnyRow]:
    """Those of deleted contacts wait until these are restored."""
    there = select(late_values).join(contacts, contacts.c.id == late_values.c.contact_id)
    return (await tx.execute(there.where(contacts.c.deleted_at.is_(None)).order_by(late_values.c.at))).all()


def _name(late: AnyRow) -> tuple[str, str, int]:
    return late.contact_id, late.key, late.seq


@dataclass(frozen=True, slots=True)
class _Situation:
    """The merge by which the contact was merged, and its primary as it stands."""

    merge: AnyRow
    primary: AnyRow


async def _bring(server: Carnet, late: AnyRow) -> None:
    """Raises Stale where the primary is being written in all the time, and what `write_values` raises."""
    for attempt in range(TRIES_MAX):
        found = await server.database.read(lambda tx: _find(tx, late))
        if found is None:
            await server.database.write(lambda tx: _take_off(tx, late))
            return
        try:
            await _decide(server, late, found)
            return
        except Stale:
            if attempt == TRIES_MAX - 1:
                raise


async def _find(tx: AsyncConnection, late: AnyRow) -> _Situation | None:
    """None: there is nothing to do any more. Another process was faster, or the merge was undone."""
    L = late_values.c
    there = (L.contact_id == late.contact_id, L.key == late.key, L.seq == late.seq)
    waits = (await tx.execute(select(L.seq).where(*there))).first()
    standing = select(merges).join(aliases, aliases.c.merge_id == merges.c.id)
    merge = (await tx.execute(standing.where(aliases.c.contact_id == late.contact_id))).one_or_none()
    if waits is None or merge is None:
        return None
    primary = (await tx.execute(select(contacts).where(contacts.c.id == merge.primary_id))).one()
    return _Situation(merge, primary)


async def _decide(server: Carnet, late: AnyRow, found: _Situation) -> None:
    """Write it, ask, or let it be. Raises Stale where the primary has changed since."""
    value = json.loads(late.value) if late.value is not None else None
    now, written = json.loads(found.primary.properties), json.loads(found.merge.written)
    match fate(late.key, value, now, written):
        case "write":
            flags: Any = {} if isinstance(value, dict) else value  # what is first stays first
            writes = {late.key: flags}
            written[late.key] = [written[late.key][0] if late.key in written else now.get(late.key), flags]

            async def first(tx: AsyncConnection) -> None:
                await lock_contacts(tx, {found.primary.id: found.primary.version})
                if not await _take_off(tx, late):
                    raise Stale(found.primary.version)  # another process was faster
                await _keep_written(tx, found.merge.id, written)

            try:
                origin = Origin("merge", first=first)
                await write_values(server, Actor(late.actor_id), found.primary.id, writes, origin)
            except Invalid:  # a set is full, say: nobody's word is dropped for that
                await server.database.write(lambda tx: _ask(tx, late, found))
        case "ask":
            await server.database.write(lambda tx: _ask(tx, late, found))
        case "nothing":
            await server.database.write(lambda tx: _take_off(tx, late))
    server.feed.wake()


async def _take_off(tx: AsyncConnection, late: AnyRow) -> bool:
    """It is dealt with; False: somebody did, or wrote a newer one meanwhile."""
    L = late_values.c
    mine = delete(late_values).where(L.contact_id == late.contact_id, L.key == late.key, L.seq == late.seq)
    return bool((await tx.execute(mine)).rowcount)


async def _keep_written(tx: AsyncConnection, merge_id: str, written: Mapping[str, list[Any]]) -> None:
    """Undoing the merge takes this back as well."""
    text = json.dumps(written, ensure_ascii=False, separators=(",", ":"))
    kept = update(merges).where(merges.c.id == merge_id, merges.c.undone_at.is_(None))
    if not (await tx.execute(kept.values(written=text))).rowcount:
        raise Stale(0)


async def _ask(tx: AsyncConnection, late: AnyRow, found: _Situation) -> None:
    """Put it where people choose; a newer one takes the place of an older one."""
    if not await _take_off(tx, late):
        return
    R = review_items.c
    mine = (R.merge_id == found.merge.id, R.kind == "late", R.key == late.key, R.resolved_at.is_(None))
    await tx.execute(delete(review_items).where(*mine))
    item = {
        "id": new_id("rev"),
        "kind": "late",
        "contact_id": found.primary.id,
        "merge_id": found.merge.id,
        "key": late.key,
    }
    said = {"value": late.value, "actor_id": late.actor_id, "at": late.at}
    await tx.execute(insert(review_items).values(**item, **said))
    told = {"contact_id": found.primary.id, "actor_id": late.actor_id}
    await record(tx, "review.created", item["id"], seq=late.seq, **told)
