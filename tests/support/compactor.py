"""A process that compacts one document again and again, and pulls its own plug at a named point.

    python -m tests.support.compactor URL POINT SEED     dies there, the first time it gets there
    python -m tests.support.compactor URL any SEED       dies at each point one time in thirty

The points, in order: folded, storing, stored, confirming, confirmed, thinning, thinned a part, thinned; those in -ing
are in the midst of a transaction. It prints a line after each compaction. Beyond what it is told here it is the engine
as it is: a history window of nothing, so that everything that was ever typed is old enough to be thinned, a session at
a time.
"""

from __future__ import annotations

import asyncio
import os
import random
import signal
import sys
from collections.abc import Awaitable, Sequence
from dataclasses import replace

from sqlalchemy import event
from sqlalchemy.engine import Connection, Engine

from sync import compaction
from sync.broker import LocalBroker
from sync.database import Database
from sync.kinds import Kind
from sync.limits import Limits
from sync.rooms import Rooms
from sync.sql_store import SqlStore
from sync.store import Snapshot, Thinned
from sync.workers import Workers
from tests.sync.wire import NAME, SCHEMA, authorise

ONE_TIME_IN = 30


class Plug:
    """Pulled at the point `die_at`, or by chance at any."""

    def __init__(self, die_at: str, seed: int) -> None:
        self._die_at = die_at
        self._chance = random.Random(seed)
        self.about_to_commit = ""

    def pass_by(self, point: str) -> None:
        """Here it may end."""
        if self._die_at == point or (self._die_at == "any" and not self._chance.randrange(ONE_TIME_IN)):
            print(f"died {point}", flush=True)
            os.kill(os.getpid(), signal.SIGKILL)

    def before_commit(self, connection: Connection) -> None:
        """Everything of the transaction is written, and nothing of it counts yet."""
        if self.about_to_commit:
            self.pass_by(self.about_to_commit)


class DyingStore(SqlStore):
    """The store, with a name for each step."""

    def __init__(self, database: Database, plug: Plug) -> None:
        super().__init__(database, "compactor")
        self.plug = plug

    async def put_snapshot(self, name: str, epoch: int, snapshot: Snapshot) -> bool:
        """Between fold and store, in the transaction, behind it."""
        self.plug.pass_by("folded")
        return await self._during("storing", "stored", super().put_snapshot(name, epoch, snapshot))

    async def confirm_snapshot(self, name: str, seq: int) -> bool:
        """In the transaction, behind it."""
        return await self._during("confirming", "confirmed", super().confirm_snapshot(name, seq))

    async def thin(self, name: str, epoch: int, after: int, thinned: Sequence[Thinned]) -> bool:
        """In the transaction, behind it."""
        return await self._during("thinning", "thinned a part", super().thin(name, epoch, after, thinned))

    async def _during(self, inside: str, behind: str, work: Awaitable[bool]) -> bool:
        self.plug.about_to_commit = inside
        done = await work
        self.plug.about_to_commit = ""
        self.plug.pass_by(behind)
        return done


async def main(url: str, plug: Plug) -> None:
    """Compact until the end."""
    compaction.ROWS_AT_ONCE = 40  # of a few sessions, so that a part of them is thinned before the rest
    event.listen(Engine, "commit", plug.before_commit)
    database, workers = Database(url), Workers(Limits())
    await database.start()
    limits = replace(Limits(), history_days=0.0)
    kind = Kind(prefix="note/", schema=SCHEMA, authorise=authorise)
    rooms = Rooms(DyingStore(database, plug), workers, LocalBroker("compactor"), [kind], limits=limits)
    thinned = 0
    while True:
        await rooms.compaction.compact(NAME)
        stored = await rooms.store.load(NAME)
        assert stored, "the document is there"
        if stored.thinned > thinned:
            thinned = stored.thinned
            plug.pass_by("thinned")
            print(f"compacted {stored.covered} {stored.thinned}", flush=True)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], Plug(sys.argv[2], int(sys.argv[3]))))
