"""The numbered changes: written with their cause, read by whoever listens.

A verb records what it did in its own transaction, so a change is never there without its cause, nor missing after it.
Numbers follow the order of commits. The newest 10,000 are kept; who is further behind is told to start afresh.

One task a process reads what was committed (woken by its own writes, by other processes', by a short poll in any case)
and keeps the newest in memory: a listener costs a comparison and a share of one wake-up, not a query.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice

import structlog
from sqlalchemy import Integer, Text, bindparam, delete, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from api.aliases import root_of
from api.tables import change_numbers, changes
from sync.database import Database
from sync.store import StoreUnavailable, older_copy

CHANGES_KEPT = 10_000
CHANGES_IN_MEMORY = 2_000
CHANGES_A_READ = 500
POLL_SECONDS = 0.5
PAUSE_SECONDS = 0.05
"""Between two looks, however much happens: what comes meanwhile is read together."""

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


_TAKE_NUMBERS = (
    update(change_numbers)
    .values(last=change_numbers.c.last + bindparam("count", type_=Integer))
    .returning(change_numbers.c.last)
)
_INSERT = insert(changes).values(contact_id=root_of(bindparam("whose", type_=Text)))
_DROP_OLD = delete(changes).where(changes.c.number <= bindparam("oldest"))


async def record(
    tx: AsyncConnection, change_type: str, object_id: str, *, contact_id: str, seq: int, actor_id: str | None
) -> None:
    """Write a change in the transaction of its cause, and drop the oldest one past the number kept.

    Who has a contact open hears of what was merged into it: that is told under the root's id.
    """
    await _write(tx, [{"object_id": object_id, "whose": contact_id, "seq": seq}], change_type, actor_id)


async def record_many(
    tx: AsyncConnection, change_type: str, objects: Sequence[tuple[str, int]], *, actor_id: str | None
) -> None:
    """The same of many contacts, as (id, seq), in a handful of statements."""
    if objects:
        rows = [{"object_id": of, "whose": of, "seq": seq} for of, seq in objects]
        await _write(tx, rows, change_type, actor_id)


async def _write(
    tx: AsyncConnection, rows: Sequence[Mapping[str, object]], change_type: str, actor_id: str | None
) -> None:
    last: int = (await tx.execute(_TAKE_NUMBERS, {"count": len(rows)})).scalar_one()
    same = {"type": change_type, "actor_id": actor_id}
    numbers = range(last - len(rows) + 1, last + 1)
    await tx.execute(_INSERT, [{"number": n, **row, **same} for n, row in zip(numbers, rows, strict=True)])
    await tx.execute(_DROP_OLD, {"oldest": last - CHANGES_KEPT})


async def last_number(tx: AsyncConnection) -> int:
    """The number of the newest change; 0 before the first."""
    number: int = (await tx.execute(select(change_numbers.c.last))).scalar_one()
    return number


async def _first_number(tx: AsyncConnection) -> int | None:
    number: int | None = (await tx.execute(select(func.min(changes.c.number)))).scalar_one()
    return number


_NEWER = select(changes).where(changes.c.number > bindparam("after")).order_by(changes.c.number).limit(CHANGES_A_READ)


async def _read_after(tx: AsyncConnection, number: int) -> list[Change]:
    return [
        Change(row.number, row.type, row.object_id, row.contact_id, row.seq, row.actor_id)
        for row in await tx.execute(_NEWER, {"after": number})
    ]


async def _read_on(tx: AsyncConnection, number: int) -> tuple[list[Change], int]:
    found = await _read_after(tx, number)
    return found, found[-1].number if found else await last_number(tx)


class Feed:
    """One process's view of the changes. `run` is its task; the lifespan owns it."""

    def __init__(self, database: Database, tell_others: Callable[[], None] = lambda: None) -> None:
        self._database = database
        self._tell_others = tell_others
        self._recent: deque[Change] = deque(maxlen=CHANGES_IN_MEMORY)
        self._woken = asyncio.Event()
        self._moved = asyncio.Event()
        self._stopped = False
        self.head = 0

    async def start(self) -> None:
        """Begin at what is committed now."""
        self.head = await self._database.read(last_number)

    def wake(self) -> None:
        """Something was committed in this process: read it now rather than at the next poll, here and elsewhere."""
        self._woken.set()
        self._tell_others()

    def look(self) -> None:
        """Another process says that it committed something."""
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
            await asyncio.sleep(PAUSE_SECONDS)

    async def _advance(self) -> bool:
        """Read once. True: there may be more."""
        after = self.head
        found, last = await self._database.read(lambda tx: _read_on(tx, after))
        if last < after:
            why = older_copy(f"its last change was number {after}, and now is number {last}")
            log.critical(why)
            self._database.distrust(why)
        if not found:
            return False
        self._recent.extend(found)
        self.head = found[-1].number
        # Everybody who waits holds the old event; those who come later get the new one.
        moved, self._moved = self._moved, asyncio.Event()
        moved.set()
        return len(found) == CHANGES_A_READ

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
