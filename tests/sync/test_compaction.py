"""Folding and thinning: whatever is done to a log, and wherever it stops, it reads as if nothing had been done."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, cast

import pytest
from sqlalchemy import update

from sync import documents
from sync.broker import LocalBroker
from sync.limits import Limits
from sync.memory_store import MemoryStore
from sync.rooms import Rooms
from sync.store import Append, Outcome, Snapshot, Store, Stored
from sync.tables import document_snapshots
from sync.workers import Workers
from tests.support.hostile import CLIENT, PARAGRAPH, STRING, TEXT_INSIDE, inside, string, uint
from tests.support.hostile import update as forged
from tests.support.waiting import until as eventually
from tests.sync.stores import memory_bench, sql_bench
from tests.sync.wire import NAME, SCHEMA, TOM, Client, HocuspocusClient, YWebsocketClient, engine, until

DAY = 24 * 60 * 60
SOON = replace(Limits(), rows_before_snapshot=10, settle_quiet_seconds=0.02, sweep_seconds=0.1)
BY_HAND = replace(Limits(), rows_before_snapshot=10, settle_quiet_seconds=3600, settle_seconds_max=3600)


@dataclass
class Clock:
    """Stands still until somebody lets time pass."""

    now: float = 1_700_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture(params=["memory", "sqlite", "postgresql"])
async def store(request: pytest.FixtureRequest, tmp_path: Path, clock: Clock) -> AsyncIterator[Store]:
    match request.param:
        case "memory":
            opening = memory_bench(clock)
        case "sqlite":
            opening = sql_bench(f"sqlite:///{tmp_path}/log.db", clock)
        case _:
            url = request.getfixturevalue("postgres").make_database(f"fold_{secrets.token_hex(8)}")
            opening = sql_bench(url, clock)
    async with opening as bench:
        yield bench.store


async def open_clients(*clients: Client) -> None:
    for client in clients:
        client.connect()
    await until(lambda: all(client.synced for client in clients))


async def loaded(store: Store, *, whole: bool = False) -> Stored:
    stored = await store.load(NAME, whole=whole)
    assert stored
    return stored


async def reading(store: Store) -> documents.Reading:
    """The document as its log has it; as its snapshot and tail have it, it is the same."""
    whole, short = await loaded(store, whole=True), await loaded(store)
    replayed = documents.read(None, [row.update for row in whole.rows], SCHEMA)
    state = short.snapshot.state if short.snapshot else None
    assert documents.read(state, [row.update for row in short.rows], SCHEMA) == replayed
    return replayed


async def write(rooms: Rooms, words: str, token: str = "lea") -> HocuspocusClient:
    """Somebody types letter by letter, and leaves a row for each."""
    client = HocuspocusClient(rooms, token)
    await open_clients(client)
    for letter in words:
        head = (await rooms.open(NAME)).head
        client.type(letter)
        await until(lambda head=head: rooms.peek(NAME).head > head)
    await until(lambda: client.saved)
    return client


# Folding


async def test_a_document_that_grows_is_folded_while_it_is_typed_in(
    workers: Workers, store: Store, clock: Clock
) -> None:
    async with engine(workers, store, SOON, wall_clock=clock) as rooms:
        lea = await write(rooms, "Bonjour et bienvenue parmi nous")
        room = await rooms.open(NAME)
        await until(lambda: room.snapshot is not None and len(room.tail) <= 10)
        tom, other = HocuspocusClient(rooms, "tom"), YWebsocketClient(rooms, TOM)
        await open_clients(tom, other)
        assert tom.text == other.text == lea.text
        tom.type("!")
        await until(lambda: lea.text == other.text == tom.text)
    await reading(store)
    assert (await loaded(store)).snapshot


async def test_nothing_is_folded_that_is_folded_already(workers: Workers, store: Store, clock: Clock) -> None:
    async with engine(workers, store, BY_HAND, wall_clock=clock) as rooms:
        await write(rooms, "twelve words")
        await rooms.compaction.compact(NAME)
        first = (await loaded(store)).snapshot
        await write(rooms, "!")
        await rooms.compaction.compact(NAME)
        assert (await loaded(store)).snapshot == first


async def test_what_nobody_has_open_is_found(workers: Workers, store: Store, clock: Clock) -> None:
    async with engine(workers, store, BY_HAND, wall_clock=clock) as rooms:
        await write(rooms, "a long document")
    looking = replace(BY_HAND, compaction_look_seconds=0.05)
    async with engine(workers, store, looking, wall_clock=clock) as rooms:
        await until_stored(store, lambda stored: stored.covered == 15 and stored.thinned == 0)
        clock.now += 32 * DAY
        await until_stored(store, lambda stored: stored.thinned == 15)
        assert rooms.peek(NAME) is None


async def until_stored(store: Store, condition: Callable[[Stored], bool]) -> None:
    async def holds() -> bool:
        return condition(await loaded(store))

    await eventually(holds, what=lambda: "the log is as it is to be")


async def test_a_snapshot_that_does_not_say_what_the_log_says_is_replaced(
    workers: Workers, store: Store, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    async with engine(workers, store, BY_HAND, wall_clock=clock) as rooms:
        await write(rooms, "what the log says")
    stored = await loaded(store)
    made = documents.fold(None, [row.update for row in stored.rows[:3]])
    index = documents.index(None, [row.update for row in stored.rows[:4]], SCHEMA, Limits())
    await store.put_snapshot(NAME, 1, Snapshot(4, made.state, made.state_vector, index))
    async with engine(workers, store, BY_HAND, wall_clock=clock) as rooms:
        await rooms.compaction.compact(NAME)
        assert rooms.quarantines.of(NAME) is None
    assert "does not go on from its snapshot at 4" in caplog.text
    assert (await loaded(store)).covered == 17
    await reading(store)


# Thinning


async def three_days(rooms: Rooms, clock: Clock) -> None:
    for day, token in enumerate(["lea", "tom", "lea"]):
        clock.now += DAY
        client = await write(rooms, f"day {day} by {token}. ", token)
        client.erase(0, 2)
        await until(lambda client=client: client.saved)


async def test_beyond_the_window_one_row_stays_of_each_edit_session(
    workers: Workers, store: Store, clock: Clock
) -> None:
    async with engine(workers, store, BY_HAND, wall_clock=clock) as rooms:
        await three_days(rooms, clock)
        before, rows = await reading(store), (await loaded(store, whole=True)).rows
        clock.now += 29.5 * DAY
        await rooms.compaction.compact(NAME)
        thinned = (await loaded(store, whole=True)).rows
        assert await reading(store) == before
        sessions = [[row for row in rows if row.at // 1000 == at] for at in sorted({row.at // 1000 for row in rows})]
        assert [(row.first, row.seq, row.author_id, row.began_at) for row in thinned[:2]] == [
            (one[0].seq, one[-1].seq, one[0].author_id, one[0].at) for one in sessions[:2]
        ]
        assert list(thinned[2:]) == sessions[2]

        clock.now += DAY
        await rooms.compaction.compact(NAME)
        assert [row.author_id for row in (await loaded(store, whole=True)).rows] == ["usr_lea", "usr_tom", "usr_lea"]
        assert await reading(store) == before
        await write(rooms, "it goes on")
        await rooms.compaction.compact(NAME)
        assert len((await loaded(store, whole=True)).rows) == 13
    await reading(store)


@pytest.mark.parametrize("dialect", [HocuspocusClient, YWebsocketClient])
async def test_who_was_away_for_longer_than_the_window_finds_and_brings_everything(
    workers: Workers, store: Store, clock: Clock, dialect: type[Client]
) -> None:
    who = "tom" if dialect is HocuspocusClient else TOM
    async with engine(workers, store, BY_HAND, wall_clock=clock) as rooms:
        away = dialect(rooms, who)
        await open_clients(away)
        lea = await write(rooms, "before ")
        await until(lambda: away.text == lea.text)
    await away.disconnect()
    away.type("written in the mountains ")
    async with engine(workers, store, BY_HAND, wall_clock=clock) as rooms:
        await three_days(rooms, clock)
        clock.now += 60 * DAY
        await rooms.compaction.compact(NAME)
        assert (await loaded(store)).thinned == (await loaded(store)).head
    async with engine(workers, store, BY_HAND, wall_clock=clock) as rooms:
        lea, back = HocuspocusClient(rooms, "lea"), dialect(rooms, who)
        back.apply(away.doc.get_update())
        await open_clients(back, lea)
        await until(lambda: lea.text == back.text and "mountains" in lea.text and "day 2 by lea" in lea.text)
    await reading(store)


@pytest.mark.parametrize("dialect", [HocuspocusClient, YWebsocketClient])
async def test_who_sits_at_a_process_that_stood_still_while_the_log_was_thinned_comes_back_with_everything(
    workers: Workers, store: Store, clock: Clock, dialect: type[Client]
) -> None:
    who = "tom" if dialect is HocuspocusClient else TOM
    deaf = replace(BY_HAND, sweep_seconds=3600)
    async with engine(workers, store, deaf, LocalBroker("there"), wall_clock=clock) as there:
        still = dialect(there, who)
        await open_clients(still)
        async with engine(workers, store, BY_HAND, wall_clock=clock) as here:
            await three_days(here, clock)
            clock.now += 40 * DAY
            await here.compaction.compact(NAME)
            lea = HocuspocusClient(here, "lea")
            await open_clients(lea)
        still.apply(lea.doc.get_update())  # another tab of theirs had it
        still.type("on top of it ")

        await until(lambda: still.socket.closed is not None)

        assert (still.socket.closed, still.denied) == ((1012, "restart"), [])
        await still.disconnect()
        back = dialect(there, who)
        back.apply(still.doc.get_update())
        await open_clients(back)
        other = HocuspocusClient(there, "lea")
        await open_clients(other)
        await until(lambda: other.text == back.text and "on top of it" in other.text and "day 2 by lea" in other.text)
    await reading(store)


def beside(left: int, right: int, text: str) -> bytes:
    """Text between two letters of the same client."""
    ids = uint(CLIENT) + uint(left) + uint(CLIENT) + uint(right)
    return bytes([STRING | 0xC0]) + ids + string(text)


async def test_a_text_that_reads_in_two_orders_is_left_unfolded_and_goes_on_being_written(
    workers: Workers, store: Store, clock: Clock
) -> None:
    async with engine(workers, store, BY_HAND, wall_clock=clock) as rooms:
        room = await rooms.open(NAME)
        placeless = forged(PARAGRAPH, TEXT_INSIDE, inside(1, STRING, string("ab-")), beside(4, 4, " "))
        await room.write(TOM, placeless)
        await room.write(TOM, forged(beside(4, 5, "appel"), clock=6))
        lea = await write(rooms, "a dozen letters")

        assert not await rooms.compaction._compact_quietly(NAME)
        assert not await rooms.quarantines.examine(NAME)

        assert (await loaded(store)).snapshot is None
        lea.type("and more")
        await until(lambda: lea.saved)
        assert "appel" in lea.text


class StandsStill:
    """A store that answers late: its process stands still between a commit and hearing of it."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.committed, self.goes_on = asyncio.Event(), asyncio.Event()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    async def append(self, batch_id: int, appends: Sequence[Append]) -> list[Outcome]:
        outcomes = await self._store.append(batch_id, appends)
        self.committed.set()
        await self.goes_on.wait()
        return outcomes


async def test_a_process_that_stands_still_until_its_own_row_is_thinned_loads_the_document_anew(
    workers: Workers, store: Store, clock: Clock
) -> None:
    still = StandsStill(store)
    deaf = replace(BY_HAND, sweep_seconds=3600)
    async with (
        engine(workers, store, BY_HAND, wall_clock=clock) as here,
        engine(workers, cast("Store", still), deaf, LocalBroker("there"), wall_clock=clock) as there,
    ):
        tom = HocuspocusClient(there, "tom")
        await open_clients(tom)
        await write(here, "before ")
        tom.type("by tom ")
        await still.committed.wait()
        await write(here, "others went on ")
        clock.now += 40 * DAY
        await here.compaction.compact(NAME)
        still.goes_on.set()

        await until(lambda: tom.socket.closed is not None)

        assert (tom.socket.closed, tom.denied) == ((1012, "restart"), [])
        back = HocuspocusClient(there, "tom")
        await open_clients(back)
        await until(lambda: "by tom" in back.text and "thers went on" in back.text)
        back.type("again ")
        await until(lambda: back.saved)
    await reading(store)


async def test_a_flipped_bit_in_a_snapshot_is_noticed_and_the_thinned_log_serves(
    workers: Workers, store: Store, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    if isinstance(store, MemoryStore):
        return  # memory that flips bits is beyond us
    async with engine(workers, store, BY_HAND, wall_clock=clock) as rooms:
        await three_days(rooms, clock)
        clock.now += 40 * DAY
        await rooms.compaction.compact(NAME)
        before = await reading(store)
    sound = (await loaded(store)).snapshot
    assert sound
    flipped = bytes([*sound.state[:-1], sound.state[-1] ^ 1])
    await store.write(lambda tx: tx.execute(update(document_snapshots).values(state=flipped)))
    assert (await loaded(store)).snapshot is None
    assert f"the snapshot of {NAME} at {sound.seq} is torn" in caplog.text
    assert await reading(store) == before
    async with engine(workers, store, BY_HAND, wall_clock=clock) as rooms:
        await write(rooms, "it serves")
        await rooms.compaction.compact(NAME)
    assert (await loaded(store)).snapshot
    await reading(store)


# Several processes, and their ends


async def test_two_processes_that_compact_at_once_agree(workers: Workers, store: Store, clock: Clock) -> None:
    wire: list[LocalBroker] = []
    async with AsyncExitStack() as stack:
        here, there = [
            await stack.enter_async_context(engine(workers, store, BY_HAND, LocalBroker(node, wire), wall_clock=clock))
            for node in ("here", "there")
        ]
        await three_days(here, clock)
        before = await reading(store)
        clock.now += 40 * DAY
        await asyncio.gather(*(rooms.compaction.compact(NAME) for rooms in (here, there, here, there)))
        assert await reading(store) == before
        assert len((await loaded(store, whole=True)).rows) == 3
        lea, tom = HocuspocusClient(here, "lea"), HocuspocusClient(there, "tom")
        await open_clients(lea, tom)
        lea.type("both go on ")
        await until(lambda: tom.text == lea.text and "both go on" in tom.text)
    await reading(store)


async def test_an_older_fold_never_replaces_a_newer_one(workers: Workers, store: Store, clock: Clock) -> None:
    async with engine(workers, store, BY_HAND, wall_clock=clock) as rooms:
        await write(rooms, "one and twenty letter")
        compaction = rooms.compaction
        early = replace(await loaded(store, whole=True))
        await compaction.compact(NAME)
        newest = (await loaded(store)).snapshot
        assert newest
        older = replace(early, head=15, rows=early.rows[:15])
        slow = await compaction._fold(older, SCHEMA)
        assert not await compaction._keep(older, slow)
        assert (await loaded(store)).snapshot == newest


async def test_a_room_that_opens_while_the_log_is_thinned_is_right(
    workers: Workers, store: Store, clock: Clock
) -> None:
    async with engine(workers, store, BY_HAND, wall_clock=clock) as rooms:
        await three_days(rooms, clock)
        before = await reading(store)
    clock.now += 40 * DAY
    async with engine(workers, store, BY_HAND, wall_clock=clock) as rooms:
        compacting = asyncio.create_task(rooms.compaction.compact(NAME))
        texts = set()
        while not compacting.done():
            async with engine(workers, store, BY_HAND, LocalBroker("there"), wall_clock=clock) as others:
                tom = HocuspocusClient(others, "tom")
                await open_clients(tom)
                texts.add(tom.text)
        await compacting
        assert len(texts) == 1
    assert await reading(store) == before
