"""The database of a simulation, in memory or in SQLite, with the oracle beside it."""

from __future__ import annotations

import tempfile
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from random import Random
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from sync.database import Database, metadata
from sync.memory_store import MemoryStore
from sync.sql_store import SqlStore
from sync.store import Append, Outcome, Snapshot, Thinned
from sync.tables import document_clients, document_quarantine, document_snapshots, document_updates, documents
from tests.simulation.kinds import TOY, TOYS
from tests.simulation.oracle import Oracle

TABLES = [documents, document_updates, document_snapshots, document_clients, document_quarantine]
FAST_FOLDER = "/dev/shm" if Path("/dev/shm").is_dir() else None


class _Watched:
    """Whatever is done to a log, it must still replay to what was typed."""

    oracle: Oracle

    async def put_snapshot(self, name: str, epoch: int, snapshot: Snapshot) -> bool:
        return await self._looked_at(name, await super().put_snapshot(name, epoch, snapshot))  # type: ignore[misc]

    async def thin(self, name: str, epoch: int, after: int, thinned: Sequence[Thinned]) -> bool:
        return await self._looked_at(name, await super().thin(name, epoch, after, thinned))  # type: ignore[misc]

    async def _looked_at(self, name: str, done: bool) -> bool:
        if done and (stored := await self.load(name, whole=True)):
            self.oracle.folded(name, stored)
        return done

    async def flip(self, name: str, chance: Random) -> None:
        """A bit of a stored snapshot flips, where there is a place for that."""


class JournalMemoryStore(_Watched, MemoryStore):
    async def append(self, batch_id: int, appends: Sequence[Append]) -> list[Outcome]:
        outcomes = await MemoryStore.append(self, batch_id, appends)
        self.oracle.stored(appends, outcomes)
        for append in appends:
            if append.name.startswith(TOY):
                self.oracle.admitted(append.name, self.tables.get(TOYS, {}).get(append.name, {}))
        return outcomes


class JournalSqlStore(_Watched, SqlStore):
    async def _append(
        self, tx: AsyncConnection, batch_id: int, appends: Sequence[Append], *, again: bool
    ) -> list[Outcome]:
        """In the simulation's one thread nothing happens between this and the commit."""
        outcomes = await super()._append(tx, batch_id, appends, again=again)
        self.oracle.stored(appends, outcomes)
        return outcomes

    async def flip(self, name: str, chance: Random) -> None:
        async def write(tx: AsyncConnection) -> None:
            kept = document_snapshots.c
            newest = select(kept.seq, kept.state).where(kept.name == name).order_by(kept.seq.desc()).limit(1)
            for seq, state in await tx.execute(newest):
                torn = bytearray(state)
                torn[chance.randrange(len(torn))] ^= 1 << chance.randrange(8)
                await tx.execute(
                    update(document_snapshots).where(kept.name == name, kept.seq == seq).values(state=bytes(torn))
                )

        await self._database.write(write)


@asynccontextmanager
async def open_journal(oracle: Oracle, clock: Callable[[], float], *, sql: bool) -> AsyncIterator[Any]:
    if not sql:
        memory = JournalMemoryStore(clock)
        memory.oracle = oracle
        yield memory
        return
    with tempfile.TemporaryDirectory(dir=FAST_FOLDER) as folder:
        database = Database(f"sqlite:///{folder}/log.db")
        await database.start()
        await database.write(lambda tx: tx.run_sync(lambda connection: metadata.create_all(connection, tables=TABLES)))
        store = JournalSqlStore(database, "the simulation", clock)
        store.oracle = oracle
        yield store
        await database.close()
