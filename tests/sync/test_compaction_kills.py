"""Compact a document while people type in it, and pull the plug: what is stored always reads as what was typed."""

from __future__ import annotations

import asyncio
import random
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from sync import documents
from sync.database import Database, metadata
from sync.limits import Limits
from sync.sql_store import SqlStore
from sync.store import Append, Appended, Outcome
from sync.workers import Workers
from tests.support.server import ROOT
from tests.sync.wire import NAME, SCHEMA, TOM, HocuspocusClient, YWebsocketClient, engine, until

PAUSE_SECONDS = 31.0
KEY_SECONDS, SLOW_KEY_SECONDS = 0.02, 0.25

Typist = HocuspocusClient | YWebsocketClient


class Journal(SqlStore):
    """The store of those who type. It keeps every update beside the database, as the oracle."""

    def __init__(self, database: Database, chance: random.Random) -> None:
        super().__init__(database, "typists", self._time)
        self.typed: list[bytes] = []
        self._chance, self._now = chance, 1_700_000_000.0

    def _time(self) -> float:
        """Now and then a pause ends an edit session."""
        self._now += self._chance.choice([0.1, 0.1, 0.1, PAUSE_SECONDS])
        return self._now

    async def append(self, batch_id: int, appends: Sequence[Append]) -> list[Outcome]:
        """Note what was stored, in its order."""
        outcomes = await super().append(batch_id, appends)
        for append, outcome in zip(appends, outcomes, strict=True):
            assert isinstance(outcome, Appended)
            assert outcome.first == len(self.typed) + 1
            self.typed += [entry.update for entry in append.entries]
        return outcomes


async def agrees(store: Journal) -> None:
    """Log, and snapshot with what follows it, read as what was typed up to there."""
    stored = await store.load(NAME, whole=True)
    assert stored
    await until(lambda: len(store.typed) >= stored.head)  # what is committed is in the journal a moment later
    oracle = documents.read(None, store.typed[: stored.head], SCHEMA)
    assert documents.read(None, [row.update for row in stored.rows], SCHEMA) == oracle
    state = stored.snapshot.state if stored.snapshot else None
    assert documents.read(state, [row.update for row in stored.tail], SCHEMA) == oracle


@asynccontextmanager
async def typing(store: Journal, chance: random.Random, key_seconds: float) -> AsyncIterator[None]:
    """Two people type, in both dialects, as long as this is open; at its end they agree, and so does the log."""
    limits = replace(Limits(), rows_before_snapshot=40, settle_quiet_seconds=0.05)  # this process folds as well
    async with AsyncExitStack() as stack:
        workers = Workers(limits)
        stack.push_async_callback(workers.close)
        await workers.start()
        rooms = await stack.enter_async_context(engine(workers, store, limits, wall_clock=store._time))
        lea, tom = HocuspocusClient(rooms, "lea"), YWebsocketClient(rooms, TOM)
        lea.connect()
        tom.connect()
        await until(lambda: lea.synced and tom.synced)
        ended = asyncio.Event()
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(type_until(ended, chance, key_seconds, lea, tom))
            yield
            ended.set()
        await until(lambda: lea.saved and lea.text == tom.text)
        await agrees(store)
        newcomer = HocuspocusClient(rooms, "tom")
        newcomer.connect()
        await until(lambda: newcomer.synced)
        assert newcomer.text == lea.text


async def type_until(ended: asyncio.Event, chance: random.Random, key_seconds: float, *people: Typist) -> None:
    while not ended.is_set():
        person = chance.choice(people)
        if len(person.text) > 80:
            person.erase(chance.randrange(20), 40)
        else:
            person.type(chance.choice("abcdefgh "), chance.randint(0, len(person.text.split("\n")[0])))
        await asyncio.sleep(key_seconds)


class Compactor:
    """A process that compacts, started again whenever it has died."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._process: Process | None = None
        self.compactions, self.deaths = 0, 0

    async def next(self, point: str, seed: int = 0) -> str:
        """Let it go on to its next line: what it compacted, or where it died."""
        while True:
            if self._process is None:
                command = (sys.executable, "-m", "tests.support.compactor", self._url, point, str(seed + self.deaths))
                self._process = await asyncio.create_subprocess_exec(*command, cwd=ROOT, stdout=PIPE)
            assert self._process.stdout
            line = (await self._process.stdout.readline()).decode().strip()
            if line.startswith("compacted"):
                self.compactions += 1
                return line
            await self._process.wait()
            self._process = None
            assert line.startswith("died"), "the compactor ended by itself; its stderr is above"
            self.deaths += 1
            return line

    async def end(self) -> None:
        """Pull its plug."""
        if self._process:
            self._process.kill()
            await self._process.wait()


@asynccontextmanager
async def journal(url: str, chance: random.Random) -> AsyncIterator[Journal]:
    database = Database(url)
    await database.start()
    await database.write(lambda tx: tx.run_sync(metadata.create_all))
    store = Journal(database, chance)
    await store.write(partial(store.create, name=NAME))
    yield store
    await database.close()


@pytest.mark.both_databases
async def test_a_plug_that_is_pulled_at_any_point_of_a_compaction_changes_no_word(
    new_database, tmp_path: Path, chance: random.Random, backend: str
) -> None:
    url = new_database(tmp_path)
    points = ("storing", "stored", "thinning", "thinned a part") if backend == "sqlite" else ("thinning",)
    compactor = Compactor(url)
    async with journal(url, chance) as store, typing(store, chance, KEY_SECONDS):
        for point in points:
            while not (await compactor.next(point)).startswith("died"):
                await agrees(store)
            await agrees(store)
        await compactor.next("never")
        await agrees(store)
        await compactor.end()
    assert compactor.deaths == len(points)


@pytest.mark.soak
@pytest.mark.both_databases
@pytest.mark.timeout(7200)
async def test_a_thousand_compactions_with_kills_fold_to_what_was_typed(
    new_database, tmp_path: Path, chance: random.Random, backend: str
) -> None:
    url = new_database(tmp_path)
    seed = chance.randrange(10**6)
    nodes = [Compactor(url), Compactor(url)]
    compactions = 500
    async with journal(url, chance) as store, typing(store, chance, SLOW_KEY_SECONDS):

        async def compact(node: Compactor, seed: int) -> None:
            while sum(node.compactions for node in nodes) < compactions:
                await node.next("any", seed)
                await agrees(store)
            await node.end()

        async with asyncio.TaskGroup() as tasks:
            for number, node in enumerate(nodes):
                tasks.create_task(compact(node, seed + number * 10**6))
    deaths = sum(node.deaths for node in nodes)
    print(f"{backend}: {compactions} compactions, {deaths} kills, {len(store.typed)} updates")
    assert deaths > compactions // 20
