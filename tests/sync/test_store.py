"""The contract of every store: one suite, run against each of them. A new form of the store joins by a new bench."""

from __future__ import annotations

import asyncio
import random
from dataclasses import replace
from functools import partial

import pytest

from sync.errors import SchemaBroken
from sync.kinds import Tx
from sync.store import (
    Absent,
    Append,
    Appended,
    Distrusted,
    Entry,
    Foreign,
    Moved,
    New,
    Older,
    Refused,
    Row,
    Snapshot,
    StoreUnavailable,
)
from tests.sync.stores import Bench, claiming, typed

# Documents


async def test_a_document_that_nobody_made_is_not_there(bench: Bench) -> None:
    assert await bench.store.load("note/1") is None
    assert await bench.store.heads(["note/1"]) == {}
    assert await bench.store.since("note/1", 0) == []
    assert await bench.append(typed("note/1", b"a")) == [Absent()]
    assert await bench.store.load("note/1") is None


async def test_a_new_document_is_empty_and_making_it_again_changes_nothing(bench: Bench) -> None:
    await bench.make("note/1")
    await bench.append(typed("note/1", b"a"))
    await bench.make("note/1")

    stored = await bench.store.load("note/1")
    assert stored
    assert (stored.name, stored.head, stored.epoch, stored.snapshot, stored.owners) == ("note/1", 1, 1, None, {})
    assert stored.rows == (Row(1, "lea", 1_700_000_000_500, b"a"),)


async def test_a_document_made_in_a_transaction_that_fails_is_not_there(bench: Bench) -> None:
    async def work(tx: Tx) -> None:
        await bench.store.create(tx, "note/1")
        await bench.put(tx, "contact", "Ada")
        raise LookupError("no such owner")

    with pytest.raises(LookupError):
        await bench.store.write(work)
    assert await bench.store.load("note/1") is None
    assert await bench.get("contact") == []


async def test_many_documents_are_made_with_their_first_rows_or_not_at_all(bench: Bench) -> None:
    new = [New("note/1", Entry(b"one", "lea", (7,))), New("note/2"), New("note/3", Entry(b"three", "tom", (7,)))]
    await bench.store.write(partial(bench.store.create_many, new=new))
    assert await bench.store.heads(["note/1", "note/2", "note/3"]) == {
        "note/1": (1, 1), "note/2": (0, 1), "note/3": (1, 1)
    }  # fmt: skip
    stored = await bench.store.load("note/3")
    assert stored
    assert (stored.rows, stored.owners) == ((Row(1, "tom", 1_700_000_000_500, b"three"),), {7: "tom"})
    assert await bench.append(typed("note/1", b"more")) == [Appended(2, 2)]

    async def work(tx: Tx) -> None:
        await bench.store.create_many(tx, [New("note/4", Entry(b"four", "lea"))])
        raise LookupError("no such owner")

    with pytest.raises(LookupError):
        await bench.store.write(work)
    assert await bench.store.load("note/4") is None


# Order


async def test_what_is_removed_leaves_nothing_and_its_name_may_be_used_anew(bench: Bench) -> None:
    await bench.make("note/1", "note/2")
    await bench.append(claiming("note/1", "lea", 7), claiming("note/2", "lea", 7))
    await bench.store.put_snapshot("note/1", 1, Snapshot(1, b"state", b"vector", b"index"))

    await bench.store.write(lambda tx: bench.store.remove_many(tx, ["note/1", "note/none"]))

    assert await bench.store.load("note/1") is None
    assert await bench.store.since("note/1", 0) == []
    assert await bench.append(typed("note/1", b"late")) == [Absent()]
    assert await bench.updates("note/2") != []
    await bench.make("note/1")
    assert await bench.append(claiming("note/1", "tom", 7)) == [Appended(1, 1)]
    stored = await bench.store.load("note/1")
    assert stored
    assert (stored.snapshot, stored.owners) == (None, {7: "tom"})


async def test_a_document_removed_in_a_transaction_that_fails_is_there(bench: Bench) -> None:
    await bench.make("note/1")

    async def work(tx: Tx) -> None:
        await bench.store.remove_many(tx, ["note/1"])
        raise SchemaBroken("no")

    with pytest.raises(SchemaBroken):
        await bench.store.write(work)
    assert await bench.store.heads(["note/1"]) == {"note/1": (0, 1)}


async def test_rows_come_back_as_they_came_in_with_their_authors(bench: Bench) -> None:
    await bench.make("note/1")
    every_byte = bytes(range(256))
    first = Append("note/1", (Entry(b"\x00", "lea"), Entry(every_byte, "tom")))
    assert await bench.append(first) == [Appended(1, 2)]
    assert await bench.append(typed("note/1", every_byte * 8192)) == [Appended(3, 3)]

    rows = await bench.store.since("note/1", 0)
    assert [(row.seq, row.author_id) for row in rows] == [(1, "lea"), (2, "tom"), (3, "lea")]
    assert [row.update for row in rows] == [b"\x00", every_byte, every_byte * 8192]


async def test_a_batch_of_many_documents_is_answered_in_its_own_order(bench: Bench) -> None:
    await bench.make("note/b", "note/a")
    await bench.append(typed("note/a", b"before"))
    batch = [typed("note/b", b"1", b"2"), typed("note/gone", b"3"), typed("note/a", b"4")]
    assert await bench.append(*batch) == [Appended(1, 2), Absent(), Appended(2, 2)]
    assert await bench.updates("note/b") == [b"1", b"2"]
    assert await bench.updates("note/a") == [b"before", b"4"]


async def test_many_tasks_at_once_leave_no_gap_and_each_is_told_its_own_rows(bench: Bench) -> None:
    names = [f"note/{n}" for n in range(4)]
    await bench.make(*names)
    chance = random.Random(7)
    batches = [
        [typed(name, *(f"{n}.{m}".encode() for m in range(chance.randint(1, 3)))) for name in chance.sample(names, 2)]
        for n in range(60)
    ]
    answers = await asyncio.gather(*(bench.append(*batch) for batch in batches))

    logs = {name: await bench.updates(name) for name in names}
    for batch, outcomes in zip(batches, answers, strict=True):
        for append, outcome in zip(batch, outcomes, strict=True):
            assert isinstance(outcome, Appended)
            stored = logs[append.name][outcome.first - 1 : outcome.last]
            assert stored == [entry.update for entry in append.entries]
    assert sum(map(len, logs.values())) == sum(len(append.entries) for batch in batches for append in batch)


async def test_rows_are_read_from_any_point_and_no_more_than_asked_for(bench: Bench) -> None:
    await bench.make("note/1")
    await bench.append(typed("note/1", b"a", b"b", b"c", b"d"))
    assert [row.update for row in await bench.store.since("note/1", 1, limit=2)] == [b"b", b"c"]
    assert [row.seq for row in await bench.store.since("note/1", 3)] == [4]
    assert await bench.store.since("note/1", 4) == []


async def test_heads_are_those_of_the_documents_that_exist(bench: Bench) -> None:
    await bench.make("note/1", "note/2")
    await bench.append(typed("note/2", b"a", b"b"))
    assert await bench.store.heads(["note/2", "note/3", "note/1"]) == {"note/1": (0, 1), "note/2": (2, 1)}
    assert await bench.store.heads([]) == {}


# Conditional appends: a toy kind whose row in the toy table must say what its log says


async def test_of_two_writers_that_admit_against_one_head_exactly_one_is_stored(bench: Bench) -> None:
    await bench.make("contact/1")

    def admitted(update: bytes, head: int) -> Append:
        append = typed("contact/1", update, expected_head=head)
        return replace(append, within=lambda tx: bench.put(tx, "jobtitle", update.decode()))

    answers = await asyncio.gather(bench.append(admitted(b"baker", 0)), bench.append(admitted(b"smith", 0)))
    assert sorted(answers, key=str) == [[Appended(1, 1)], [Moved(1)]]
    won, lost = (b"baker", b"smith") if answers[0] == [Appended(1, 1)] else (b"smith", b"baker")
    assert await bench.get("jobtitle") == [won.decode()]

    missing = await bench.store.since("contact/1", 0)
    assert [row.update for row in missing] == [won]
    assert await bench.append(admitted(lost, missing[-1].seq)) == [Appended(2, 2)]
    assert await bench.get("jobtitle") == [update.decode() for update in await bench.updates("contact/1")]


async def test_writers_that_try_again_until_admitted_lose_nothing(bench: Bench) -> None:
    await bench.make("contact/1")

    async def count_up(author: str) -> int:
        refusals = 0
        for _ in range(10):
            while True:
                total = len(await bench.updates("contact/1"))
                append = typed("contact/1", str(total + 1).encode(), author=author, expected_head=total)
                within = replace(append, within=partial(bench.put, key="total", value=str(total + 1)))
                [outcome] = await bench.append(within)
                if outcome == Appended(total + 1, total + 1):
                    break
                assert isinstance(outcome, Moved)
                assert outcome.head > total
                refusals += 1
        return refusals

    await asyncio.gather(count_up("lea"), count_up("tom"), count_up("mia"))
    expected = [str(n + 1) for n in range(30)]
    assert [update.decode() for update in await bench.updates("contact/1")] == expected
    assert await bench.get("total") == expected


async def test_a_refusal_within_leaves_that_document_alone_untouched(bench: Bench) -> None:
    await bench.make("contact/1", "contact/2", "note/1")
    no = SchemaBroken("no such stage")

    async def refuse(tx: Tx) -> None:
        await bench.put(tx, "stage", "refused")
        raise no

    refused = Append("contact/1", (Entry(b"x", "lea", (7,)),), 0, refuse)
    taken = replace(typed("contact/2", b"y", expected_head=0), within=lambda tx: bench.put(tx, "stage", "taken"))
    assert await bench.append(refused, typed("note/1", b"z"), taken) == [Refused(no), Appended(1, 1), Appended(1, 1)]

    assert await bench.get("stage") == ["taken"]
    assert await bench.updates("contact/1") == []
    assert await bench.append(claiming("contact/1", "tom", 7)) == [Appended(1, 1)]


async def test_a_bug_within_is_logged_and_harms_no_other_document(
    bench: Bench, caplog: pytest.LogCaptureFixture
) -> None:
    await bench.make("contact/1", "note/1")

    async def stumble(tx: Tx) -> None:
        await bench.put(tx, "stage", "half")
        raise KeyError("forgotten")

    refused, taken = await bench.append(replace(typed("contact/1", b"x"), within=stumble), typed("note/1", b"z"))
    assert isinstance(refused, Refused)
    assert refused.error.reason == "error"
    assert taken == Appended(1, 1)
    assert await bench.get("stage") == []
    assert "forgotten" in caplog.text


async def test_a_fault_within_that_may_pass_stores_nothing_of_the_batch(bench: Bench) -> None:
    await bench.make("contact/1", "contact/2", "note/1")

    async def fail(tx: Tx) -> None:
        raise StoreUnavailable("the disk is full")

    good = replace(typed("contact/1", b"x"), within=lambda tx: bench.put(tx, "stage", "new"))
    with pytest.raises(StoreUnavailable):
        await bench.append(typed("note/1", b"z"), good, replace(typed("contact/2", b"y"), within=fail))
    assert await bench.store.heads(["contact/1", "contact/2", "note/1"]) == {
        "contact/1": (0, 1),
        "contact/2": (0, 1),
        "note/1": (0, 1),
    }
    assert await bench.get("stage") == []


# Tried again


async def test_a_batch_that_is_tried_again_is_stored_once_and_answered_the_same(bench: Bench) -> None:
    await bench.make("note/1", "note/2", "contact/1")
    await bench.append(claiming("note/2", "tom", 9))
    batch = [
        typed("note/1", b"a", b"b"),
        claiming("note/2", "lea", 9),
        replace(typed("contact/1", b"c", expected_head=0), within=lambda tx: bench.put(tx, "stage", "new")),
        typed("note/gone", b"d"),
    ]
    first = await bench.store.append(1, batch)
    assert first == [Appended(1, 2), Foreign(0, 9, "tom"), Appended(1, 1), Absent()]

    await bench.append(typed("note/1", b"somebody else"), typed("contact/1", b"somebody else"))
    assert await bench.store.append(1, batch) == first
    assert await bench.store.append(1, batch) == first
    assert await bench.updates("note/1") == [b"a", b"b", b"somebody else"]
    assert await bench.updates("contact/1") == [b"c", b"somebody else"]
    assert await bench.get("stage") == ["new"]


async def test_a_plain_batch_that_is_tried_again_is_stored_once(bench: Bench) -> None:
    await bench.make("note/1", "note/2")
    batch = [typed("note/1", b"a", b"b"), claiming("note/2", "lea", 9)]
    first = await bench.store.append(1, batch)
    assert await bench.store.append(1, batch) == first == [Appended(1, 2), Appended(1, 1)]
    assert await bench.updates("note/1") == [b"a", b"b"]


async def test_a_condition_that_the_first_try_itself_has_outrun_still_holds(bench: Bench) -> None:
    await bench.make("contact/1")
    alone = [typed("contact/1", b"a", expected_head=0)]
    assert await bench.store.append(1, alone) == [Appended(1, 1)]
    assert await bench.store.append(1, alone) == [Appended(1, 1)]
    assert await bench.store.append(2, alone) == [Moved(1)]


async def test_what_was_not_stored_the_first_time_is_decided_anew(bench: Bench) -> None:
    await bench.make("note/1")
    batch = [typed("note/1", b"a"), typed("note/2", b"b")]
    assert await bench.store.append(1, batch) == [Appended(1, 1), Absent()]
    await bench.make("note/2")
    assert await bench.store.append(1, batch) == [Appended(1, 1), Appended(1, 1)]
    assert await bench.store.append(1, batch) == [Appended(1, 1), Appended(1, 1)]
    assert await bench.updates("note/2") == [b"b"]


# Client ids


async def test_the_first_writer_owns_a_client_id_of_a_document(bench: Bench) -> None:
    await bench.make("note/1", "note/2")
    largest = 2**53 - 1
    assert await bench.append(claiming("note/1", "lea", 7, largest)) == [Appended(1, 1)]
    assert await bench.append(claiming("note/1", "tom", 8)) == [Appended(2, 2)]
    assert await bench.append(claiming("note/1", "lea", 7, 11)) == [Appended(3, 3)]
    assert await bench.append(claiming("note/2", "tom", 7)) == [Appended(1, 1)]

    stored = await bench.store.load("note/1")
    assert stored
    assert stored.owners == {7: "lea", largest: "lea", 8: "tom", 11: "lea"}


async def test_a_foreign_claim_stores_nothing_of_its_document_but_the_others(bench: Bench) -> None:
    await bench.make("note/1", "note/2")
    await bench.append(claiming("note/1", "lea", 7))
    stolen = Append("note/1", (Entry(b"mine", "tom", (8,)), Entry(b"hers", "tom", (7,))))
    assert await bench.append(stolen, typed("note/2", b"a")) == [Foreign(1, 7, "lea"), Appended(1, 1)]

    stored = await bench.store.load("note/1")
    assert stored
    assert (stored.head, stored.owners) == (1, {7: "lea"})


async def test_two_authors_in_one_append_cannot_share_a_client_id(bench: Bench) -> None:
    await bench.make("note/1")
    both = Append("note/1", (Entry(b"a", "lea", (7,)), Entry(b"b", "tom", (7,))))
    assert await bench.append(both) == [Foreign(1, 7, "lea")]
    assert await bench.append(claiming("note/1", "tom", 7)) == [Appended(1, 1)]


async def test_of_many_who_claim_an_id_at_once_one_gets_it(bench: Bench) -> None:
    await bench.make("note/1")
    answers = await asyncio.gather(*(bench.append(claiming("note/1", f"user {n}", 7)) for n in range(8)))
    stored = await bench.store.load("note/1")
    assert stored
    assert sorted(map(str, answers)) == sorted([str([Appended(1, 1)]), *[str([Foreign(0, 7, stored.owners[7])])] * 7])


# Snapshots


async def test_a_document_loads_as_its_snapshot_and_the_rows_after_it(bench: Bench) -> None:
    await bench.make("note/1")
    await bench.append(typed("note/1", b"a", b"b", b"c"))
    snapshot = Snapshot(2, b"state", b"vector", b"index")
    await bench.store.put_snapshot("note/1", 1, snapshot)

    stored = await bench.store.load("note/1")
    assert stored
    assert (stored.head, stored.snapshot) == (3, snapshot)
    assert [(row.seq, row.update) for row in stored.rows] == [(3, b"c")]
    assert await bench.updates("note/1") == [b"a", b"b", b"c"]
    whole = await bench.store.load("note/1", whole=True)
    assert whole
    assert (whole.head, whole.snapshot, [row.update for row in whole.rows]) == (3, None, [b"a", b"b", b"c"])


async def test_the_newest_snapshot_is_kept_whatever_order_they_come_in(bench: Bench) -> None:
    await bench.make("note/1")
    await bench.append(typed("note/1", b"a", b"b", b"c"))
    for seq, state in ((1, b"old"), (3, b"new"), (3, b"newest"), (2, b"late")):
        await bench.store.put_snapshot("note/1", 1, Snapshot(seq, state, b"vector", b"index"))

    stored = await bench.store.load("note/1")
    assert stored
    assert stored.snapshot == Snapshot(3, b"newest", b"vector", b"index")
    assert stored.rows == ()


async def test_a_snapshot_of_a_document_that_is_gone_is_dropped(bench: Bench) -> None:
    await bench.store.put_snapshot("note/1", 1, Snapshot(1, b"state", b"vector", b"index"))
    assert await bench.store.load("note/1") is None


# A database that went back in time


async def test_where_less_is_stored_than_was_seen_nothing_of_the_document_is_stored(bench: Bench) -> None:
    await bench.make("note/1", "note/2")
    await bench.append(typed("note/1", b"a", b"b"))
    known = replace(typed("note/1", b"c"), seen_head=2)
    assert await bench.append(known) == [Appended(3, 3)]
    ahead = replace(typed("note/1", b"d"), seen_head=4)
    assert await bench.append(ahead, typed("note/2", b"beside")) == [Older(3), Appended(1, 1)]
    conditional = replace(typed("note/1", b"d", expected_head=4), seen_head=4)
    assert await bench.append(conditional) == [Older(3)]
    assert await bench.updates("note/1") == [b"a", b"b", b"c"]


async def test_a_store_that_is_not_trusted_answers_nothing_but_why(bench: Bench) -> None:
    await bench.make("note/1")
    bench.store.distrust("an older copy")
    for call in (
        bench.append(typed("note/1", b"a")),
        bench.store.load("note/1"),
        bench.store.since("note/1", 0),
        bench.store.heads(["note/1"]),
        bench.make("note/2"),
    ):
        with pytest.raises(Distrusted, match="an older copy"):
            await call
