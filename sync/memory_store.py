"""The log in memory: the store's contract without a database, for tests and for trying things out.

A transaction is a plain dict, `tables`, that callers fill as they like and that rolls back as a whole. One lock stands
for the database's. Readers take none: what an append does to documents shows only once all of it is done.
"""

from __future__ import annotations

import asyncio
import copy
import logging
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from sync.errors import SyncError
from sync.store import (
    Append,
    Appended,
    Distrusted,
    New,
    Outcome,
    Refused,
    Row,
    Snapshot,
    Stored,
    StoreUnavailable,
    decide,
)

log = logging.getLogger(__name__)

Tables = dict[str, Any]


@dataclass(slots=True)
class _Document:
    epoch: int = 1
    rows: list[Row] = field(default_factory=list)
    owners: dict[int, str] = field(default_factory=dict)
    snapshot: Snapshot | None = None


class MemoryStore:
    """`store.Store` for one process; gone with it."""

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        self.tables: Tables = {}
        self._clock = clock
        self._documents: dict[str, _Document] = {}
        self._batches: dict[int, dict[str, Appended]] = {}
        self._lock = asyncio.Lock()
        self._distrusted: str | None = None

    async def create(self, tx: Tables, name: str) -> None:
        """Make an empty document. Making it twice is a no-op."""
        self._documents.setdefault(name, _Document())

    async def create_many(self, tx: Tables, new: Sequence[New]) -> None:
        """Make documents, with their first rows. None of them may exist."""
        for one in new:
            assert one.name not in self._documents, f"{one.name} exists"
            self._documents[one.name] = _Document()
            if one.first:
                self._put(Append(one.name, (one.first,)), Appended(1, 1))

    async def remove_many(self, tx: Tables, names: Sequence[str]) -> None:
        """Take documents away for good."""
        for name in names:
            self._documents.pop(name, None)

    async def write(self, work: Callable[[Tables], Awaitable[None]]) -> None:
        """Run `work(tables)`; what it raises rolls the tables back, and un-makes or brings back documents."""
        self._check()
        async with self._lock:
            known = dict(self._documents)
            try:
                async with self._savepoint():
                    await work(self.tables)
            except BaseException:
                self._documents = known
                raise

    async def append(self, batch_id: int, appends: Sequence[Append]) -> list[Outcome]:
        """Store a batch; one outcome for each document, in order."""
        self._check()
        async with self._lock, self._savepoint():
            stored = self._batches.get(batch_id, {})
            outcomes = [stored.get(append.name) or await self._decide(append) for append in appends]
            for append, outcome in zip(appends, outcomes, strict=True):
                if isinstance(outcome, Appended) and append.name not in stored:
                    self._put(append, outcome)
                    self._batches.setdefault(batch_id, {})[append.name] = outcome
            return outcomes

    async def load(self, name: str, *, whole: bool = False) -> Stored | None:
        """The snapshot, the rows after it and the owners."""
        self._check()
        document = self._documents.get(name)
        if document is None:
            return None
        snapshot = None if whole else document.snapshot
        rows = tuple(document.rows[snapshot.seq if snapshot else 0 :])
        return Stored(name, len(document.rows), document.epoch, snapshot, rows, dict(document.owners))

    async def since(self, name: str, seq: int, limit: int = 1000) -> list[Row]:
        """Rows after `seq`, in order, at most `limit`."""
        self._check()
        document = self._documents.get(name)
        return document.rows[seq : seq + limit] if document else []

    async def heads(self, names: Sequence[str]) -> dict[str, tuple[int, int]]:
        """name → (head, epoch) of those that exist."""
        self._check()
        found = {name: self._documents[name] for name in names if name in self._documents}
        return {name: (len(document.rows), document.epoch) for name, document in found.items()}

    async def put_snapshot(self, name: str, snapshot: Snapshot) -> None:
        """Keep a snapshot and no older one."""
        self._check()
        document = self._documents.get(name)
        if document and (document.snapshot is None or document.snapshot.seq <= snapshot.seq):
            document.snapshot = snapshot

    def distrust(self, why: str) -> None:
        """Every call raises `Distrusted` from here on."""
        self._distrusted = why

    def _check(self) -> None:
        if self._distrusted:
            raise Distrusted(self._distrusted)

    async def _decide(self, append: Append) -> Outcome:
        """What becomes of an append, `within` included; its rows go in with those of the whole batch."""
        document = self._documents.get(append.name)
        outcome = decide(append, len(document.rows), document.owners) if document else decide(append, None, {})
        if append.within and isinstance(outcome, Appended):
            try:
                async with self._savepoint():
                    await append.within(self.tables)
            except StoreUnavailable:
                raise
            except SyncError as error:
                return Refused(error)
            except Exception:
                log.exception("what goes with an append to %s failed", append.name)
                return Refused(SyncError("what belongs to this edit could not be stored"))
        return outcome

    def _put(self, append: Append, outcome: Appended) -> None:
        document, at = self._documents[append.name], int(self._clock() * 1000)
        for seq, entry in enumerate(append.entries, outcome.first):
            document.rows.append(Row(seq, entry.author_id, at, entry.update))
            for client in entry.claims:
                document.owners.setdefault(client, entry.author_id)

    @asynccontextmanager
    async def _savepoint(self) -> AsyncIterator[None]:
        before = copy.deepcopy(self.tables)
        try:
            yield
        except BaseException:
            self.tables.clear()
            self.tables.update(before)
            raise
