"""The log in memory: the store's contract without a database, for tests and for trying things out.

A transaction is a plain dict, `tables`, that callers fill as they like and that rolls back as a whole. One lock stands
for the database's. Readers take none: what an append does to documents shows only once all of it is done.
"""

from __future__ import annotations

import asyncio
import copy
import logging
import time
from bisect import bisect_right
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import Any

from sync.errors import SyncError
from sync.store import (
    TAIL_SHARE,
    Append,
    Appended,
    Distrusted,
    New,
    Outcome,
    Quarantine,
    Refused,
    Row,
    Snapshot,
    Stored,
    StoreUnavailable,
    Thinned,
    decide,
    gapless,
)

log = logging.getLogger(__name__)

Tables = dict[str, Any]


@dataclass(slots=True)
class _Document:
    epoch: int = 1
    rows: list[Row] = field(default_factory=list)
    owners: dict[int, str] = field(default_factory=dict)
    snapshots: list[Snapshot] = field(default_factory=list)
    thinned: int = 0

    @property
    def head(self) -> int:
        return self.rows[-1].seq if self.rows else 0

    def after(self, seq: int) -> list[Row]:
        """The rows behind `seq`; the first may begin before it."""
        return self.rows[bisect_right(self.rows, seq, key=lambda row: row.seq) :]


class MemoryStore:
    """`store.Store` for one process; gone with it."""

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        self.tables: Tables = {}
        self._clock = clock
        self._documents: dict[str, _Document] = {}
        self._batches: dict[int, dict[str, Appended]] = {}
        self._quarantines: dict[str, Quarantine] = {}
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
            self._quarantines.pop(name, None)

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
        snapshot = document.snapshots[-1] if document.snapshots and not whole else None
        rows = tuple(document.after(snapshot.seq if snapshot else 0))
        assert gapless(rows, snapshot.seq if snapshot else 0, document.head), f"the log of {name} has a hole"
        owners, quarantine = dict(document.owners), self._quarantines.get(name)
        return Stored(name, document.head, document.epoch, snapshot, rows, owners, document.thinned, quarantine)

    async def since(self, name: str, seq: int, limit: int = 1000) -> list[Row]:
        """Rows after `seq`, in order, at most `limit`."""
        self._check()
        document = self._documents.get(name)
        return document.after(seq)[:limit] if document else []

    async def heads(self, names: Sequence[str]) -> dict[str, tuple[int, int]]:
        """name → (head, epoch) of those that exist."""
        self._check()
        found = {name: self._documents[name] for name in names if name in self._documents}
        return {name: (document.head, document.epoch) for name, document in found.items()}

    async def put_snapshot(self, name: str, epoch: int, snapshot: Snapshot) -> bool:
        """Keep a snapshot beside the older ones."""
        self._check()
        document = self._documents.get(name)
        if document is None or document.epoch != epoch or document.head < snapshot.seq:
            return False
        kept = document.snapshots
        if kept and kept[-1].seq > snapshot.seq:
            return False
        document.snapshots = [*(one for one in kept if one.seq < snapshot.seq), snapshot]
        return True

    async def confirm_snapshot(self, name: str, seq: int) -> bool:
        """The older ones go: memory tears nothing."""
        self._check()
        document = self._documents.get(name)
        if document is None or all(one.seq != seq for one in document.snapshots):
            return False
        document.snapshots = [one for one in document.snapshots if one.seq >= seq]
        return True

    async def thin(self, name: str, epoch: int, after: int, thinned: Sequence[Thinned]) -> bool:
        """Make each of these stretches of the log one row."""
        self._check()
        document = self._documents.get(name)
        if document is None or (document.epoch, document.thinned) != (epoch, after):
            return False
        if not document.snapshots or document.snapshots[-1].seq < thinned[-1].last:
            return False
        rows, whole = iter(document.after(after)), [row for row in document.rows if row.seq <= after]
        for one in thinned:
            stretch = list(islice(rows, one.last - one.first + 1))
            assert (stretch[0].seq, stretch[-1].seq) == (one.first, one.last), "a stretch is whole and in its turn"
            last = stretch[-1]
            joined = replace(last, update=one.update, first_seq=one.first, began_at=min(row.at for row in stretch))
            whole.append(joined if len(stretch) > 1 else last)
        document.rows, document.thinned = [*whole, *rows], thinned[-1].last
        return True

    async def foldable(self, rows: int, limit: int) -> list[str]:
        """Documents with a long tail behind their newest snapshot."""
        self._check()
        tails = {
            name: (document.head - (document.snapshots[-1].seq if document.snapshots else 0), document.head)
            for name, document in self._documents.items()
        }
        return [
            name
            for name, (tail, head) in sorted(tails.items(), key=lambda one: -one[1][0])
            if tail > rows and tail > head // TAIL_SHARE and name not in self._quarantines
        ][:limit]

    async def thinnable(self, before: int, limit: int) -> list[str]:
        """Documents whose first row that is not thinned was stored before this time."""
        self._check()
        firsts = {name: document.after(document.thinned)[:1] for name, document in self._documents.items()}
        old = [(rows[0].at, name) for name, rows in firsts.items() if rows and rows[0].at < before]
        return [name for _, name in sorted(old) if name not in self._quarantines][:limit]

    async def put_in_quarantine(self, quarantine: Quarantine) -> bool:
        """Let nobody write in a document."""
        self._check()
        if quarantine.name in self._quarantines or quarantine.name not in self._documents:
            return False
        self._quarantines[quarantine.name] = quarantine
        return True

    async def release(self, name: str) -> bool:
        """Take a document out of quarantine."""
        self._check()
        return self._quarantines.pop(name, None) is not None

    async def quarantines(self) -> list[Quarantine]:
        """The documents in quarantine."""
        self._check()
        return sorted(self._quarantines.values(), key=lambda one: (one.at, one.name))

    def distrust(self, why: str) -> None:
        """Every call raises `Distrusted` from here on."""
        self._distrusted = why

    def _check(self) -> None:
        if self._distrusted:
            raise Distrusted(self._distrusted)

    async def _decide(self, append: Append) -> Outcome:
        """What becomes of an append, `within` included; its rows go in with those of the whole batch."""
        document = self._documents.get(append.name)
        outcome = decide(append, document.head, document.owners) if document else decide(append, None, {})
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
