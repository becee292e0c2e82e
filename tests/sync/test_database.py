"""Transactions that wait their turn, end whatever becomes of their caller, and see what they should."""

from __future__ import annotations

import asyncio
import sqlite3
import sys
import threading
from asyncio.subprocess import PIPE
from collections.abc import AsyncIterator
from contextvars import ContextVar
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import Column, Integer, MetaData, Table, Text, func, insert, select, text
from sqlalchemy.exc import IntegrityError, OperationalError
from sqlalchemy.ext.asyncio import AsyncConnection

from sync.database import Database
from sync.store import StoreUnavailable
from tests.support.complaints import no_complaint

toys = Table("toys", MetaData(), Column("name", Text, primary_key=True), Column("count", Integer, nullable=False))


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    database = Database(f"sqlite:///{tmp_path}/toys.db", busy_seconds=0.2)
    await database.start()
    await database.write(lambda tx: tx.run_sync(toys.metadata.create_all))
    yield database
    await database.close()


async def put(tx: AsyncConnection, name: str) -> None:
    await tx.execute(insert(toys), {"name": name, "count": 0})


async def count(tx: AsyncConnection) -> int:
    return (await tx.execute(select(func.count()).select_from(toys))).scalar_one()


async def test_a_write_returns_what_its_function_returns_and_is_there(database: Database) -> None:
    async def work(tx: AsyncConnection) -> str:
        await put(tx, "ball")
        return "done"

    assert await database.write(work) == "done"
    assert await database.read(count) == 1


async def test_what_a_write_raises_comes_out_and_nothing_stays(database: Database) -> None:
    async def work(tx: AsyncConnection) -> None:
        await put(tx, "ball")
        raise LookupError("changed my mind")

    with pytest.raises(LookupError, match="changed my mind"):
        await database.write(work)
    assert await database.read(count) == 0


async def test_a_broken_constraint_is_the_callers_own_affair(database: Database) -> None:
    await database.write(lambda tx: put(tx, "ball"))
    with pytest.raises(IntegrityError) as broken:
        await database.write(lambda tx: put(tx, "ball"))
    assert "ball" not in str(broken.value)  # what was being written would end up in logs
    assert await database.read(count) == 1


async def test_a_mistake_in_a_statement_is_not_taken_for_a_fault_that_passes(database: Database) -> None:
    with pytest.raises(OperationalError, match="no such table"):
        await database.write(lambda tx: tx.execute(text("DELETE FROM nowhere")))


async def test_writes_run_one_at_a_time_in_order_of_arrival(database: Database) -> None:
    running, order = 0, []

    async def work(tx: AsyncConnection, number: int) -> None:
        nonlocal running
        running += 1
        assert running == 1
        await put(tx, str(number))
        order.append(number)
        running -= 1

    await asyncio.gather(*(database.write(partial(work, number=n)) for n in range(50)))
    assert order == list(range(50))


async def test_who_goes_ahead_passes_those_who_wait_but_not_who_is_at_it(database: Database) -> None:
    entered, proceed = threading.Event(), threading.Event()
    order: list[str] = []

    async def work(tx: AsyncConnection, name: str) -> None:
        order.append(name)
        if name == "at it":
            entered.set()
            assert proceed.wait(30)

    writing = [asyncio.create_task(database.write(partial(work, name="at it")))]
    assert await asyncio.to_thread(entered.wait, 30)
    for name, ahead in (("a page", False), ("a letter", True), ("another page", False), ("the next letter", True)):
        writing.append(asyncio.create_task(database.write(partial(work, name=name), ahead=ahead)))
    await asyncio.wait(writing, timeout=0)
    proceed.set()
    await asyncio.gather(*writing)

    assert order == ["at it", "a letter", "the next letter", "a page", "another page"]


async def test_who_gives_up_in_line_is_not_waited_for(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path}/toys.db", line_seconds=0.05)
    await database.start()
    entered, proceed = threading.Event(), threading.Event()

    async def hold(tx: AsyncConnection) -> None:
        entered.set()
        assert proceed.wait(30)

    async def number(tx: AsyncConnection) -> int:
        return 1

    holding = asyncio.create_task(database.write(hold))
    assert await asyncio.to_thread(entered.wait, 30)
    for ahead in (False, True):
        with pytest.raises(StoreUnavailable, match="too many wait"):
            await database.write(number, ahead=ahead)
    proceed.set()
    await holding
    assert await asyncio.gather(database.write(number), database.write(number, ahead=True)) == [1, 1]
    await database.close()


@pytest.mark.parametrize("begun", [True, False], ids=["begun", "in line"])
async def test_a_cancelled_caller_leaves_no_half_transaction(database: Database, begun: bool) -> None:
    entered, proceed = threading.Event(), threading.Event()

    async def slow(tx: AsyncConnection) -> None:
        await put(tx, "first half")
        entered.set()
        assert proceed.wait(30)
        await put(tx, "second half")

    first = asyncio.create_task(database.write(slow))
    assert await asyncio.to_thread(entered.wait, 30)
    second = asyncio.create_task(database.write(lambda tx: put(tx, "after")))
    await asyncio.wait([second], timeout=0)
    cancelled = first if begun else second
    cancelled.cancel()
    with pytest.raises(asyncio.CancelledError):
        await cancelled
    proceed.set()

    assert await database.write(count) == 3


async def test_what_fails_after_its_caller_has_left_is_nobodys_complaint(database: Database) -> None:
    entered, proceed = threading.Event(), threading.Event()

    async def fail(tx: AsyncConnection) -> None:
        entered.set()
        assert proceed.wait(30)
        raise StoreUnavailable("no route to host")

    with no_complaint():
        writing = asyncio.create_task(database.write(fail))
        assert await asyncio.to_thread(entered.wait, 30)
        writing.cancel()
        with pytest.raises(asyncio.CancelledError):
            await writing
        proceed.set()
        assert await database.write(count) == 0


async def test_a_cancelled_read_gives_its_connection_back(database: Database) -> None:
    for _ in range(20):
        reading = asyncio.create_task(database.read(count))
        await asyncio.wait([reading], timeout=0)
        reading.cancel()
        with pytest.raises(asyncio.CancelledError):
            await reading
    assert await database.read(count) == 0


async def test_a_read_keeps_the_picture_it_began_with(database: Database) -> None:
    looked, written = threading.Event(), threading.Event()

    async def twice(tx: AsyncConnection) -> tuple[int, int]:
        before = await count(tx)
        looked.set()
        assert written.wait(30)
        return before, await count(tx)

    reading = asyncio.create_task(database.read(twice))
    assert await asyncio.to_thread(looked.wait, 30)
    await database.write(lambda tx: put(tx, "ball"))
    written.set()
    assert await reading == (0, 0)
    assert await database.read(count) == 1


async def test_a_read_cannot_write(database: Database) -> None:
    with pytest.raises(OperationalError, match="readonly"):
        await database.read(lambda tx: put(tx, "ball"))


async def test_a_write_inside_a_write_is_caught_before_it_waits_for_itself(database: Database) -> None:
    async def nested(tx: AsyncConnection) -> None:
        await database.write(lambda inner: put(inner, "ball"))

    with pytest.raises(AssertionError, match="wait for itself"):
        await database.write(nested)


async def test_awaiting_anything_but_the_database_is_caught(database: Database) -> None:
    async def rest(tx: AsyncConnection) -> None:
        await put(tx, "ball")
        await asyncio.sleep(0)

    with pytest.raises(AssertionError, match="nothing but its database"):
        await database.write(rest)
    assert await database.read(count) == 0


async def test_a_transaction_sees_the_context_of_its_caller(database: Database) -> None:
    trace = ContextVar("trace", default="")
    trace.set("c0ffee")

    async def read(tx: AsyncConnection) -> str:
        return trace.get()

    assert await database.read(read) == "c0ffee"


async def test_every_connection_is_as_durable_and_strict_as_promised(database: Database) -> None:
    async def pragmas(tx: AsyncConnection) -> list[object]:
        names = ("journal_mode", "synchronous", "foreign_keys")
        return [(await tx.exec_driver_sql(f"PRAGMA {name}")).scalar_one() for name in names]

    full = 2
    assert await database.write(pragmas) == ["wal", full, 1]
    assert await database.read(pragmas) == ["wal", full, 1]


async def test_a_lock_held_for_too_long_is_a_fault_that_may_pass(database: Database, tmp_path: Path) -> None:
    other = sqlite3.connect(tmp_path / "toys.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(StoreUnavailable, match="locked"):
        await database.write(lambda tx: put(tx, "ball"))
    assert await database.read(count) == 0

    other.close()
    await database.write(lambda tx: put(tx, "ball"))
    assert await database.read(count) == 1


async def test_a_write_has_the_lock_before_its_first_statement(database: Database, tmp_path: Path) -> None:
    other = sqlite3.connect(tmp_path / "toys.db", isolation_level=None, timeout=0, check_same_thread=False)

    async def look_then_leap(tx: AsyncConnection) -> None:
        if await count(tx) == 0:
            with pytest.raises(sqlite3.OperationalError, match="locked"):
                other.execute("BEGIN IMMEDIATE")
            await put(tx, "ball")

    await database.write(look_then_leap)
    other.close()
    assert await database.read(count) == 1


HOLD_THE_LOCK = """
import sqlite3, sys
other = sqlite3.connect(sys.argv[1], isolation_level=None)
other.execute("BEGIN IMMEDIATE")
other.execute("INSERT INTO toys VALUES ('theirs', 1)")
print("held", flush=True)
sys.stdin.readline()
other.execute("COMMIT")
"""


async def test_a_lock_held_by_another_process_only_delays(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path}/toys.db", busy_seconds=30)
    await database.start()
    await database.write(lambda tx: tx.run_sync(toys.metadata.create_all))
    other = await asyncio.create_subprocess_exec(
        sys.executable, "-c", HOLD_THE_LOCK, str(tmp_path / "toys.db"), stdin=PIPE, stdout=PIPE
    )
    assert other.stdin
    assert other.stdout
    assert await other.stdout.readline() == b"held\n"

    ours = asyncio.create_task(database.write(lambda tx: put(tx, "ours")))
    done, _ = await asyncio.wait([ours], timeout=0.3)
    assert not done
    await other.communicate(b"let go\n")
    await ours

    assert await database.read(count) == 2
    await database.close()


async def test_closing_waits_for_what_has_begun_and_refuses_the_rest(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path}/toys.db")
    await database.start()
    await database.write(lambda tx: tx.run_sync(toys.metadata.create_all))
    pending = [asyncio.create_task(database.write(partial(put, name=str(n)))) for n in range(5)]
    await asyncio.wait(pending, timeout=0)
    await database.close()

    assert all(task.done() and task.exception() is None for task in pending)
    with pytest.raises(StoreUnavailable, match="not open"):
        await database.read(count)


async def test_an_address_that_cannot_be_opened_is_heard_of_at_the_start(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path}/nowhere/toys.db")
    with pytest.raises(StoreUnavailable, match="unable to open"):
        await database.start()
    await database.close()


@pytest.mark.parametrize("url", ["sqlite://", "sqlite:///:memory:", "mysql://127.0.0.1/toys"])
def test_what_cannot_be_served_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="expected"):
        Database(url)


async def test_a_new_file_that_somebody_else_is_opening_is_waited_for(tmp_path: Path) -> None:
    other = sqlite3.connect(tmp_path / "toys.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    database = Database(f"sqlite:///{tmp_path}/toys.db", busy_seconds=30)
    starting = asyncio.create_task(database.start())
    done, _ = await asyncio.wait([starting], timeout=0.2)
    assert not done
    other.close()
    await starting
    await database.close()


async def test_several_databases_may_open_one_new_file_at_once(tmp_path: Path) -> None:
    for n in range(10):
        databases = [Database(f"sqlite:///{tmp_path}/{n}.db") for _ in range(6)]
        await asyncio.gather(*(database.start() for database in databases))
        await asyncio.gather(*(database.close() for database in databases))
