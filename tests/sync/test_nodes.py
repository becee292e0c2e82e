"""Several processes on one log: what one commits the others show, whatever the wire between them does."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from dataclasses import replace
from random import Random

import pytest

from sync import protocol
from sync.broker import Committed, LocalBroker, Message, Missed
from sync.kinds import Tx
from sync.lib0 import Reader, Writer
from sync.limits import Limits
from sync.memory_store import MemoryStore
from sync.rooms import Rooms
from sync.store import Row
from sync.tree import Element
from sync.workers import Workers
from tests.sync.wire import NAME, TOM, Client, HocuspocusClient, YWebsocketClient, engine, until

NO_SWEEP = replace(Limits(), sweep_seconds=3600.0)
"""Whatever comes, comes by the wire."""

SWEEP_ALONE = replace(Limits(), sweep_seconds=0.1)


class Nodes:
    """Engines on one memory store."""

    def __init__(self, workers: Workers, stack: AsyncExitStack) -> None:
        self.store, self.workers, self._stack = MemoryStore(), workers, stack
        self.wire: list[LocalBroker] = []

    async def start(
        self, node: str, limits: Limits = NO_SWEEP, broker: LocalBroker | None = None, **kind: object
    ) -> Rooms:
        broker = broker or LocalBroker(node, self.wire)
        return await self._stack.enter_async_context(engine(self.workers, self.store, limits, broker, **kind))


@pytest.fixture
async def nodes(workers: Workers) -> AsyncIterator[Nodes]:
    async with AsyncExitStack() as stack:
        yield Nodes(workers, stack)


async def open_clients(*clients: Client) -> None:
    for client in clients:
        client.connect()
    await until(lambda: all(client.synced for client in clients))


async def test_what_one_types_on_one_node_is_shown_on_the_other_without_a_look_at_the_log(nodes: Nodes) -> None:
    here, there = await nodes.start("here"), await nodes.start("there")
    lea, tom, other = HocuspocusClient(here, "lea"), HocuspocusClient(there, "tom"), YWebsocketClient(there, TOM)
    await open_clients(lea, tom, other)
    for letter in "Bonjour":
        lea.type(letter)
    await until(lambda: lea.text == tom.text == other.text == "Bonjour")
    other.type(" à tous")
    await until(lambda: lea.text == tom.text == "Bonjour à tous")
    await until(lambda: lea.saved and len(other.echoed) == 1)


async def test_two_nodes_writing_at_once_agree_and_every_word_is_stored_once(nodes: Nodes) -> None:
    here, there = await nodes.start("here"), await nodes.start("there")
    lea, tom = HocuspocusClient(here, "lea"), HocuspocusClient(there, "tom")
    await open_clients(lea, tom)
    for _ in range(100):
        lea.type("l")
        tom.type("t")
        await asyncio.sleep(0)
    await until(lambda: lea.text == tom.text and len(lea.text.replace("\n", "")) == 200)
    await until(lambda: lea.saved and tom.saved)
    rooms = [await here.open(NAME), await there.open(NAME)]
    await until(lambda: len({room.head for room in rooms}) == 1)
    assert [row.update for row in rooms[0].tail] == [row.update for row in rooms[1].tail]


async def test_a_forged_author_is_refused_where_the_true_one_is_not_and_nobody_else_notices(nodes: Nodes) -> None:
    here, there = await nodes.start("here"), await nodes.start("there")
    lea, tom, other = HocuspocusClient(here, "lea"), HocuspocusClient(there, "tom"), YWebsocketClient(there, TOM)
    await open_clients(lea, tom, other)
    lea.type("mine")
    await until(lambda: tom.text == other.text == "mine")
    vector = lea.doc.get_state()
    await lea.disconnect()
    lea.tasks.clear()
    lea.type(" too")
    tom.send(tom.prefix + protocol.update_body(lea.doc.get_update(vector)))
    await until(lambda: tom.denied == ["foreign-client"])
    assert other.socket.closed is None


class LossyBroker(LocalBroker):
    """A wire that loses, doubles and puts off a third of what it carries."""

    def __init__(self, node: str, wire: list[LocalBroker], chance: Random) -> None:
        super().__init__(node, wire)
        self._chance = chance
        self._kept: list[Message] = []

    def publish(self, message: Message) -> None:
        """Say it, or not, or twice, or behind what comes next."""
        match self._chance.choice(["said"] * 6 + ["lost", "doubled", "put off"]):
            case "said":
                super().publish(message)
            case "doubled":
                super().publish(message)
                super().publish(message)
            case "put off":
                self._kept.append(message)
                return
        for kept in self._kept:
            super().publish(kept)
        self._kept.clear()


async def test_over_a_wire_that_loses_doubles_and_reorders_all_agree_in_the_end(nodes: Nodes, chance: Random) -> None:
    rooms = [
        await nodes.start(name, SWEEP_ALONE, LossyBroker(name, nodes.wire, chance)) for name in ("one", "two", "three")
    ]
    clients = [HocuspocusClient(engine, who) for engine, who in zip(rooms, ("lea", "tom", "lea"), strict=True)]
    await open_clients(*clients)
    for _ in range(60):
        chance.choice(clients).type(chance.choice("abc"))
        await asyncio.sleep(chance.choice([0, 0, 0.005]))
    await until(lambda: all(client.saved for client in clients))
    await until(lambda: len({client.text for client in clients}) == 1)
    assert len(clients[0].text.replace("\n", "")) == 60


async def test_without_any_wire_the_sweep_keeps_nodes_together(nodes: Nodes) -> None:
    here = await nodes.start("here", SWEEP_ALONE, LocalBroker("here"))
    there = await nodes.start("there", SWEEP_ALONE, LocalBroker("there"))
    lea, tom = HocuspocusClient(here, "lea"), HocuspocusClient(there, "tom")
    await open_clients(lea, tom)
    lea.type("by the log")
    await until(lambda: tom.text == "by the log")


async def test_a_subscription_that_begins_anew_reads_what_was_missed(nodes: Nodes) -> None:
    here, deaf = await nodes.start("here"), LocalBroker("there")
    there = await nodes.start("there", broker=deaf)
    lea, tom = HocuspocusClient(here, "lea"), HocuspocusClient(there, "tom")
    await open_clients(lea, tom)
    lea.type("missed")
    await until(lambda: lea.saved)
    assert tom.text == ""
    (await there.open(NAME)).hear(Missed(NAME))
    await until(lambda: tom.text == "missed")


async def test_rows_that_the_log_does_not_have_do_not_outlive_a_look_at_it(nodes: Nodes) -> None:
    here = await nodes.start("here", SWEEP_ALONE)
    lea = HocuspocusClient(here, "lea")
    await open_clients(lea)
    room = await here.open(NAME)
    for update in (b"no update at all", b"\x00"):
        room.hear(Committed(NAME, "there", room.head + 1, (Row(room.head + 1, "usr_x", 0, update),)))
    lea.type("still here")
    await until(lambda: lea.saved and lea.text == "still here")
    assert not lea.denied


def present(client: int, clock: int) -> bytes:
    return Writer().var_uint(1).var_uint(client).var_uint(clock).var_string('{"cursor":1}').finish()


def who_is_here(client: HocuspocusClient) -> set[int]:
    """By the awareness frames that came: the client ids that are present."""
    here: dict[int, str] = {}
    for frame in client.frames:
        reader = Reader(frame, len(client.prefix)) if frame.startswith(client.prefix) else None
        if reader and reader.var_uint() == protocol.AWARENESS:
            entries = Reader(reader.var_bytes())
            for _ in range(entries.count()):
                client_id, _, state = entries.var_uint(), entries.var_uint(), entries.var_string()
                here[client_id] = state
    return {client_id for client_id, state in here.items() if state != "null"}


async def test_who_is_on_another_node_is_shown_to_who_was_and_who_comes_and_ends_with_the_session(nodes: Nodes) -> None:
    here, there = await nodes.start("here"), await nodes.start("there")
    lea, tom = HocuspocusClient(here, "lea"), HocuspocusClient(there, "tom")
    await open_clients(lea, tom)
    lea.send(lea.prefix + protocol.awareness_body(present(71, 1)))
    await until(lambda: who_is_here(tom) == {71})

    third = await nodes.start("third")
    late = HocuspocusClient(third, "tom")
    await open_clients(late)
    (await third.open(NAME)).hear(Missed(NAME))  # a Redis subscription begins so
    await until(lambda: who_is_here(late) == {71})

    await lea.disconnect()
    await until(lambda: who_is_here(tom) == who_is_here(late) == set())


async def test_only_who_commits_renders_the_projection(nodes: Nodes) -> None:
    settled: list[str] = []

    def by(node: str) -> Callable[[Tx, str, Element, int], object]:
        async def settle(tx: Tx, name: str, tree: Element, seq: int) -> None:
            settled.append(node)

        return settle

    here, there = await nodes.start("here", settled=by("here")), await nodes.start("there", settled=by("there"))
    lea, tom = HocuspocusClient(here, "lea"), HocuspocusClient(there, "tom")
    await open_clients(lea, tom)
    lea.type("once")
    await until(lambda: settled == ["here"] and tom.text == "once")
    tom.type(" more")
    await until(lambda: settled == ["here", "there"])
