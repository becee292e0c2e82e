"""Documents that ended processes, or that two ways of reading them read differently: which, and how far each is sound.

A suspect is examined: everything the engine does to a document is done to its log in processes of their own, to all
of it first, then by halving. What was a neighbour's fault passes, and is forgotten. Else the case is a row of the
database, which every process reads in each sweep: from there on the document is shown as it stood before the row that
does the harm, nobody writes in it, nothing touches the rest, and every other document goes on as before. It stays so
over restarts, until an operator releases it (`carnet quarantine release`).
"""

from __future__ import annotations

import asyncio
import logging

from sync import folding
from sync.errors import Restart, SyncError
from sync.folding import Log
from sync.room import Surroundings
from sync.store import Quarantine, Stored, StoreUnavailable
from sync.workers import REPEAT_SECONDS_FACTOR

log = logging.getLogger(__name__)

ROWS_A_PROBE = 20_000
"""So many rows more are given as much time again as a call of a worker has."""


class Quarantines:
    """The cases as this process knows them, and the task that reads and makes them."""

    def __init__(self, rooms: Surroundings) -> None:
        self._rooms = rooms
        self._cases: dict[str, Quarantine] = {}
        self._suspects: dict[str, None] = {}
        self._work = asyncio.Event()

    def of(self, name: str) -> Quarantine | None:
        """The case of a document, as of the last sweep."""
        return self._cases.get(name)

    def suspect(self, name: str) -> None:
        """Something is wrong with this document's log: examine it."""
        self._suspects[name] = None
        self._work.set()

    async def run(self) -> None:
        """Examine suspects, one at a time, until cancelled."""
        while True:
            try:
                async with asyncio.timeout(self._rooms.limits.sweep_seconds):
                    await self._work.wait()
            except TimeoutError:
                pass
            self._work.clear()
            for name in {**self._suspects, **dict.fromkeys(self._rooms.workers.suspects)}:
                try:
                    await self.examine(name)
                except (StoreUnavailable, SyncError) as error:
                    log.warning("%s could not be examined: %s", name, error)

    async def look(self) -> None:
        """Read the cases. Where one is new, or gone, who has the document open begins anew."""
        before, self._cases = self._cases, {case.name: case for case in await self._rooms.store.quarantines()}
        for name, _ in before.items() ^ self._cases.items():
            self._rooms.workers.forgive(name)
        for room in self._rooms.opened():
            if room.quarantine != self._cases.get(room.name):
                self._rooms.drop(room, Restart("the document goes into quarantine, or comes out of it"))

    async def examine(self, name: str) -> bool:
        """Find out how far a document's log is sound; True: not to its end, and it is in quarantine now."""
        stored = await self._rooms.store.load(name, whole=True)
        self._suspects.pop(name, None)
        if stored is None or stored.quarantine:
            self._rooms.workers.forgive(name)
            return stored is not None
        sound = await self._sound_rows(stored)
        if sound == len(stored.rows):
            log.warning("%s ended processes or read differently, and is found sound", name)
            self._rooms.workers.forgive(name)
            return False
        row = stored.rows[sound]
        reason = f"row {row.seq} of {row.author_id} ends the process that reads it, or reads in two ways"
        case = Quarantine(name, row.first - 1, reason, int(self._rooms.wall_clock() * 1000))
        if await self._rooms.store.put_in_quarantine(case):
            log.error("%s is in quarantine from %d on: %s", name, case.seq, reason)
        await self.look()
        return True

    async def _sound_rows(self, stored: Stored) -> int:
        """How many rows do no harm. The snapshot is left aside: the log is the truth, and it is what is examined."""
        kind, limits = self._rooms.kind_of(stored.name), self._rooms.limits
        updates = [row.update for row in stored.rows]
        seconds = limits.worker_seconds_max * (1 + len(updates) / ROWS_A_PROBE)

        async def is_sound(rows: int, seconds: float) -> bool:
            work = (Log.of(updates[:rows]), kind.schema, limits, kind.draw)
            return await self._rooms.workers.survives(seconds, folding.prove, *work)

        if await is_sound(len(updates), seconds * REPEAT_SECONDS_FACTOR):
            return len(updates)
        low, high = 0, len(updates)
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (middle, high) if await is_sound(middle, seconds) else (low, middle)
        return low
