"""The numbered changes: written with their cause, read by whoever listens.

A verb records what it did in its own transaction, so a change is never there without its cause, nor missing after it.
Numbers follow the order of commits. The newest 10,000 are kept; who is further behind is told to start afresh.

One task a process reads what was committed (woken by this process's own writes, by a short poll for those of others)
and keeps the newest in memory: a listener costs a comparison and a share of one wake-up, not a query.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice

import structlog
from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from api.tables import change_numbers, changes
from sync.database import Database
from sync.store import StoreUnavailable

CHANGES_KEPT = 10_000
CHANGES_IN_MEMORY = 2_000
CHANGES_A_READ = 500
POLL_SECONDS = 0.5

log = structlog.get_logger("carnet.feed")


@dataclass(frozen=True, slots=True)
class Change:
    """Something that happened: `seq` is a note's or a contact's version, `actor_id` whose doing it was."""

    number: int
    type: str
    id: str
    contact_id: str
    seq: int
    actor_id: str | None


async def record(
    tx: AsyncConnection, change_type: str, object_id: str, *, contact_id: str, seq: int, actor_id: str | None
) -> None:
    """Write a change in the transaction of its cause, and drop the oldest one past the number kept."""
    taken = update(change_numbers).values(last=change_numbers.c.last + 1).returning(change_numbers.c.last)
    number = (await tx.execute(taken)).scalar_one()
    await tx.execute(
        insert(changes).values(
            number=number, type=change_type, object_id=object_id, contact_id=contact_id, seq=seq, actor_id=actor_id
        )
    )
    await tx.execute(delete(changes).where(changes.c.number <= number - CHANGES_KEPT))


async def record_many(
    tx: AsyncConnection, change_type: str, objects: Sequence[tuple[str, int]], *, actor_id: str | None
) -> None:
    """The same of many contacts, as (id, seq), in a handful of statements."""
    if not objects:
        return
    taken = update(change_numbers).values(last=change_numbers.c.last + len(objects)).returning(change_numbers.c.last)
    last = (await tx.execute(taken)).scalar_one()
    rows = [
        {"number": number, "type": change_type, "object_id": of, "contact_id": of, "seq": seq, "actor_id": actor_id}
        for number, (of, seq) in enumerate(objects, last - len(objects) + 1)
    ]
    await tx.execute(insert(changes), rows)
    await tx.execute(delete(changes).where(changes.c.number <= last - CHANGES_KEPT))


async def last_number(tx: AsyncConnection) -> int:
    """The number of the newest change; 0 before the first."""
    number: int = (await tx.execute(select(change_numbers.c.last))).scalar_one()
    return number


async def _first_number(tx: AsyncConnection) -> int | None:
    number: int | None = (await tx.execute(select(func.min(changes.c.number)))).scalar_one()
    return number


async def _read_after(tx: AsyncConnection, number: int) -> list[Change]:
    newer = select(changes).where(changes.c.number > number).order_by(changes.c.number).limit(CHANGES_A_READ)
    return [
        Change(row.number, row.type, row.object_id, row.contact_id, row.seq, row.actor_id)
        for row in await tx.execute(newer)
    ]


class Feed:
    """One process's view of the changes. `run` is its task; the lifespan owns it."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._recent: deque[Change] = deque(maxlen=CHANGES_IN_MEMORY)
        self._woken = asyncio.Event()
        self._moved = asyncio.Event()
        self._stopped = False
        self.head = 0

    async def start(self) -> None:
        """Begin at what is committed now."""
        self.head = await self._database.read(last_number)

    def wake(self) -> None:
        """Something was committed in this process: read it now rather than at the next poll."""
        self._woken.set()

    async def run(self) -> None:
        """Read on for ever. A database that does not answer is asked again at the next poll."""
        while True:
            # Not wait_for: that loses a cancellation which comes together with a wake-up.
            with suppress(TimeoutError):
                async with asyncio.timeout(POLL_SECONDS):
                    await self._woken.wait()
            self._woken.clear()
            try:
                while await self._advance():
                    pass
            except StoreUnavailable as error:
                log.warning("changes could not be read", error=str(error))

    async def _advance(self) -> bool:
        after = self.head
        found = await self._database.read(lambda tx: _read_after(tx, after))
        if not found:
            return False
        self._recent.extend(found)
        self.head = found[-1].number
        # Everybody who waits holds the old event; those who come later get the new one.
        moved, self._moved = self._moved, asyncio.Event()
        moved.set()
        return True

    async def wait(self, number: int) -> None:
        """Return once there is a change after `number`, or nobody is to wait any more."""
        while self.head <= number and not self._stopped:
            await self._moved.wait()

    def stop(self) -> None:
        """Let everybody who waits go: the server is draining."""
        self._stopped = True
        self._moved.set()

    async def after(self, number: int) -> list[Change] | None:
        """Changes after `number`, the oldest first, some at a time. None: they are no longer (or were never) kept."""
        if number > self.head:
            return None if number > await self._database.read(last_number) else []
        if self._recent and self._recent[0].number <= number + 1:
            first = number + 1 - self._recent[0].number
            return list(islice(self._recent, first, first + CHANGES_A_READ))

        async def read(tx: AsyncConnection) -> list[Change] | None:
            oldest = await _first_number(tx)
            if number < await last_number(tx) and (oldest is None or oldest > number + 1):
                return None
            return await _read_after(tx, number)

        return await self._database.read(read)
