"""A document that does harm: shown as it stood before, written in by nobody, and nobody else notices."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from sync.broker import LocalBroker
from sync.errors import InQuarantine
from sync.kinds import Tx
from sync.limits import Limits
from sync.memory_store import MemoryStore
from sync.protocol import stateless_body, y_denied_body
from sync.rooms import Rooms
from sync.store import Append, Entry, Quarantine
from sync.tree import Element, Text
from sync.workers import Quarantined, WorkerFailed, Workers
from tests.sync.toys import die, draw_fragile
from tests.sync.updates import update, words
from tests.sync.wire import LEA, NAME, TOM, Client, HocuspocusClient, YWebsocketClient, engine, until

OTHER = "note/two"
LIMITS = replace(Limits(), settle_quiet_seconds=0.02, sweep_seconds=0.1)
TOLD = stateless_body('{"type": "quarantined"}')


@asynccontextmanager
async def running() -> AsyncIterator[Workers]:
    workers = Workers(LIMITS)
    await workers.start()
    yield workers
    await workers.close()


@pytest.fixture
async def workers() -> AsyncIterator[Workers]:
    async with running() as workers:
        yield workers


@dataclass
class Drawn:
    """What was drawn of each document, and the kind of note that is drawn so."""

    of: dict[str, str] = field(default_factory=dict)

    async def settled(self, tx: Tx, name: str, drawn: str, seq: int) -> None:
        self.of[name] = drawn

    @property
    def kind(self) -> dict[str, Any]:
        return {"draw": draw_fragile, "settled": self.settled}


@pytest.fixture
async def store() -> MemoryStore:
    store = MemoryStore()
    await store.write(lambda tx: store.create(tx, OTHER))
    return store


async def open_clients(*clients: Client) -> None:
    for client in clients:
        client.connect()
    await until(lambda: all(client.synced for client in clients))


async def say(rooms: Rooms, *paragraphs: str) -> None:
    for paragraph in paragraphs:
        await rooms.append_content(NAME, LEA, (Element("paragraph", {}, (Text(paragraph),)),))


async def poison(workers: Workers, store: MemoryStore, drawn: Drawn) -> None:
    """Rows 1 and 2 are sound, 3 ends whoever draws it; it goes into quarantine while another document is written."""
    async with engine(workers, store, LIMITS, **drawn.kind) as rooms:
        other = HocuspocusClient(rooms, "lea", name=OTHER)
        await open_clients(other)
        await say(rooms, "one", "two")
        await until(lambda: drawn.of.get(NAME) == "onetwo")
        await say(rooms, "poison", "four")
        count = 0
        while rooms.quarantines.of(NAME) is None:
            count += 1
            other.type("x")
            await until(lambda: other.saved)
        await until(lambda: drawn.of.get(OTHER) == "x" * count)
        assert count > 10
        assert other.socket.closed is None


async def test_what_kills_whoever_reads_it_is_found_and_set_aside_and_no_other_document_notices(
    workers: Workers, store: MemoryStore
) -> None:
    drawn = Drawn()
    await poison(workers, store, drawn)
    (case,) = await store.quarantines()
    assert (case.name, case.seq) == (NAME, 2)
    assert case.reason.startswith("row 3 of usr_lea")
    assert drawn.of[NAME] == "onetwo"
    assert workers.suspects == []


async def test_another_process_knows_without_a_death_of_its_own(workers: Workers, store: MemoryStore) -> None:
    drawn = Drawn()
    await poison(workers, store, drawn)
    async with running() as others, engine(others, store, LIMITS, LocalBroker("there"), **drawn.kind) as rooms:
        tom, other = HocuspocusClient(rooms, "tom"), YWebsocketClient(rooms, TOM)
        await open_clients(tom, other)
        assert tom.text == other.text == "one\ntwo"
        await until(lambda: tom.prefix + TOLD in tom.frames and y_denied_body("quarantined") in other.frames)
        with pytest.raises(Quarantined):
            await rooms.settle(NAME)
        with pytest.raises(InQuarantine, match="row 3"):
            await say(rooms, "five")
        assert others.deaths == 0


async def test_nobody_writes_in_it_in_either_dialect_and_its_log_stays_as_it_is(
    workers: Workers, store: MemoryStore
) -> None:
    async with engine(workers, store, LIMITS) as rooms:
        await say(rooms, "one", "two", "three")
    await store.put_in_quarantine(Quarantine(NAME, 2, "told by hand", 0))
    async with engine(workers, store, LIMITS) as rooms:
        tom, other = HocuspocusClient(rooms, "tom"), YWebsocketClient(rooms, TOM)
        await open_clients(tom, other)
        tom.type("lost?")
        other.type("lost?")
        await until(lambda: y_denied_body("readonly") in other.frames)
        await until(lambda: tom.prefix + b"\x08\x00" in tom.frames)
        assert not tom.saved
        assert await store.heads([NAME]) == {NAME: (3, 1)}
        assert (await rooms.open(NAME)).head == 2


async def test_who_has_it_open_begins_anew_when_it_goes_in_and_when_it_is_released(
    workers: Workers, store: MemoryStore
) -> None:
    async with engine(workers, store, LIMITS) as rooms:
        await say(rooms, "one", "two", "three")
        before = HocuspocusClient(rooms, "tom")
        await open_clients(before)
        await store.put_in_quarantine(Quarantine(NAME, 2, "told by hand", 0))
        await until(lambda: before.socket.closed == (1012, "restart"))
        during = HocuspocusClient(rooms, "tom")
        await open_clients(during)
        assert during.text == "one\ntwo"
        assert await store.release(NAME)
        await until(lambda: during.socket.closed == (1012, "restart"))
        after = HocuspocusClient(rooms, "tom")
        await open_clients(after)
        assert after.text == "one\ntwo\nthree"
        after.type("and on")
        await until(lambda: after.saved)


async def test_a_row_that_does_not_scan_any_more_is_set_aside(workers: Workers, store: MemoryStore) -> None:
    async with engine(workers, store, LIMITS) as rooms:
        await say(rooms, "one", "two")
    unknown = update({7: (0, [words("x", origin=(99, 5))])})
    await store.append(1, [Append(NAME, (Entry(unknown, "usr_tom", (7,)),))])
    async with engine(workers, store, LIMITS) as rooms:
        with suppress(Exception):
            await rooms.open(NAME)
        await until(lambda: rooms.quarantines.of(NAME) is not None)
        tom = HocuspocusClient(rooms, "tom")
        await open_clients(tom)
        assert tom.text == "one\ntwo"
    (case,) = await store.quarantines()
    assert (case.seq, case.reason.split(" ends")[0]) == (2, "row 3 of usr_tom")


async def test_deaths_that_were_not_its_fault_are_forgotten(workers: Workers, store: MemoryStore) -> None:
    async with engine(workers, store, LIMITS) as rooms:
        await say(rooms, "one")
        with pytest.raises(WorkerFailed):
            await workers.run(NAME, die)
        await until(lambda: not workers.suspects)
        assert await store.quarantines() == []
        await say(rooms, "two")
    assert workers.deaths == 2


async def test_a_second_auth_before_the_first_sweep_lets_nobody_write_in_it(workers: Workers) -> None:
    store = MemoryStore()
    await store.write(lambda tx: store.create(tx, NAME))
    await store.put_in_quarantine(Quarantine(NAME, 0, "harmful", 0))
    async with engine(workers, store, replace(Limits(), sweep_seconds=3600.0)) as rooms:
        lea = HocuspocusClient(rooms, "lea")
        lea.connect()
        await until(lambda: lea.synced and lea.role == "readonly")
        lea.sign_in()
        lea.type("harm")
        await until(lambda: lea.refusals == 1)
        assert lea.role == "readonly"
    assert (await store.heads([NAME]))[NAME] == (0, 1)
