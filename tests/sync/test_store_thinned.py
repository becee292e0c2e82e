"""The store's contract for logs that are thinned, and for documents in quarantine."""

from __future__ import annotations

import pytest

from sync.store import Quarantine, Row, Snapshot, Store, Stored, Thinned
from tests.sync.stores import NOW, Bench, typed

NOW_MS = int(NOW * 1000)


async def covered(bench: Bench, *updates: bytes, by: int | None = None) -> None:
    """`note/1` with these rows, a snapshot over them (or up to `by`), and one row more."""
    await bench.make("note/1")
    await bench.append(typed("note/1", *updates, b"more"))
    assert await bench.store.put_snapshot("note/1", 1, snapshot_at(len(updates) if by is None else by))


def snapshot_at(seq: int, state: bytes = b"state") -> Snapshot:
    return Snapshot(seq, state, b"vector", b"index")


async def loaded(store: Store, name: str = "note/1", *, whole: bool = False) -> Stored:
    stored = await store.load(name, whole=whole)
    assert stored
    return stored


# Thinning


async def test_a_stretch_becomes_its_last_row_and_the_log_has_no_gap(bench: Bench) -> None:
    await covered(bench, b"a", b"b", b"c", b"d")
    assert await bench.store.thin("note/1", 1, 0, [Thinned(1, 3, b"abc"), Thinned(4, 4, b"not written")])

    rows = await bench.store.since("note/1", 0)
    assert rows[:2] == [Row(3, "lea", NOW_MS, b"abc", 1, NOW_MS), Row(4, "lea", NOW_MS, b"d")]
    assert [(row.first, row.seq) for row in rows] == [(1, 3), (4, 4), (5, 5)]
    stored, whole = await loaded(bench.store), await loaded(bench.store, whole=True)
    assert (stored.head, stored.thinned, [row.update for row in stored.rows]) == (5, 4, [b"more"])
    assert whole.rows == tuple(rows)
    assert await bench.store.heads(["note/1"]) == {"note/1": (5, 1)}


async def test_a_log_goes_on_being_written_and_thinned(bench: Bench) -> None:
    await covered(bench, b"a", b"b")
    assert await bench.store.thin("note/1", 1, 0, [Thinned(1, 2, b"ab")])
    await bench.append(typed("note/1", b"c"))
    assert await bench.store.put_snapshot("note/1", 1, snapshot_at(4))
    assert await bench.store.thin("note/1", 1, 2, [Thinned(3, 4, b"more c")])
    rows = await bench.store.since("note/1", 0)
    assert [(row.first, row.seq, row.update) for row in rows] == [(1, 2, b"ab"), (3, 4, b"more c")]


async def test_who_reads_from_the_midst_of_a_stretch_gets_all_of_it(bench: Bench) -> None:
    await covered(bench, b"a", b"b", b"c")
    assert await bench.store.thin("note/1", 1, 0, [Thinned(1, 3, b"abc")])
    assert [row.update for row in await bench.store.since("note/1", 2)] == [b"abc", b"more"]


@pytest.mark.parametrize(
    ("epoch", "after", "what"), [(2, 0, "made anew"), (1, 1, "thinned by somebody else"), (1, 0, "not covered")]
)
async def test_nothing_is_thinned_of_what_was_not_read_so(bench: Bench, epoch: int, after: int, what: str) -> None:
    await covered(bench, b"a", b"b", b"c", by=2)
    assert not await bench.store.thin("note/1", epoch, after, [Thinned(after + 1, 3, what.encode())])
    assert await bench.updates("note/1") == [b"a", b"b", b"c", b"more"]
    assert not await bench.store.thin("note/9", 1, 0, [Thinned(1, 1, b"gone")])


async def test_of_two_who_thin_at_once_one_does(bench: Bench) -> None:
    await covered(bench, b"a", b"b", b"c")
    stretch = [Thinned(1, 3, b"abc")]
    assert [await bench.store.thin("note/1", 1, 0, stretch) for _ in range(2)] == [True, False]
    assert [row.update for row in await bench.store.since("note/1", 0)] == [b"abc", b"more"]


async def test_what_is_old_or_long_is_found(bench: Bench) -> None:
    await covered(bench, b"a", b"b")
    await bench.make("note/2", "note/empty")
    await bench.append(typed("note/2", *[b"x"] * 5))
    assert await bench.store.foldable(3, 10) == ["note/2"]
    assert await bench.store.foldable(0, 10) == ["note/2", "note/1"]
    assert await bench.store.foldable(0, 1) == ["note/2"]
    assert await bench.store.foldable(5, 10) == []

    assert await bench.store.thinnable(NOW_MS, 10) == []
    assert sorted(await bench.store.thinnable(NOW_MS + 1, 10)) == ["note/1", "note/2"]
    await bench.store.put_snapshot("note/1", 1, snapshot_at(3))
    await bench.store.thin("note/1", 1, 0, [Thinned(1, 3, b"all")])
    assert await bench.store.thinnable(NOW_MS + 1, 10) == ["note/2"]
    for name in ("note/1", "note/2"):
        await bench.store.put_in_quarantine(Quarantine(name, 0, "differs", NOW_MS))
    assert await bench.store.thinnable(NOW_MS + 1, 10) == await bench.store.foldable(0, 10) == []


async def test_a_long_log_waits_until_a_hundredth_of_it_is_new(bench: Bench) -> None:
    await bench.make("note/1")
    await bench.append(typed("note/1", *[b"x"] * 1000))
    await bench.store.put_snapshot("note/1", 1, snapshot_at(990))
    assert await bench.store.foldable(5, 10) == []
    await bench.append(typed("note/1", b"x"))
    assert await bench.store.foldable(5, 10) == ["note/1"]


# Snapshots


async def test_an_older_snapshot_stays_until_the_newer_one_is_confirmed(bench: Bench) -> None:
    await covered(bench, b"a", b"b")
    assert await bench.store.put_snapshot("note/1", 1, snapshot_at(3, b"newer"))
    assert (await loaded(bench.store)).snapshot == snapshot_at(3, b"newer")
    assert await bench.store.confirm_snapshot("note/1", 3)
    assert await bench.store.confirm_snapshot("note/1", 3)
    assert not await bench.store.confirm_snapshot("note/1", 2)
    assert (await loaded(bench.store)).snapshot == snapshot_at(3, b"newer")


async def test_no_snapshot_is_kept_that_is_older_or_of_another_document(bench: Bench) -> None:
    await covered(bench, b"a", b"b")
    assert not await bench.store.put_snapshot("note/1", 1, snapshot_at(1, b"older"))
    assert not await bench.store.put_snapshot("note/1", 2, snapshot_at(3, b"of another epoch"))
    assert not await bench.store.put_snapshot("note/1", 1, snapshot_at(4, b"ahead of the log"))
    assert (await loaded(bench.store)).snapshot == snapshot_at(2)


# Quarantine


async def test_a_document_in_quarantine_says_so_until_it_is_released(bench: Bench) -> None:
    await covered(bench, b"a", b"b")
    case = Quarantine("note/1", 2, "row 3 ends the process that reads it", NOW_MS)
    assert await bench.store.put_in_quarantine(case)
    assert not await bench.store.put_in_quarantine(Quarantine("note/1", 1, "told twice", NOW_MS))
    assert not await bench.store.put_in_quarantine(Quarantine("note/9", 1, "not there", NOW_MS))
    assert await bench.store.quarantines() == [case]
    assert (await loaded(bench.store)).quarantine == case
    assert await bench.store.release("note/1")
    assert not await bench.store.release("note/1")
    assert await bench.store.quarantines() == []
    assert (await loaded(bench.store)).quarantine is None


async def test_a_case_goes_with_its_document(bench: Bench) -> None:
    await bench.make("note/1")
    await bench.store.put_in_quarantine(Quarantine("note/1", 0, "differs", NOW_MS))
    await bench.store.write(lambda tx: bench.store.remove_many(tx, ["note/1"]))
    assert await bench.store.quarantines() == []
