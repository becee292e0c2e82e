"""What only a store on a disk can suffer: lost answers, torn snapshots, other processes, kill -9."""

from __future__ import annotations

import asyncio
import signal
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Callable
from functools import partial
from pathlib import Path
from typing import TypeVar

import pytest
from sqlalchemy import delete, update

from sync.database import Database, Work, metadata
from sync.errors import SyncError
from sync.sql_store import SqlStore
from sync.store import Append, Appended, Entry, Foreign, Moved, Snapshot, StoreUnavailable
from sync.tables import document_clients, document_snapshots, document_updates

T = TypeVar("T")
PROJECT = Path(__file__).parent.parent.parent


class Forgetful(Database):
    """A database that commits and then, as often as `lapses` says, does not answer."""

    lapses = 0

    async def write(self, work: Work[T], *, abreast: bool = False, ahead: bool = False) -> T:
        answer = await super().write(work, abreast=abreast, ahead=ahead)
        if self.lapses:
            self.lapses -= 1
            raise StoreUnavailable("the connection was lost after the commit")
        return answer


pytestmark = pytest.mark.both_databases


@pytest.fixture
def url(tmp_path: Path, new_database: Callable[[Path], str]) -> str:
    return new_database(tmp_path)


@pytest.fixture
async def database(url: str) -> AsyncIterator[Forgetful]:
    database = Forgetful(url, busy_seconds=30)
    await database.start()
    await database.write(lambda tx: tx.run_sync(metadata.create_all))
    yield database
    await database.close()


@pytest.fixture
async def store(database: Database) -> SqlStore:
    store = SqlStore(database, "node-1")
    for name in ("note/1", "contact/1"):
        await store.write(partial(store.create, name=name))
    return store


def typed(name: str, *updates: bytes, expected_head: int | None = None) -> Append:
    return Append(name, tuple(Entry(one, "lea") for one in updates), expected_head)


async def test_a_commit_whose_answer_was_lost_is_found_again(database: Forgetful, store: SqlStore) -> None:
    batch = [typed("note/1", b"a", b"b"), typed("contact/1", b"c", expected_head=0)]
    database.lapses = 2
    for _ in range(2):
        with pytest.raises(StoreUnavailable):
            await store.append(1, batch)
    await store.append(2, [typed("note/1", b"somebody else"), typed("contact/1", b"somebody else")])

    assert await store.append(1, batch) == [Appended(1, 2), Appended(1, 1)]
    assert await store.append(3, [typed("contact/1", b"d", expected_head=1)]) == [Moved(2)]
    assert [row.update for row in await store.since("note/1", 0)] == [b"a", b"b", b"somebody else"]
    assert [row.update for row in await store.since("contact/1", 0)] == [b"c", b"somebody else"]


@pytest.mark.parametrize("column", ["state", "state_vector", "scan_index"])
async def test_a_torn_snapshot_is_dropped_and_the_log_serves(database: Database, store: SqlStore, column: str) -> None:
    await store.append(1, [typed("note/1", b"a", b"b")])
    sound = Snapshot(1, b"some state", b"a vector", b"an index")
    await store.put_snapshot("note/1", 1, sound)
    before = await store.load("note/1")
    assert before
    assert before.snapshot == sound

    flipped = b"!" + getattr(sound, {"scan_index": "index"}.get(column, column))[1:]
    await database.write(lambda tx: tx.execute(update(document_snapshots).values({column: flipped})))
    stored = await store.load("note/1")
    assert stored
    assert stored.snapshot is None
    assert [row.update for row in stored.rows] == [b"a", b"b"]


@pytest.mark.parametrize("lost", [1, 2, 3])
async def test_a_log_with_a_hole_is_not_served(database: Database, store: SqlStore, lost: int) -> None:
    await store.append(1, [typed("note/1", b"a", b"b", b"c")])
    await database.write(lambda tx: tx.execute(delete(document_updates).where(document_updates.c.seq == lost)))
    with pytest.raises(SyncError, match="hole"):
        await store.load("note/1")


async def test_a_retired_client_id_is_foreign_to_everybody(database: Database, store: SqlStore) -> None:
    hello = Append("note/1", (Entry(b"hello", "lea", (7,)),))
    await store.append(1, [hello])
    await database.write(lambda tx: tx.execute(update(document_clients).values(retired=True)))

    assert await store.append(2, [hello]) == [Foreign(0, 7, "")]
    stored = await store.load("note/1")
    assert stored
    assert stored.owners == {7: ""}


async def test_a_cancelled_append_is_stored_whole_or_not_at_all(database: Database, store: SqlStore, url: str) -> None:
    for batch_id in range(10):
        batch = [typed("note/1", b"a", b"b"), typed("contact/1", b"c")]
        appending = asyncio.create_task(store.append(batch_id, batch))
        await asyncio.wait([appending], timeout=0.001 * batch_id)
        appending.cancel()
        await asyncio.wait([appending])
    await database.close()  # whatever was begun has ended

    again = Database(url)
    await again.start()
    store = SqlStore(again, "node-2")
    heads = await store.heads(["note/1", "contact/1"])
    assert heads["note/1"][0] == 2 * heads["contact/1"][0]
    assert (await store.load("note/1")) is not None
    assert (await store.load("contact/1")) is not None
    await again.close()


async def test_a_large_document_loads_whole_and_in_order(store: SqlStore) -> None:
    updates = [str(n).encode() for n in range(5001)]
    await store.append(1, [typed("note/1", *updates)])
    stored = await store.load("note/1")
    assert stored
    assert [row.update for row in stored.rows] == updates
    assert len(await store.heads([f"note/{n}" for n in range(40_000)])) == 1


# Other processes

WRITE_UNTIL_KILLED = """
import asyncio, itertools, random, sys
from sync.database import Database
from sync.sql_store import SqlStore
from sync.store import Append, Entry

async def main(url, node, limit):
    database = Database(url, busy_seconds=30)
    await database.start()
    store = SqlStore(database, node)
    for n in itertools.islice(itertools.count(), limit):
        names = random.sample(["note/1", "contact/1"], random.choice([1, 2]))
        mine = f"{node} {n}".encode()
        batch = [Append(name, (Entry(mine, node), Entry(mine, node))) for name in names]
        for name, stored in zip(names, await store.append(random.getrandbits(63), batch)):
            print(name, stored.first, stored.last, mine.decode(), flush=True)

asyncio.run(main(sys.argv[1], sys.argv[2], int(sys.argv[3]) or None))
"""


async def start_writer(url: str, node: str, batches: int = 0) -> Process:
    """A process that appends to both documents and prints what was acknowledged; 0 batches: until it is killed."""
    arguments = ("-c", WRITE_UNTIL_KILLED, url, node, str(batches))
    return await asyncio.create_subprocess_exec(sys.executable, *arguments, stdout=PIPE, cwd=PROJECT)


async def check(store: SqlStore, acknowledged: list[bytes]) -> None:
    """Every acknowledged row is where it was said to be, and no log has a hole."""
    logs = {}
    for name in ("note/1", "contact/1"):
        stored = await store.load(name)
        assert stored
        logs[name] = [row.update for row in stored.rows]
    for line in acknowledged:
        name, first, last, mine = line.decode().rstrip("\n").split(" ", 3)
        assert logs[name][int(first) - 1 : int(last)] == [mine.encode()] * 2


async def test_kill_9_in_the_middle_of_appends_loses_nothing_acknowledged(store: SqlStore, url: str) -> None:
    acknowledged: list[bytes] = []
    for n in range(3):
        writer = await start_writer(url, f"node-{n}")
        assert writer.stdout
        for _ in range(20 + 7 * n):
            acknowledged.append(await writer.stdout.readline())
        writer.send_signal(signal.SIGKILL)
        rest, _ = await writer.communicate()
        acknowledged += [line for line in rest.splitlines(keepends=True) if line.endswith(b"\n")]
        await check(store, acknowledged)
    assert len(acknowledged) >= 3 * 20


async def test_processes_that_write_one_database_at_once_leave_no_gap(store: SqlStore, url: str) -> None:
    writers = [await start_writer(url, node, batches=40) for node in ("serve", "verb")]
    for n in range(40):
        assert isinstance((await store.append(n, [typed("note/1", b"ours")]))[0], Appended)
    printed = await asyncio.gather(*(writer.communicate() for writer in writers))

    assert [writer.returncode for writer in writers] == [0, 0]
    acknowledged = [line for output, _ in printed for line in output.splitlines()]
    assert len(acknowledged) >= 80
    await check(store, acknowledged)
