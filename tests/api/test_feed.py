"""The numbered changes."""

import asyncio
from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager

import pytest
from sqlalchemy import func, insert, select, update

from api.feed import CHANGES_A_READ, CHANGES_IN_MEMORY, CHANGES_KEPT, Change, Feed, last_number, record
from api.schema import open_database
from api.settings import Settings
from api.tables import change_numbers, changes
from sync.database import Database

pytestmark = pytest.mark.both_databases


async def soon(answer: Awaitable[object]) -> None:
    """It comes, and the test does not hang if not."""
    async with asyncio.timeout(20):
        await answer


async def happen(database: Database, *ids: str) -> None:
    async def write(tx):  # type: ignore[no-untyped-def]
        for one in ids:
            await record(tx, "contact.updated", one, contact_id=one, seq=2, actor_id="usr_1")

    await database.write(write)


async def happen_often(database: Database, times: int) -> None:
    """As many changes as `record` writes, quicker."""

    async def write(tx):  # type: ignore[no-untyped-def]
        last = await last_number(tx)
        rows = [
            {"number": last + n, "type": "contact.updated", "object_id": f"con_{n}", "contact_id": "con_1", "seq": 1}
            for n in range(1, times + 1)
        ]
        await tx.execute(insert(changes), rows)
        await tx.execute(update(change_numbers).values(last=last + times))

    await database.write(write)


@asynccontextmanager
async def following(database: Database) -> AsyncIterator[Feed]:
    feed = Feed(database)
    await feed.start()
    task = asyncio.create_task(feed.run())
    yield feed
    task.cancel()
    await asyncio.wait([task])


async def test_changes_are_numbered_in_the_order_of_their_commits(database: Database) -> None:
    await asyncio.gather(*(happen(database, f"con_{n}", f"con_{n}") for n in range(20)))
    feed = Feed(database)
    await feed.start()
    found = await feed.after(0)
    assert found is not None
    assert [change.number for change in found] == list(range(1, 41))
    assert found[0] == Change(1, "contact.updated", found[1].id, found[1].id, 2, "usr_1")


async def test_a_change_is_told_of_as_soon_as_its_writer_says_so(database: Database) -> None:
    async with following(database) as feed:
        waiting = asyncio.create_task(feed.wait(0))
        await happen(database, "con_1")
        feed.wake()
        await soon(waiting)
        assert [change.id for change in await feed.after(0) or []] == ["con_1"]


async def test_a_change_that_another_process_wrote_is_found(database: Database, settings: Settings) -> None:
    async with following(database) as feed, open_database(settings) as other:
        await happen(other, "con_1")
        await soon(feed.wait(0))
        assert feed.head == 1


async def test_a_rolled_back_change_never_was(database: Database) -> None:
    async def fail(tx):  # type: ignore[no-untyped-def]
        await record(tx, "contact.updated", "con_1", contact_id="con_1", seq=1, actor_id=None)
        raise LookupError

    try:
        await database.write(fail)
    except LookupError:
        await happen(database, "con_2")
    feed = Feed(database)
    await feed.start()
    assert [(change.number, change.id) for change in await feed.after(0) or []] == [(1, "con_2")]


async def test_ten_thousand_are_kept_and_who_is_further_behind_is_told(database: Database) -> None:
    await happen_often(database, CHANGES_KEPT + 5)
    await happen(database, "con_last")
    feed = Feed(database)
    await feed.start()
    kept = await database.read(lambda tx: tx.scalar(select(func.count()).select_from(changes)))
    assert kept == CHANGES_KEPT
    assert await feed.after(5) is None
    first = await feed.after(6)
    assert first is not None
    assert [change.number for change in first] == list(range(7, 7 + CHANGES_A_READ))


async def test_from_memory_and_from_the_database_one_reads_the_same(database: Database) -> None:
    async with following(database) as feed:
        await happen_often(database, CHANGES_IN_MEMORY + CHANGES_A_READ)
        feed.wake()
        await soon(feed.wait(CHANGES_IN_MEMORY + CHANGES_A_READ - 1))
        fresh = Feed(database)
        await fresh.start()
        for number in (0, 1, CHANGES_A_READ - 1, CHANGES_A_READ, CHANGES_A_READ + 1, CHANGES_IN_MEMORY, feed.head):
            assert await feed.after(number) == await fresh.after(number)


async def test_a_number_of_another_database_is_not_kept(database: Database) -> None:
    await happen(database, "con_1")
    feed = Feed(database)
    await feed.start()
    assert await feed.after(1) == []
    assert await feed.after(2) is None


async def test_a_number_this_process_has_not_read_yet_is_only_early(database: Database) -> None:
    feed = Feed(database)
    await feed.start()
    await happen(database, "con_1")
    assert await feed.after(1) == []


async def test_when_the_server_drains_nobody_waits(database: Database) -> None:
    async with following(database) as feed:
        waiting = asyncio.create_task(feed.wait(0))
        await asyncio.sleep(0)
        feed.stop()
        await soon(waiting)
        await soon(feed.wait(0))
