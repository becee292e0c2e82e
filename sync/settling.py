"""Settling: a document that was written in is rendered once it is quiet, or after a second of typing at most.

What a worker draws of it goes to the kind's `settled` with the seq it covers, in one transaction. It is the moment to
ask for compaction too, when enough rows stand after the last snapshot. What is behind is known durably
(`Kind.unsettled`), so a crash only delays it. A few are rendered at a time: a hundred documents that are due together
must not stand before what people type, in the line for a core or for the database.
"""

from __future__ import annotations

import asyncio
import logging
import os
from dataclasses import dataclass

from sync import crash, documents
from sync.compaction import Compaction
from sync.kinds import Kind
from sync.room import Surroundings
from sync.store import StoreUnavailable
from sync.workers import Quarantined, WorkerFailed

log = logging.getLogger(__name__)

RETRY_SECONDS_MAX = 300.0


@dataclass(slots=True)
class _Due:
    first: float
    last: float


@dataclass(frozen=True, slots=True)
class _Failure:
    tries: int
    again_at: float


class Settling:
    """Which documents wait to be rendered, and the task that renders them."""

    def __init__(self, rooms: Surroundings, compaction: Compaction) -> None:
        self._rooms = rooms
        self._compaction = compaction
        self._due: dict[str, _Due] = {}
        self._running: dict[str, asyncio.Event] = {}
        self._failures: dict[str, _Failure] = {}
        self._work = asyncio.Event()
        self._turn = asyncio.Semaphore(max(1, (os.cpu_count() or 1) // 2))

    def note(self, name: str) -> None:
        """Something was committed in this document."""
        now = self._rooms.clock()
        if due := self._due.get(name):
            due.last = now
        else:
            self._due[name] = _Due(now, now)
            self._work.set()

    def pending(self, name: str) -> bool:
        """It waits or is being rendered."""
        return name in self._due or name in self._running

    async def run(self) -> None:
        """Settle what is due, again and again until cancelled; at start and in every sweep, what others left."""
        limits = self._rooms.limits
        next_look = self._rooms.clock()
        async with asyncio.TaskGroup() as tasks:
            while True:
                now = self._rooms.clock()
                if now >= next_look:
                    await self._look()
                    next_look = now + limits.sweep_seconds
                for name in [name for name, due in self._due.items() if self._at(due) <= now]:
                    await self._turn.acquire()
                    del self._due[name]
                    tasks.create_task(self._settle_in_turn(name), name=f"settle {name}")
                soonest = min([next_look, *map(self._at, self._due.values())])
                self._work.clear()
                try:
                    async with asyncio.timeout(max(soonest - self._rooms.clock(), 0.005)):
                        await self._work.wait()
                except TimeoutError:
                    continue

    def _at(self, due: _Due) -> float:
        limits = self._rooms.limits
        return min(due.last + limits.settle_quiet_seconds, due.first + limits.settle_seconds_max)

    async def _look(self) -> None:
        for kind in self._rooms.kinds:
            if not kind.unsettled:
                continue
            try:
                names = await kind.unsettled()
            except StoreUnavailable as error:
                log.warning("could not look for unsettled documents: %s", error)
                return
            for name in names:
                failure = self._failures.get(name)
                if not self.pending(name) and (failure is None or failure.again_at <= self._rooms.clock()):
                    self.note(name)

    async def _settle_in_turn(self, name: str) -> None:
        try:
            await self._settle_quietly(name)
        finally:
            self._turn.release()

    async def _settle_quietly(self, name: str) -> None:
        try:
            await self.settle(name)
            self._failures.pop(name, None)
        except StoreUnavailable as error:
            log.warning("%s was not settled, the next sweep finds it: %s", name, error)
        except WorkerFailed as error:
            self._try_later(name, error)
        except Exception as error:
            # The kind's own code failed on this document: every other one still has to be rendered.
            log.exception("%s could not be rendered", name)
            self._try_later(name, error)

    def _try_later(self, name: str, error: Exception) -> None:
        tries = self._failures[name].tries + 1 if name in self._failures else 1
        pause = min(self._rooms.limits.sweep_seconds * 2**tries, RETRY_SECONDS_MAX)
        self._failures[name] = _Failure(tries, self._rooms.clock() + pause)
        log.warning("%s was not settled, the next try is in %.0f s: %s", name, pause, error)

    async def settle(self, name: str) -> None:
        """Render one document as it is committed now. Once at a time for each document."""
        while other := self._running.get(name):
            await other.wait()
        done = self._running[name] = asyncio.Event()
        try:
            kind = self._rooms.kind_of(name)
            room = self._rooms.peek(name)
            if room:
                quarantine, (seq, state, updates) = room.quarantine, room.base()
            elif stored := await self._rooms.store.load(name):
                quarantine, seq = stored.quarantine, stored.head
                state = stored.snapshot.state if stored.snapshot else None
                updates = [row.update for row in stored.rows]
            else:
                return
            if quarantine:
                raise Quarantined(f"{name} is in quarantine: {quarantine.reason}")
            await self._render(name, kind, seq, state, updates)
            if room and room.wants_snapshot:
                self._compaction.note(name)
        finally:
            del self._running[name]
            done.set()

    async def _render(self, name: str, kind: Kind, seq: int, state: bytes | None, updates: list[bytes]) -> None:
        (root,) = kind.schema.roots
        drawn = await self._rooms.workers.run(name, documents.settle, state, updates, root, kind.draw)
        crash.passing("settling")
        if kind.settled:
            write = kind.settled
            await self._rooms.store.write(lambda tx: write(tx, name, drawn, seq))
            if kind.announce:
                kind.announce()
