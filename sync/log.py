"""Group commit: what all documents have waiting goes into one transaction, then each document hears of its own.

The first update after a quiet moment commits at once; under load commits keep `commit_interval_seconds` between them
and each carries everything that waited. One batch is on its way at a time: acknowledgements and `seq` keep their order.
A batch that fails is tried again as it is (its id makes that idempotent); when that goes on too long it is `lost`.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
import time
from collections.abc import Callable, Sequence
from typing import Protocol

from sync import crash
from sync.figures import Figures
from sync.limits import Limits
from sync.store import Append, Appended, Outcome, Store, StoreUnavailable

log = logging.getLogger(__name__)

RETRY_SECONDS = 0.1


class Writer(Protocol):
    """A document with updates to commit."""

    def collect(self) -> Append | None:
        """Everything that waits now; it is on its way from here on."""

    async def committed(self, outcome: Outcome) -> None:
        """What became of what `collect` gave."""

    def lost(self) -> None:
        """It could not be stored: forget it, nothing of it was shown or acknowledged."""


class Log:
    """The queue in front of the store. `run()` is its only task."""

    def __init__(
        self,
        store: Store,
        limits: Limits,
        clock: Callable[[], float] = time.monotonic,
        figures: Figures | None = None,
        node: str = "",
    ) -> None:
        self._store = store
        self._limits = limits
        self._clock = clock
        self._figures, self._node = figures or Figures(), node
        self._writers: dict[Writer, None] = {}
        self._waiting_bytes = 0
        self._work = asyncio.Event()
        self._room = asyncio.Event()
        self._room.set()
        self._idle = asyncio.Event()
        self._idle.set()
        self._decided = asyncio.Event()  # the next batch to end sets it, and leaves a new one
        self._last_commit = 0.0

    def submit(self, writer: Writer, size_bytes: int) -> None:
        """`writer` has `size_bytes` more to commit."""
        self._writers[writer] = None
        self._waiting_bytes += size_bytes
        if self._waiting_bytes >= self._limits.commit_waiting_bytes_max:
            self._room.clear()
        self._idle.clear()
        self._work.set()

    @property
    def full(self) -> bool:
        """Too much waits; whoever reads sockets asks before each frame."""
        return not self._room.is_set()

    async def has_room(self) -> None:
        """Wait while it is full."""
        await self._room.wait()

    async def flushed(self) -> None:
        """Wait until nothing waits."""
        await self._idle.wait()

    async def caught_up(self) -> None:
        """Wait until what waits now is decided, whatever comes meanwhile."""
        for _ in range(2):  # the batch on its way, and the next one, which takes all that waits
            if self._idle.is_set():
                return
            await self._decided.wait()

    async def run(self) -> None:
        """Commit batch after batch until cancelled."""
        while True:
            await self._work.wait()
            pause = self._last_commit + self._limits.commit_interval_seconds - self._clock()
            if pause > 0:
                await asyncio.sleep(pause)
            self._work.clear()
            writers, self._writers = list(self._writers), {}
            batch = [(writer, append) for writer in writers if (append := writer.collect())]
            self._waiting_bytes = 0
            if batch:
                await self._commit([writer for writer, _ in batch], [append for _, append in batch])
                self._last_commit = self._clock()
            self._room.set()
            decided, self._decided = self._decided, asyncio.Event()
            decided.set()
            if not self._writers:
                self._idle.set()

    async def _commit(self, writers: list[Writer], appends: list[Append]) -> None:
        batch_id = secrets.randbits(63)
        began, figures = self._clock(), self._figures
        deadline = began + self._limits.commit_retry_seconds_max
        figures.commit_updates.add(sum(len(append.entries) for append in appends))
        while True:
            try:
                outcomes = await self._store.append(batch_id, appends)
                crash.passing("after-commit")
                break
            except StoreUnavailable as error:
                told = {"node": self._node, "batch": batch_id, "documents": len(appends)}
                log.warning("a batch was not stored: %s", error, extra=told)
                figures.commits_retried += 1
                if self._clock() >= deadline:
                    figures.commits_lost += 1
                    for writer in writers:
                        writer.lost()
                    return
                await asyncio.sleep(RETRY_SECONDS)
        figures.commit_seconds.add(self._clock() - began)
        self._tell(batch_id, appends, outcomes)
        for writer, outcome in zip(writers, outcomes, strict=True):
            await writer.committed(outcome)

    def _tell(self, batch_id: int, appends: Sequence[Append], outcomes: Sequence[Outcome]) -> None:
        """From the socket to the row: `node` and `batch` stand in the rows, `ids` are the sockets that brought them."""
        if not log.isEnabledFor(logging.DEBUG):
            return
        for append, outcome in zip(appends, outcomes, strict=True):
            ids = list(dict.fromkeys(entry.trace for entry in append.entries if entry.trace))
            rows = [outcome.first, outcome.last] if isinstance(outcome, Appended) else []
            told = {"node": self._node, "batch": batch_id, "document": append.name, "rows": rows, "ids": ids}
            log.debug("%s", type(outcome).__name__.lower(), extra=told)
