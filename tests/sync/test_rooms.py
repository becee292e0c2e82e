"""The engine's promises, on sockets in memory: seen is saved, statuses are honest, refusals have their reasons."""

from __future__ import annotations

import asyncio
import os
import time
from dataclasses import replace
from functools import partial
from typing import Any, Never

import pytest

from sync import documents, protocol
from sync.errors import Restart
from sync.index import Index
from sync.kinds import Actor, Role, Tx
from sync.lib0 import Writer, write_vector
from sync.limits import Limits
from sync.memory_store import MemoryStore
from sync.room import Room
from sync.store import Append, Entry, Outcome, Row, Snapshot, Stored, StoreUnavailable
from sync.structs import read_update
from sync.tree import Element, Text
from sync.workers import Workers
from tests.sync.toys import draw_toy
from tests.sync.wire import (
    LEA,
    MIA,
    NAME,
    TOM,
    Client,
    GatedStore,
    HocuspocusClient,
    YWebsocketClient,
    engine,
    until,
)


async def open_clients(*clients: Client) -> None:
    for client in clients:
        client.connect()
    await until(lambda: all(client.synced for client in clients))


async def test_what_one_types_is_shown_to_all_in_both_dialects(workers: Workers) -> None:
    async with engine(workers) as rooms:
        lea, tom, other = HocuspocusClient(rooms, "lea"), HocuspocusClient(rooms, "tom"), YWebsocketClient(rooms, TOM)
        await open_clients(lea, tom, other)
        lea.type("Bonjour")
        await until(lambda: tom.text == other.text == "Bonjour")
        other.type(" à tous 🌍")
        await until(lambda: lea.text == tom.text == other.text == "Bonjour à tous 🌍")
        await until(lambda: lea.saved and tom.saved and len(other.echoed) == len(other.sent))


async def test_nobody_sees_an_edit_and_nobody_says_saved_before_the_commit(workers: Workers) -> None:
    store = GatedStore()
    async with engine(workers, store) as rooms:
        lea, tom, late = (HocuspocusClient(rooms, token) for token in ("lea", "tom", "tom"))
        echo = YWebsocketClient(rooms, LEA)
        await open_clients(lea, tom, echo)
        await until(lambda: lea.saved and tom.saved)
        store.gate.clear()
        lea.type("secret")
        echo.type("too")
        room = await rooms.open(NAME)
        await until(lambda: room.busy)
        await open_clients(late)
        await asyncio.sleep(0.05)
        assert tom.text == late.text == ""
        assert not lea.saved
        assert not echo.echoed
        store.gate.set()
        await until(lambda: "secret" in tom.text and "too" in tom.text and late.text == tom.text == lea.text)
        await until(lambda: lea.saved and len(echo.echoed) == 1)


async def test_what_was_typed_offline_goes_up_in_the_handshake_and_is_then_saved(workers: Workers) -> None:
    async with engine(workers) as rooms:
        lea, tom = HocuspocusClient(rooms, "lea"), HocuspocusClient(rooms, "tom")
        await open_clients(tom)
        lea.type("from the train")
        await open_clients(lea)
        await until(lambda: lea.saved and tom.text == "from the train")


async def test_a_resent_update_is_acknowledged_and_not_stored_again(workers: Workers) -> None:
    async with engine(workers) as rooms:
        lea = HocuspocusClient(rooms, "lea")
        await open_clients(lea)
        lea.type("once")
        await until(lambda: lea.saved)
        lea.unsynced += 1
        lea.send(lea.prefix + protocol.update_body(lea.doc.get_update()))
        room = await rooms.open(NAME)
        head = room.head
        lea.type("!")
        await until(lambda: room.head == head + 1)


async def test_of_an_update_that_repeats_what_is_known_only_the_rest_is_stored(workers: Workers) -> None:
    async with engine(workers) as rooms:
        lea = HocuspocusClient(rooms, "lea")
        await open_clients(lea)
        lea.type("once")
        await until(lambda: lea.saved)
        real_send, lea.send = lea.send, lambda frame: None  # type: ignore[method-assign]
        lea.type("!")
        lea.send = real_send  # type: ignore[method-assign]
        lea.send(lea.prefix + protocol.update_body(lea.doc.get_update()))
        await until(lambda: lea.unsynced == 0)
        (structs,) = read_update((await rooms.open(NAME)).tail[-1].update, Limits()).structs.values()
        assert [struct.content for struct in structs] == ["!"]


async def test_an_update_that_comes_before_what_it_builds_on_is_held_then_taken_in_order(workers: Workers) -> None:
    async with engine(workers) as rooms:
        lea, tom = HocuspocusClient(rooms, "lea"), HocuspocusClient(rooms, "tom")
        await open_clients(lea, tom)
        sent: list[bytes] = []
        real_send, lea.send = lea.send, sent.append  # type: ignore[method-assign]
        for letter in "abc":
            lea.type(letter)
        for frame in reversed(sent):
            real_send(frame)
        await until(lambda: tom.text == "abc")
        lea.send = real_send  # type: ignore[method-assign]
        await until(lambda: lea.unsynced == 0)


class CountingStore(MemoryStore):
    reads = 0

    async def since(self, name: str, seq: int, limit: int = 1000) -> list[Row]:
        self.reads += 1
        return await super().since(name, seq, limit)


async def test_what_comes_before_the_syncstep2_it_builds_on_does_not_read_the_log_each_time(workers: Workers) -> None:
    store = CountingStore()
    async with engine(workers, store) as rooms:
        lea, tom = HocuspocusClient(rooms, "lea"), HocuspocusClient(rooms, "tom")
        await open_clients(tom)
        lea.type("never arrived, then: ")
        lea.connect()
        for letter in "abc" * 60:
            lea.type(letter)
        await until(lambda: lea.saved and tom.text == lea.text)
        assert store.reads < 10


async def test_a_gap_that_never_closes_ends_the_socket_with_a_restart(workers: Workers) -> None:
    limits = replace(Limits(), held_seconds_max=0.1, sweep_seconds=0.05)
    async with engine(workers, limits=limits) as rooms:
        lea = HocuspocusClient(rooms, "lea")
        await open_clients(lea)
        lea.tasks, tasks = [], lea.tasks
        lea.type("lost")
        lea.tasks = tasks
        lea.type("?")
        await until(lambda: lea.socket.closed == (1012, "restart"))


async def test_a_reader_sees_everything_and_changes_nothing(workers: Workers) -> None:
    async with engine(workers) as rooms:
        lea, mia, quiet = HocuspocusClient(rooms, "lea"), HocuspocusClient(rooms, "mia"), YWebsocketClient(rooms, MIA)
        await open_clients(lea, mia, quiet)
        assert mia.role == "readonly"
        await until(lambda: mia.saved)
        lea.type("kept")
        await until(lambda: mia.text == quiet.text == "kept")
        mia.type(" and mine")
        quiet.type(" and mine too")
        await until(lambda: mia.refusals == 1 and quiet.denied == ["readonly"])
        assert not mia.saved
        assert lea.text == "kept"


async def test_a_reader_who_may_write_again_is_sent_back_for_what_was_turned_away(workers: Workers) -> None:
    async with engine(workers) as rooms:
        mia, quiet = HocuspocusClient(rooms, "mia"), YWebsocketClient(rooms, MIA)
        await open_clients(mia, quiet)
        mia.type("turned")
        quiet.type("away")
        await until(lambda: mia.refusals == 1 and quiet.denied == ["readonly"])
        for _, session in list(rooms.sessions()):
            session.regrade(MIA, "read-write")
        await until(lambda: mia.socket.closed == quiet.socket.closed == (1012, "restart"))


async def test_a_second_auth_brings_the_right_of_that_moment(workers: Workers) -> None:
    roles: dict[str, Role] = {MIA.id: "readonly"}

    async def changing(actor: Actor, name: str) -> Role | None:
        return roles[actor.id]

    async with engine(workers, authorise=changing) as rooms:
        mia = HocuspocusClient(rooms, "mia")
        await open_clients(mia)
        roles[MIA.id] = "read-write"
        mia.sign_in()
        await until(lambda: mia.role == "read-write")
        mia.type("taken at once")
        await until(lambda: mia.saved)
        assert mia.refusals == 0


@pytest.mark.parametrize(
    ("token", "name", "reason"),
    [("nobody", NAME, "unauthenticated"), ("lea", "note/secret", "not-found"), ("lea", "note/none", "not-found"),
     ("lea", "other/one", "not-found")],
)  # fmt: skip
async def test_who_may_not_come_in_is_told_why_and_may_try_again(
    workers: Workers, token: str, name: str, reason: str
) -> None:
    async with engine(workers) as rooms:
        client = HocuspocusClient(rooms, token, name)
        client.connect()
        await until(lambda: client.denied == [reason])
        client.sign_in()
        await until(lambda: client.denied == [reason, reason])
        assert client.socket.closed is None


@pytest.mark.parametrize(("name", "code"), [("note/secret", 4404), ("note/none", 4404), ("nothing", 4404)])
async def test_a_y_websocket_client_that_may_not_come_in_is_closed_for_good(
    workers: Workers, name: str, code: int
) -> None:
    async with engine(workers) as rooms:
        client = YWebsocketClient(rooms, LEA, name)
        client.connect()
        await until(lambda: client.socket.closed == (code, "not-found"))


async def test_after_a_refused_auth_a_second_one_is_a_fresh_try_that_ends_saved(workers: Workers) -> None:
    async with engine(workers) as rooms:
        lea, tom = HocuspocusClient(rooms, "nobody"), HocuspocusClient(rooms, "tom")
        lea.connect()
        await until(lambda: lea.denied == ["unauthenticated"])
        lea.type("while locked out")
        lea.token = "lea"
        lea.sign_in()
        await open_clients(tom)
        await until(lambda: lea.saved and tom.text == "while locked out")


async def test_a_broken_schema_is_refused_on_its_address_and_others_do_not_notice(workers: Workers) -> None:
    async with engine(workers) as rooms:
        lea, tom = HocuspocusClient(rooms, "lea"), HocuspocusClient(rooms, "tom")
        await open_clients(lea, tom)
        update = Writer().var_uint(1).var_uint(1).var_uint(99).var_uint(0).byte(7).var_uint(1).var_string("default")
        lea.send(lea.prefix + protocol.update_body(update.var_uint(3).var_string("script").var_uint(0).finish()))
        await until(lambda: lea.denied == ["schema"])
        tom.type("calm")
        await until(lambda: tom.saved)


@pytest.mark.parametrize(
    "update", [b"", b"\x01", b"\xff" * 9, b"\x00\x00\x00", b"\x01\x01\x01\x00\x04\x01\x07default\x00\x00"]
)
async def test_malformed_updates_are_refused_in_both_dialects(workers: Workers, update: bytes) -> None:
    async with engine(workers) as rooms:
        lea, tom = HocuspocusClient(rooms, "lea"), YWebsocketClient(rooms, TOM)
        await open_clients(lea, tom)
        lea.send(lea.prefix + protocol.update_body(update))
        tom.send(protocol.update_body(update))
        await until(lambda: lea.denied == ["malformed"] and tom.socket.closed == (4400, "malformed"))


async def test_nobody_writes_under_the_client_id_of_another_user(workers: Workers) -> None:
    async with engine(workers) as rooms:
        lea, tom, thief = HocuspocusClient(rooms, "lea"), HocuspocusClient(rooms, "tom"), HocuspocusClient(rooms, "tom")
        await open_clients(lea, tom)
        lea.type("mine")
        await until(lambda: tom.text == "mine")
        sent: list[bytes] = []
        real, lea.send = lea.send, sent.append  # type: ignore[method-assign]
        lea.type(" still")
        lea.send = real  # type: ignore[method-assign]
        await open_clients(thief)
        thief.send(sent[0])
        await until(lambda: thief.denied == ["foreign-client"])
        assert tom.text == "mine"


async def test_a_slow_reader_is_caught_up_from_the_log_and_loses_nothing(workers: Workers) -> None:
    limits = replace(Limits(), outbox_frames_max=8, commit_interval_seconds=0.001)
    async with engine(workers, limits=limits) as rooms:
        lea, tom = HocuspocusClient(rooms, "lea"), HocuspocusClient(rooms, "tom")
        await open_clients(lea, tom)
        tom.socket.flowing.clear()
        for _ in range(200):
            lea.type("x")
        await until(lambda: lea.saved)
        tom.socket.flowing.set()
        await until(lambda: tom.text == "x" * 200)


async def test_who_reads_too_slowly_is_closed_to_come_back_later(workers: Workers) -> None:
    limits = replace(Limits(), outbox_frames_max=4, behind_seconds_max=0.1)
    async with engine(workers, limits=limits) as rooms:
        lea, tom = HocuspocusClient(rooms, "lea"), HocuspocusClient(rooms, "tom")
        await open_clients(lea, tom)
        tom.socket.flowing.clear()
        for _ in range(50):
            lea.type("x")
        await until(lambda: tom.socket.closed == (1013, "overload"))


async def test_a_document_that_grows_too_large_refuses_what_is_too_much(workers: Workers) -> None:
    limits = replace(Limits(), document_bytes_max=2_000)
    async with engine(workers, limits=limits) as rooms:
        lea = HocuspocusClient(rooms, "lea")
        await open_clients(lea)
        lea.type("x" * 1_500)
        await until(lambda: lea.saved)
        lea.type("y" * 1_500)
        await until(lambda: lea.denied == ["document-too-large"])


async def test_a_database_that_fails_for_a_while_costs_nothing(workers: Workers) -> None:
    class Failing(MemoryStore):
        failures = 3

        async def append(self, batch_id: int, appends: Any) -> list[Outcome]:
            outcome = await super().append(batch_id, appends)
            if self.failures:
                self.failures -= 1
                raise StoreUnavailable("the answer was lost")
            return outcome

    async with engine(workers, Failing()) as rooms:
        lea, tom = HocuspocusClient(rooms, "lea"), HocuspocusClient(rooms, "tom")
        await open_clients(lea, tom)
        lea.type("once")
        await until(lambda: lea.saved and tom.text == "once")
        assert (await rooms.open(NAME)).head == 1


async def test_a_mistake_in_telling_of_a_commit_costs_that_document_a_reload_and_nothing_more(
    workers: Workers, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> Never:
        raise LookupError("nobody has thought of this")

    async with engine(workers) as rooms:
        lea = HocuspocusClient(rooms, "lea")
        await open_clients(lea)
        lea.type("before ")
        await until(lambda: lea.saved)
        with monkeypatch.context() as mistaken:
            mistaken.setattr(Room, "_deliver", fail)
            with pytest.raises(Restart):
                await rooms.append_content(NAME, TOM, (Element("paragraph", {}, (Text("committed"),)),))

        await until(lambda: lea.socket.closed == (1012, "restart"))
        back = HocuspocusClient(rooms, "lea")
        await open_clients(back)
        back.type("after ")
        await until(lambda: back.saved)
        assert back.text == "before after \ncommitted"


async def test_a_database_that_is_gone_for_too_long_ends_the_sockets_and_lies_to_nobody(workers: Workers) -> None:
    store = GatedStore()

    async def gone(batch_id: int, appends: Any) -> list[Outcome]:
        raise StoreUnavailable("no")

    store.append = gone  # type: ignore[method-assign]
    async with engine(workers, store, replace(Limits(), commit_retry_seconds_max=0.3)) as rooms:
        lea, tom = HocuspocusClient(rooms, "lea"), HocuspocusClient(rooms, "tom")
        await open_clients(lea, tom)
        lea.type("unheard")
        await until(lambda: lea.socket.closed == tom.socket.closed == (1013, "overload"))
        assert not lea.saved
        assert tom.text == ""


@pytest.mark.parametrize("dialect", [HocuspocusClient, YWebsocketClient])
async def test_a_database_that_cannot_be_read_ends_the_socket_and_no_word(workers: Workers, dialect: Any) -> None:
    class Unreadable(MemoryStore):
        async def since(self, name: str, seq: int, limit: int = 1000) -> list[Row]:
            raise StoreUnavailable("no")

    async with engine(workers, Unreadable()) as rooms:
        tom = dialect(rooms, TOM if dialect is YWebsocketClient else "tom")
        beside = HocuspocusClient(rooms, "lea")
        await open_clients(tom)
        beside.type("beside")
        words = beside.doc.get_update()
        await rooms.store.append(1, [Append(NAME, (Entry(words, LEA.id),))])
        tom.apply(words)
        tom.type("behind what this process has not read")
        await until(lambda: tom.socket.closed == (1013, "overload"))
        await tom.tasks[0]


async def test_what_somebody_else_writes_into_the_log_is_found_by_the_sweep_and_by_the_next_commit(
    workers: Workers,
) -> None:
    store = MemoryStore()
    limits = replace(Limits(), sweep_seconds=0.05)
    async with engine(workers, store, limits) as rooms:
        lea = HocuspocusClient(rooms, "lea")
        beside = HocuspocusClient(rooms, "tom")
        await open_clients(lea)
        beside.type("beside")
        outcome = await store.append(1, [Append(NAME, (Entry(beside.doc.get_update(), TOM.id),))])
        assert len(outcome) == 1
        await until(lambda: lea.text == "beside")


async def test_an_edit_of_the_server_ends_with_the_room_that_it_was_made_for(workers: Workers) -> None:
    async with engine(workers) as rooms:
        room = await rooms.open(NAME)
        edit = asyncio.create_task(
            rooms.append_content(NAME, LEA, (Element("paragraph", children=(Text("too late"),)),))
        )
        while not room.editing.locked():  # noqa: ASYNC110 - at its first step, and its worker answers much later
            await asyncio.sleep(0)
        rooms.drop(room, Restart("somebody pulled it away"))
        with pytest.raises(Restart, match="pulled"):
            await edit
        lea = HocuspocusClient(rooms, "lea")
        await open_clients(lea)
        lea.type("in time")
        await until(lambda: lea.saved)
        assert [row.author_id for row in await rooms.store.since(NAME, 0)] == [LEA.id]
        assert lea.text == "in time"


async def test_a_database_that_was_away_for_long_does_not_put_rendering_off_for_longer(workers: Workers) -> None:
    class Failing(MemoryStore):
        failures = 0

        async def write(self, work: Any) -> None:
            if self.failures:
                self.failures -= 1
                raise StoreUnavailable("no")
            await super().write(work)

    seen: list[int] = []

    async def settled(tx: Tx, name: str, tree: Element, seq: int) -> None:
        seen.append(seq)

    async def unsettled() -> list[str]:
        return [] if seen else [NAME]

    store, limits = Failing(), replace(Limits(), sweep_seconds=0.05, settle_quiet_seconds=0.01)
    async with engine(workers, store, limits, settled=settled, unsettled=unsettled) as rooms:
        lea = HocuspocusClient(rooms, "lea")
        await open_clients(lea)
        seen.clear()
        store.failures = 8
        lea.type("shown as soon as it can be")
        await until(lambda: seen == [1], seconds=5)


async def test_a_settled_document_is_rendered_with_the_seq_it_covers(workers: Workers) -> None:
    seen: list[tuple[str, Element, int]] = []

    async def settled(tx: Tx, name: str, tree: Element, seq: int) -> None:
        seen.append((name, tree, seq))

    limits = replace(Limits(), settle_quiet_seconds=0.02)
    async with engine(workers, limits=limits, settled=settled) as rooms:
        lea = HocuspocusClient(rooms, "lea")
        await open_clients(lea)
        lea.type("settled")
        await until(lambda: bool(seen))
        name, tree, seq = seen[-1]
        assert (name, seq) == (NAME, (await rooms.open(NAME)).head)
        assert tree == Element("", {}, (Element("paragraph", {}, (Text("settled"),)),))


async def test_many_that_are_due_together_are_settled_a_few_at_a_time(workers: Workers) -> None:
    names = [f"{NAME}-{n}" for n in range(2 * (os.cpu_count() or 1) + 2)]
    at_once: list[int] = []
    seen: set[str] = set()

    class Slow(MemoryStore):
        running = 0

        async def write(self, work: Any) -> None:
            self.running += 1
            at_once.append(self.running)
            await asyncio.sleep(0.05)  # so long that whoever else may begin is there too
            await super().write(work)
            self.running -= 1

    async def settled(tx: Tx, name: str, tree: Element, seq: int) -> None:
        seen.add(name)

    store = Slow()
    async with engine(workers, store, settled=settled) as rooms:
        for name in names:
            await store.write(partial(store.create, name=name))
        at_once.clear()
        for name in names:
            await rooms.append_content(name, LEA, (Element("paragraph", {}, (Text(name),)),))
        await until(lambda: seen == set(names))
    assert max(at_once) == max(1, (os.cpu_count() or 1) // 2)


async def test_what_is_kept_of_a_settled_document_is_drawn_by_a_worker(workers: Workers) -> None:
    seen: list[dict[str, int]] = []

    async def settled(tx: Tx, name: str, drawn: dict[str, int], seq: int) -> None:
        seen.append(drawn)

    async with engine(workers, draw=draw_toy, settled=settled) as rooms:
        await rooms.append_content(NAME, LEA, (Element("paragraph", {}, (Text("one"),)), Element("paragraph")))
        await rooms.settle(NAME)
    assert [drawn["blocks"] for drawn in seen] == [2]
    assert seen[0]["process"] != os.getpid()


async def test_a_snapshot_is_kept_on_the_way_and_serves_the_next_opening(workers: Workers) -> None:
    store = MemoryStore()
    limits = replace(Limits(), rows_before_snapshot=20, settle_quiet_seconds=0.02)

    async def settled(tx: Tx, name: str, tree: Element, seq: int) -> None:
        return

    async with engine(workers, store, limits, settled=settled) as rooms:
        lea = HocuspocusClient(rooms, "lea")
        await open_clients(lea)
        for number in range(60):
            lea.type(f"{number} ")
        await until(lambda: lea.saved)
        room = await rooms.open(NAME)
        await until(lambda: room.snapshot is not None and room.snapshot.seq == room.head)
        text = lea.text
    stored = await store.load(NAME)
    assert stored
    assert stored.snapshot
    async with engine(workers, store, limits) as rooms:
        tom, lea = HocuspocusClient(rooms, "tom"), HocuspocusClient(rooms, "lea")
        await open_clients(tom, lea)
        assert tom.text == text
        lea.type("more")
        await until(lambda: tom.text == text + "more" and lea.saved)


@pytest.mark.parametrize("rows_after", [0, 3])
async def test_a_snapshot_of_another_version_is_made_anew_from_the_log(workers: Workers, rows_after: int) -> None:
    store = MemoryStore()
    limits = replace(Limits(), rows_before_snapshot=5, settle_quiet_seconds=0.02)
    async with engine(workers, store) as rooms:
        for number in range(9):
            await rooms.append_content(NAME, LEA, (Element("paragraph", {}, (Text(f"{number}"),)),))
        room = await rooms.open(NAME)
        state = documents.fold(None, [row.update for row in room.tail[: 9 - rows_after]]).state
    other = Snapshot(9 - rows_after, state, write_vector({}), b'[1,"what an older version wrote"]')
    await store.put_snapshot(NAME, 1, other)

    async with engine(workers, store, limits) as rooms:
        tom = HocuspocusClient(rooms, "tom")
        await open_clients(tom)
        assert tom.text == "\n".join("012345678")
        tom.type("more")
        await until(lambda: tom.saved)
        room = await rooms.open(NAME)
        await until(lambda: room.snapshot is not None and room.snapshot.seq == room.head)
        assert Index.load(room.snapshot.index).vector() == room.snapshot.state_vector


async def test_an_edit_by_the_server_merges_with_what_is_being_typed(workers: Workers) -> None:
    async with engine(workers) as rooms:
        lea = HocuspocusClient(rooms, "lea")
        await open_clients(lea)
        lea.type("one two three")
        await until(lambda: lea.saved)
        target = Element("", {}, (Element("paragraph", {}, (Text("one 2 three"),)),))
        lea.type("!")
        seq = await rooms.replace_content(NAME, TOM, target)
        assert 1 < seq <= (await rooms.open(NAME)).head
        await until(lambda: "one 2 three" in lea.text)
        await rooms.append_content(NAME, TOM, (Element("paragraph", {}, (Text("added"),)),))
        await until(lambda: lea.text.endswith("\nadded"))


async def test_an_idle_room_leaves_memory_and_opens_again_as_it_was(workers: Workers) -> None:
    limits = replace(Limits(), room_idle_seconds=0.0, sweep_seconds=0.02, settle_quiet_seconds=0.01)
    async with engine(workers, limits=limits) as rooms:
        lea = HocuspocusClient(rooms, "lea")
        await open_clients(lea)
        lea.type("kept")
        await until(lambda: lea.saved)
        await lea.disconnect()
        await until(lambda: rooms.peek(NAME) is None)
        tom = HocuspocusClient(rooms, "tom")
        await open_clients(tom)
        assert tom.text == "kept"


async def test_presence_is_shown_to_all_and_ends_with_the_session(workers: Workers) -> None:
    async with engine(workers) as rooms:
        lea, tom = HocuspocusClient(rooms, "lea"), HocuspocusClient(rooms, "tom")
        await open_clients(lea, tom)
        entry = Writer().var_uint(1).var_uint(5).var_uint(1).var_string("{}").finish()
        lea.send(lea.prefix + protocol.awareness_body(entry))
        await until(lambda: any(b"usr_lea" in frame for frame in tom.frames))
        await lea.disconnect()
        await until(lambda: tom.frames[-1].endswith(b"\x05\x01\x04null"))


async def test_a_drain_saves_what_was_taken_then_sends_everybody_away(workers: Workers) -> None:
    store = GatedStore()
    async with engine(workers, store) as rooms:
        lea = HocuspocusClient(rooms, "lea")
        await open_clients(lea)
        store.gate.clear()
        lea.type("last words")
        room = await rooms.open(NAME)
        await until(lambda: room.busy)
        draining = asyncio.create_task(rooms.drain())
        store.gate.set()
        await draining
        await until(lambda: lea.socket.closed == (1012, "restart"))
        assert lea.saved
    assert (await store.heads([NAME]))[NAME][0] == 1


async def test_a_socket_on_which_nobody_signs_in_is_closed(workers: Workers) -> None:
    async with engine(workers, limits=replace(Limits(), auth_seconds_max=0.1)) as rooms:
        lea = HocuspocusClient(rooms, "lea")
        Client.connect(lea)
        lea.send(lea.prefix + lea.sync_step1)
        await until(lambda: lea.socket.closed == (4401, "unauthenticated"))


async def test_a_socket_that_says_nothing_is_pinged_again_and_again(workers: Workers) -> None:
    class Pinged(HocuspocusClient):
        pings = 0

        def hear(self, frame: bytes) -> None:
            self.pings += frame == protocol.PING_FRAME
            super().hear(frame)

    async with engine(workers, limits=replace(Limits(), ping_seconds=0.1, auth_seconds_max=0.1)) as rooms:
        lea = Pinged(rooms, "lea")
        await open_clients(lea)
        await until(lambda: lea.pings >= 4)
        assert lea.socket.closed is None


async def test_a_database_that_takes_its_time_is_no_fault_of_who_signs_in(workers: Workers) -> None:
    class Slow(MemoryStore):
        async def load(self, name: str, *, whole: bool = False) -> Stored | None:
            await asyncio.sleep(5 * limits.auth_seconds_max)
            return await super().load(name, whole=whole)

    limits = replace(Limits(), auth_seconds_max=0.1)
    async with engine(workers, Slow(), limits) as rooms:
        lea = HocuspocusClient(rooms, "lea")
        await open_clients(lea)
        lea.type("let in after all")
        await until(lambda: lea.saved)
        assert lea.denied == []


async def test_a_process_that_stood_still_blames_nobody_for_it(workers: Workers) -> None:
    async with engine(workers, limits=replace(Limits(), auth_seconds_max=0.2)) as rooms:
        lea = HocuspocusClient(rooms, "lea")
        Client.connect(lea)
        lea.send(lea.prefix + lea.sync_step1)
        await until(lambda: lea.socket.inbox.empty())
        time.sleep(0.5)  # noqa: ASYNC251 - the whole process, loop and all
        for _ in range(5):
            await asyncio.sleep(0)  # what came meanwhile is read after what is due with time
        lea.sign_in()
        lea.unsynced = 1
        await until(lambda: lea.saved)
        assert lea.denied == []


async def test_offline_deletions_that_leave_the_count_in_doubt_cost_one_reconnect(workers: Workers) -> None:
    async with engine(workers, limits=replace(Limits(), doubt_quiet_seconds=0.1)) as rooms:
        lea = HocuspocusClient(rooms, "lea")
        await open_clients(lea)
        lea.type("abc")
        await until(lambda: lea.saved)
        await lea.disconnect()
        again = HocuspocusClient(rooms, "lea")
        again.apply(lea.doc.get_update())
        Client.connect(again)
        again.sign_in()
        again.send(again.prefix + again.sync_step1)
        again.erase(0, 1)  # as if queued offline: it comes before the pong
        await until(lambda: again.socket.closed == (1012, "restart"))
