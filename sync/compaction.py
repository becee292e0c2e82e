"""Compaction: a log that has grown is folded into a snapshot, and what is older than the history window is thinned.

    read the log → fold in a worker → prove in a fresh one → store → read back → thin → prove in a fresh one → store

One document at a time in each process. Nothing is locked meanwhile and nobody waits: what is typed goes on into the
log, and only the writes at the end are transactions, short ones that check that nobody was here first. Another process
that folds the same at the same time does the same work twice, and harms nothing. Stopped anywhere, it leaves a log
that replays to the document: a snapshot counts only from its commit on, a stretch of rows is thinned in one.
"""

from __future__ import annotations

import asyncio
import logging
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import replace
from itertools import islice, takewhile

from sync import crash, folding
from sync.edit_sessions import PAUSE_MS, edit_sessions
from sync.errors import Malformed, SchemaBroken
from sync.folding import Differs, Fold, Log, Reordered
from sync.index import Index, OtherFormat
from sync.kinds import Schema
from sync.quarantine import Quarantines
from sync.room import Surroundings, is_long
from sync.store import Row, Snapshot, Stored, StoreUnavailable, Thinned
from sync.workers import WorkerFailed

log = logging.getLogger(__name__)

NAMES_AT_ONCE = 100
"""Of what others left: the next look finds the rest."""
ROWS_AT_ONCE = 4_000
"""How many rows are thinned in one transaction, and joined in one call of a worker."""
ROWS_AT_A_TIME = 20_000
"""Of one document: the next look goes on."""
DAY_MS = 24 * 60 * 60 * 1000


class Compaction:
    """Which documents wait for it, and the tasks that do it and look for more. People's words go first."""

    def __init__(self, rooms: Surroundings, quarantines: Quarantines) -> None:
        self._rooms = rooms
        self._quarantines = quarantines
        self._due: dict[str, None] = {}
        self._failed: set[str] = set()  # left alone until the next look
        self._work = asyncio.Event()

    def note(self, name: str) -> None:
        """Enough was written in this document. Noted again while it waits, it waits in its old place."""
        if name not in self._failed:
            self._due[name] = None
            self._work.set()

    async def run(self) -> None:
        """Compact what is due, one document after another, until cancelled."""
        while True:
            await self._work.wait()
            self._work.clear()
            while self._due:
                name = next(iter(self._due))
                del self._due[name]
                began = self._rooms.clock()
                if not await self._compact_quietly(name):
                    self._failed.add(name)
                    self._due.pop(name, None)
                took_seconds = self._rooms.clock() - began
                await asyncio.sleep(took_seconds * (1 / self._rooms.limits.compaction_share - 1))

    async def look(self) -> None:
        """Find what was left by processes that ended, and what has become old, until cancelled."""
        limits = self._rooms.limits
        while True:
            await asyncio.sleep(limits.compaction_look_seconds)
            try:
                long = await self._rooms.store.foldable(limits.rows_before_snapshot, NAMES_AT_ONCE)
                # A day late, so that a session that is being written is not looked at again and again.
                old = await self._rooms.store.thinnable(self._window_begins() - DAY_MS, NAMES_AT_ONCE)
            except StoreUnavailable as error:
                log.warning("could not look for documents to compact: %s", error)
                continue
            self._failed.clear()
            for name in (*long, *old):
                self.note(name)

    async def _compact_quietly(self, name: str) -> bool:
        try:
            await self.compact(name)
            return True
        except Reordered as error:
            log.warning("%s is not compacted, its log serves: %s", name, error)
        except (Differs, Malformed, SchemaBroken) as error:
            log.error("%s is not compacted, its log serves: %s", name, error)
            self._quarantines.suspect(name)
        except (StoreUnavailable, WorkerFailed) as error:
            log.warning("%s was not compacted, a later look finds it: %s", name, error)
        except Exception:
            log.exception("%s could not be compacted", name)  # a bug, and every other document is to be compacted
        return False

    async def compact(self, name: str) -> None:
        """Fold what stands behind the newest snapshot, and thin what is old."""
        stored = await self._rooms.store.load(name, whole=True)
        if stored is None or stored.quarantine:
            return
        stored = buildable(stored)
        schema = self._rooms.kind_of(name).schema
        tail = stored.tail
        is_old = bool(tail) and tail[0].at < self._window_begins()
        if is_old or is_long(stored.snapshot, tail, self._rooms.limits):
            snapshot = await self._fold(stored, schema)
            if not await self._keep(stored, snapshot):
                return
            stored = replace(stored, snapshot=snapshot)
        if stored.snapshot and (room := self._rooms.peek(name)):
            room.fold_to(stored.snapshot, stored.epoch)
        await self._thin(stored, schema)

    # --- the snapshot ---

    async def _fold(self, stored: Stored, schema: Schema) -> Snapshot:
        """What is behind the snapshot, into it. Where that is not what the log says, the snapshot is what is wrong."""
        try:
            return await self._proven_fold(stored, schema)
        except Differs as error:
            if stored.snapshot is None:
                raise
            log.error("%s does not go on from its snapshot at %d: %s", stored.name, stored.covered, error)
            return await self._proven_fold(replace(stored, snapshot=None), schema)

    async def _proven_fold(self, stored: Stored, schema: Schema) -> Snapshot:
        limits, workers = self._rooms.limits, self._rooms.workers
        base, tail = base_of(stored.snapshot), Log.of([row.update for row in stored.tail])
        made = await workers.run(stored.name, folding.fold, base, tail, schema, limits)
        crash.passing("folding")
        log_of_all = Log.of([row.update for row in stored.rows])
        await workers.apart(stored.name, folding.verify, made, log_of_all, schema)
        return Snapshot(stored.head, made.state, made.state_vector, made.index)

    async def _keep(self, stored: Stored, snapshot: Snapshot) -> bool:
        """Store it beside the one before, which goes once this one was read back. False: somebody has a newer one, or
        it was not read back as it was stored, which the store has said."""
        store = self._rooms.store
        crash.passing("before-snapshot")
        if not await store.put_snapshot(stored.name, stored.epoch, snapshot):
            return False
        crash.passing("after-snapshot")
        return await store.confirm_snapshot(stored.name, snapshot.seq)

    # --- the rows ---

    async def _thin(self, stored: Stored, schema: Schema) -> None:
        """Make the edit sessions that ended before the window one row each, some thousand rows in a transaction."""
        after, limits = stored.thinned, self._rooms.limits
        portions: list[list[Thinned]] = []
        for sessions in _portions(old_sessions(stored, self._window_begins())):
            updates = [[row.update for row in session] for session in sessions]
            joined = await self._rooms.workers.run(stored.name, folding.join, updates, limits)
            pairs = zip(sessions, joined, strict=True)
            portions.append([Thinned(session[0].first, session[-1].seq, update) for session, update in pairs])
        if not portions:
            return
        await self._prove(stored, [one for portion in portions for one in portion], schema)
        for portion in portions:
            if not await self._rooms.store.thin(stored.name, stored.epoch, after, portion):
                return
            after = portion[-1].last

    async def _prove(self, stored: Stored, thinned: Sequence[Thinned], schema: Schema) -> None:
        """The log up to the snapshot, as it is and as it is to be."""
        rows = [row for row in stored.rows if row.seq <= stored.covered]
        before = [row.update for row in rows if row.seq < thinned[0].first]
        behind = [row.update for row in rows if row.seq > thinned[-1].last]
        to_be = [*before, *(one.update for one in thinned), *behind]
        as_is = Log.of([row.update for row in rows])
        await self._rooms.workers.apart(stored.name, folding.verify_joined, as_is, Log.of(to_be), schema)

    def _window_begins(self) -> int:
        return int(self._rooms.wall_clock() * 1000) - int(self._rooms.limits.history_days * DAY_MS)


def buildable(stored: Stored) -> Stored:
    """Without its snapshot, where another version of the scanner wrote the index of it."""
    try:
        if stored.snapshot:
            Index.load(stored.snapshot.index)
    except OtherFormat:
        return replace(stored, snapshot=None)
    return stored


def base_of(snapshot: Snapshot | None) -> Fold | None:
    """What the rows behind a snapshot are folded into."""
    return Fold(snapshot.state, snapshot.state_vector, snapshot.index) if snapshot else None


def old_sessions(stored: Stored, before: int) -> list[Sequence[Row]]:
    """The edit sessions behind what is thinned that ended before this time, in order, as far as the snapshot goes."""
    start = bisect_right(stored.rows, stored.thinned, key=lambda row: row.seq)
    some = islice(stored.rows, start, start + ROWS_AT_A_TIME)
    rows = list(takewhile(lambda row: row.at < before + PAUSE_MS, some))
    found = list(edit_sessions(rows))
    if len(rows) == ROWS_AT_A_TIME:
        found.pop()  # it may go on behind
    return list(takewhile(lambda one: one[-1].at < before and one[-1].seq <= stored.covered, found))


def _portions(sessions: Sequence[Sequence[Row]]) -> list[list[Sequence[Row]]]:
    portions: list[list[Sequence[Row]]] = []
    rows = ROWS_AT_ONCE
    for session in sessions:
        if rows + len(session) > ROWS_AT_ONCE:
            portions.append([])
            rows = 0
        portions[-1].append(session)
        rows += len(session)
    return portions
