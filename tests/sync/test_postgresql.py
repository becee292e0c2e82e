"""What only a database at the other end of a wire does: it commits and cannot say so, it hangs, it goes and comes."""

import asyncio
import secrets
import time
from collections.abc import AsyncIterator
from functools import partial

import pytest
from sqlalchemy import Column, MetaData, Table, Text, insert, select, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError

from sync.database import Database, metadata
from sync.sql_store import SqlStore
from sync.store import Append, Appended, Entry, StoreUnavailable
from tests.support.postgres import PostgresServer
from tests.support.proxy import Proxy, proxy

toys = Table("toys", MetaData(), Column("name", Text, primary_key=True))

COMMITTED = b"COMMIT\0"
HANG_SECONDS_MAX = 15


@pytest.fixture
def url(postgres: PostgresServer) -> str:
    return postgres.make_database(f"wire_{secrets.token_hex(8)}")


@pytest.fixture
async def database(url: str) -> AsyncIterator[Database]:
    """One that stands by itself, beside what is tried out."""
    database = Database(url)
    await database.start()
    await database.write(lambda tx: tx.run_sync(metadata.create_all))
    await database.write(lambda tx: tx.run_sync(toys.create))
    yield database
    await database.close()


@pytest.fixture
async def wire(postgres: PostgresServer) -> AsyncIterator[Proxy]:
    async with proxy(postgres.port) as wire:
        yield wire


@pytest.fixture
async def far(url: str, database: Database, wire: Proxy) -> AsyncIterator[Database]:
    """The same database, seen over the wire by somebody without much patience."""
    address = make_url(url).set(port=wire.port).render_as_string(hide_password=False)
    far = Database(address, busy_seconds=0.5, line_seconds=1.0, answer_seconds=1.0)
    await far.start()
    yield far
    wire.thaw()
    await far.close()


async def put(tx, name: str) -> None:  # type: ignore[no-untyped-def]
    await tx.execute(insert(toys), {"name": name})


async def names(database: Database) -> set[str]:
    return set((await database.read(lambda tx: tx.execute(select(toys.c.name)))).scalars())


@pytest.mark.parametrize("expected_head", [None, 1])
async def test_a_commit_whose_answer_was_cut_off_is_found_again_by_its_batch(
    far: Database, wire: Proxy, expected_head: int | None
) -> None:
    store = SqlStore(far, "node-1")
    await store.write(partial(store.create, name="note/1"))
    await store.append(1, [Append("note/1", (Entry(b"a", "lea"),))])
    batch = [Append("note/1", (Entry(b"b", "lea"), Entry(b"c", "lea")), expected_head)]
    wire.swallow, wire.times = COMMITTED, 1
    with pytest.raises(StoreUnavailable):
        await store.append(2, batch)
    assert wire.times == 0

    await store.append(3, [Append("note/1", (Entry(b"somebody else", "tom"),))])
    assert await store.append(2, batch) == [Appended(2, 3)]
    rows = await store.since("note/1", 0)
    assert [row.update for row in rows] == [b"a", b"b", b"c", b"somebody else"]


async def test_a_wire_that_is_cut_is_a_fault_that_passes(far: Database, wire: Proxy) -> None:
    await far.write(lambda tx: put(tx, "before"))
    wire.cut()
    await far.write(lambda tx: put(tx, "after"))  # the pool asks before it gives
    assert await names(far) == {"before", "after"}

    async def cut_off(tx):  # type: ignore[no-untyped-def]
        await put(tx, "lost")
        wire.cut()
        await put(tx, "lost too")

    with pytest.raises(StoreUnavailable):
        await far.write(cut_off)
    assert await names(far) == {"before", "after"}


async def test_a_database_that_says_nothing_makes_nobody_wait_for_ever(far: Database, wire: Proxy) -> None:
    began = time.monotonic()

    async def fails(read: bool) -> None:
        with pytest.raises(StoreUnavailable):
            await (far.read(lambda tx: tx.execute(select(toys))) if read else far.write(lambda tx: put(tx, "x")))

    async def freeze(tx):  # type: ignore[no-untyped-def]
        await put(tx, "half")
        wire.freeze()
        await put(tx, "way")

    with pytest.raises(StoreUnavailable):
        await far.write(freeze)
    await asyncio.gather(*(fails(n % 2 == 0) for n in range(40)))
    assert time.monotonic() - began < HANG_SECONDS_MAX

    wire.thaw()
    await far.write(lambda tx: put(tx, "again"))
    assert "again" in await names(far)


async def test_a_row_that_another_process_holds_is_waited_for_so_long_and_no_longer(
    far: Database, database: Database
) -> None:
    await database.write(lambda tx: put(tx, "ball"))
    held, let_go = asyncio.Event(), asyncio.Event()

    async def hold(tx):  # type: ignore[no-untyped-def]
        await tx.execute(text("SELECT * FROM toys FOR UPDATE"))
        held.set()
        await let_go.wait()

    holding = asyncio.create_task(database.write(hold))
    await held.wait()
    for abreast in (True, False):  # the row itself, and the line of those who write one at a time
        with pytest.raises(StoreUnavailable, match="lock timeout"):
            await far.write(lambda tx: tx.execute(text("SELECT * FROM toys FOR UPDATE")), abreast=abreast)
    let_go.set()
    await holding


async def test_a_process_that_stands_still_in_a_transaction_loses_it_and_its_locks(
    far: Database, database: Database
) -> None:
    await database.write(lambda tx: put(tx, "ball"))
    held, go_on = asyncio.Event(), asyncio.Event()

    async def stand_still(tx):  # type: ignore[no-untyped-def]
        await tx.execute(text("SELECT * FROM toys FOR UPDATE"))
        held.set()
        await go_on.wait()
        await put(tx, "too late")

    standing = asyncio.create_task(far.write(stand_still))
    await held.wait()
    await database.write(lambda tx: tx.execute(text("SELECT * FROM toys FOR UPDATE")))
    go_on.set()
    with pytest.raises(StoreUnavailable):
        await standing
    assert await names(database) == {"ball"}


async def test_of_two_that_wait_for_each_other_both_come_through(database: Database, far: Database) -> None:
    for name in ("one", "other"):
        await database.write(lambda tx, name=name: put(tx, name))
    tried: list[str] = []
    both = asyncio.Barrier(2)

    async def lock(tx, first: str, second: str) -> None:  # type: ignore[no-untyped-def]
        tried.append(first)
        await tx.execute(select(toys).where(toys.c.name == first).with_for_update())
        if tried.count(first) == 1:
            await both.wait()
        await tx.execute(select(toys).where(toys.c.name == second).with_for_update())

    await asyncio.gather(
        database.write(partial(lock, first="one", second="other"), abreast=True),
        database.write(partial(lock, first="other", second="one"), abreast=True),
    )
    assert len(tried) == 3


async def test_what_is_read_before_a_write_is_still_so_when_it_is_written(database: Database, far: Database) -> None:
    async def look_then_leap(tx, name: str) -> None:  # type: ignore[no-untyped-def]
        if not (await tx.execute(select(toys))).all():
            await put(tx, name)

    here_and_there = [database, far] * 5
    await asyncio.gather(*(one.write(partial(look_then_leap, name=str(n))) for n, one in enumerate(here_and_there)))
    assert len(await names(database)) == 1


@pytest.mark.parametrize("state", ["53100", "53200", "58030", "XX000"])
async def test_trouble_of_the_database_is_a_fault_that_passes(database: Database, state: str) -> None:
    trouble = text(f"DO $$ BEGIN RAISE EXCEPTION 'trouble' USING ERRCODE = '{state}'; END $$")
    with pytest.raises(StoreUnavailable, match="trouble"):
        await database.write(lambda tx: tx.execute(trouble))


@pytest.mark.parametrize("state", ["22012", "XX001", "P0001"])
async def test_what_would_fail_for_ever_is_not_tried_again(database: Database, state: str) -> None:
    mistake = text(f"DO $$ BEGIN RAISE EXCEPTION 'mistake' USING ERRCODE = '{state}'; END $$")
    with pytest.raises(DBAPIError, match="mistake"):
        await database.write(lambda tx: tx.execute(mistake))


async def test_a_database_that_restarts_is_found_again(postgres: PostgresServer, database: Database) -> None:
    await database.write(lambda tx: put(tx, "before"))
    for how in ("immediate", "fast"):
        await asyncio.to_thread(postgres.stop, how)
        with pytest.raises(StoreUnavailable):
            await database.write(lambda tx: put(tx, "meanwhile"))
        await asyncio.to_thread(postgres.start)
        await database.write(partial(put, name=how))
    assert await names(database) == {"before", "immediate", "fast"}


async def test_a_database_without_room_goes_on_once_there_is_some(postgres: PostgresServer, database: Database) -> None:
    await database.write(lambda tx: put(tx, "before"))
    await asyncio.to_thread(postgres.fill_disk)
    with pytest.raises(StoreUnavailable):
        await database.write(lambda tx: put(tx, "no room"))
    await asyncio.to_thread(postgres.wait, 60)
    await asyncio.to_thread(postgres.start)
    await database.write(lambda tx: put(tx, "after"))
    assert await names(database) == {"before", "after"}
