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
from collections.abc import Callable
from typing import Protocol

from sync.limits import Limits
from sync.store import Append, Outcome, Store, StoreUnavailable

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

    def __init__(self, store: Store, limits: Limits, clock: Callable[[], float] = time.monotonic) -> None:
        self._store = store
        self._limits = limits
        self._clock = clock
        self._writers: dict[Writer, None] = {}
        self._waiting_bytes = 0
        self._work = asyncio.Event()
        self._room = asyncio.Event()
        self._room.set()
        self._idle = asyncio.Event()
        self._idle.set()
        self._last_commit = 0.0

    def submit(self, writer: Writer, size_bytes: int) -> None:
        """`writer` has `size_bytes` more to commit."""
        self._writers[writer] = None
        self._waiting_bytes += size_bytes
        if self._waiting_bytes >= self._limits.commit_waiting_bytes_max:
            self._room.clear()
        self._idle.clear()
        self._work.set()

    async def has_room(self) -> None:
        """Wait while too much waits; whoever reads sockets asks before each frame."""
        if not self._room.is_set():
            await self._room.wait()

    async def flushed(self) -> None:
        """Wait until nothing waits."""
        await self._idle.wait()

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
            if not self._writers:
                self._idle.set()

    async def _commit(self, writers: list[Writer], appends: list[Append]) -> None:
        batch_id = secrets.randbits(63)
        deadline = self._clock() + self._limits.commit_retry_seconds_max
        while True:
            try:
                outcomes = await self._store.append(batch_id, appends)
                break
            except StoreUnavailable as error:
                log.warning("a batch of %d documents was not stored: %s", len(appends), error)
                if self._clock() >= deadline:
                    for writer in writers:
                        writer.lost()
                    return
                await asyncio.sleep(RETRY_SECONDS)
        for writer, outcome in zip(writers, outcomes, strict=True):
            await writer.committed(outcome)
