"""Documents with `admit`: nobody but the author ever sees a bad value, and row, document and history agree."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import pytest
from pycrdt import Map

from sync import protocol
from sync.broker import LocalBroker
from sync.errors import SyncError
from sync.kinds import Kind, Problem, Rejected, Tx, Verdict
from sync.lib0 import Reader
from sync.limits import Limits
from sync.memory_store import MemoryStore
from sync.rooms import Rooms
from sync.workers import Workers
from tests.sync.toys import TOY_SCHEMA, admit_toy
from tests.sync.wire import TOM, GatedStore, HocuspocusClient, authorise, until

NAME = "toy/one"


class TooLate(SyncError):
    """What a kind may raise of its own."""


class MapClient(HocuspocusClient):
    """A client whose document is a map; `seen` is every value of `age` it was ever shown."""

    def __init__(self, rooms: Rooms, token: str) -> None:
        super().__init__(rooms, token, NAME)
        self.doc["properties"] = self.map = Map[Any]()
        self.seen: list[Any] = []
        self.told: list[dict[str, Any]] = []

    @property
    def values(self) -> dict[str, Any]:
        return self.map.to_py() or {}

    def apply(self, update: bytes) -> None:
        super().apply(update)
        self.seen.append(self.values.get("age"))

    def hear(self, frame: bytes) -> None:
        reader = Reader(frame, len(self.prefix))
        if frame != protocol.PING_FRAME and reader.var_uint() == protocol.STATELESS:
            self.told.append(json.loads(reader.var_string()))
        else:
            super().hear(frame)


@asynccontextmanager
async def toys(store: MemoryStore, workers: Workers, node: str = "here") -> AsyncIterator[Rooms]:
    async def admitted(tx: Tx, name: str, verdict: Verdict, author_id: str, origin: Any) -> None:
        if origin == "too late":
            raise TooLate("somebody was faster")
        if taken := [key for key, (_, new) in verdict.changes.items() if new == "taken"]:
            raise Rejected(tuple(Problem(key, "taken", "Somebody has it.") for key in taken))
        rows = tx.setdefault("rows", {})
        history = tx.setdefault("history", [])
        for key, (old, new) in verdict.changes.items():
            rows[key] = new
            history.append((key, old, new, author_id))

    await store.write(lambda tx: store.create(tx, NAME))
    toy = Kind(prefix="toy/", schema=TOY_SCHEMA, authorise=authorise, admit=admit_toy, admitted=admitted)
    limits = replace(Limits(), sweep_seconds=0.05)
    async with Rooms(store, workers, LocalBroker(node), [toy], limits=limits, node=node) as rooms:
        yield rooms


async def test_a_good_value_goes_through_and_a_bad_one_is_seen_by_nobody_else(workers: Workers) -> None:
    store = MemoryStore()
    async with toys(store, workers) as rooms:
        lea, tom = MapClient(rooms, "lea"), MapClient(rooms, "tom")
        for client in (lea, tom):
            client.connect()
        await until(lambda: lea.saved and tom.saved)
        lea.map["age"] = 41
        await until(lambda: tom.values == {"age": 41})
        lea.map["age"] = "many"
        await until(lambda: lea.values == {"age": 41} and lea.saved)
        lea.map["city"] = "Lyon"
        await until(lambda: tom.values == lea.values == {"age": 41, "city": "Lyon"})
        assert "many" not in tom.seen
        assert [told["problems"][0]["key"] for told in lea.told] == ["age"]
        assert tom.told == []
        assert store.tables["rows"] == {"age": 41, "city": "Lyon"}
        assert [row[:3] for row in store.tables["history"]] == [("age", None, 41), ("city", None, "Lyon")]


async def test_two_nodes_admitting_against_the_same_head_never_disagree_with_the_row(workers: Workers) -> None:
    store = MemoryStore()
    async with toys(store, workers, "one") as one, toys(store, workers, "two") as two:
        lea, tom = MapClient(one, "lea"), MapClient(two, "tom")
        for client in (lea, tom):
            client.connect()
        await until(lambda: lea.saved and tom.saved)
        for number in range(15):
            lea.map["age"] = number if number % 3 else "bad"
            tom.map["age"] = 100 + number if number % 2 else "worse"
            lea.map[f"lea{number}"] = number
            tom.map[f"tom{number}"] = number
            await asyncio.sleep(0)
        await until(lambda: lea.saved and tom.saved and lea.values == tom.values, 30)
        assert lea.values == {key: value for key, value in store.tables["rows"].items() if value is not None}
        assert len(lea.values) == 31
        assert not {"bad", "worse"} & set(map(str, [store.tables["rows"]["age"]]))


async def test_two_nodes_that_delete_the_same_value_at_once_both_come_to_an_end(workers: Workers) -> None:
    store = GatedStore()
    async with toys(store, workers, "one") as one, toys(store, workers, "two") as two:
        await one.set_values(NAME, TOM, {"city": "Lyon"})
        open_rooms = [await rooms.open(NAME) for rooms in (one, two)]
        store.gate.clear()
        deletions = [asyncio.create_task(rooms.set_values(NAME, TOM, {"city": None})) for rooms in (one, two)]
        await until(lambda: all(room.busy for room in open_rooms))
        store.gate.set()
        assert await asyncio.wait_for(asyncio.gather(*deletions), 10) == [2, 2]
        assert store.tables["history"] == [("city", None, "Lyon", "usr_tom"), ("city", "Lyon", None, "usr_tom")]


async def test_what_only_the_transaction_knows_is_put_back_like_a_bad_value(workers: Workers) -> None:
    store = MemoryStore()
    async with toys(store, workers) as rooms:
        lea, tom = MapClient(rooms, "lea"), MapClient(rooms, "tom")
        for client in (lea, tom):
            client.connect()
        await until(lambda: lea.saved and tom.saved)
        with lea.doc.transaction():
            lea.map["name"], lea.map["age"], lea.map["city"] = "taken", "many", "Lyon"
        await until(lambda: tom.values == lea.values == {"city": "Lyon"} and lea.saved)
        assert [(problem["key"], problem["code"]) for problem in lea.told[0]["problems"]] == [
            ("age", "number"),
            ("name", "taken"),
        ]
        assert len(lea.told) == 1
        assert tom.told == []
        assert store.tables["rows"] == {"city": "Lyon"}
        assert (await store.load(NAME)).owners[lea.doc.client_id] == "usr_lea"


async def test_an_edit_by_the_server_is_taken_whole_or_not_at_all_and_nobody_else_notices(workers: Workers) -> None:
    store = MemoryStore()
    async with toys(store, workers) as rooms:
        lea = MapClient(rooms, "lea")
        lea.connect()
        await until(lambda: lea.saved)
        for values, origin, error in (
            ({"age": "many", "city": "Lyon"}, None, Rejected),
            ({"name": "taken", "city": "Lyon"}, None, Rejected),
            ({"city": "Lyon"}, "too late", TooLate),
        ):
            with pytest.raises(error):
                await rooms.set_values(NAME, TOM, values, origin)
        assert await store.heads([NAME]) == {NAME: (0, 1)}
        assert await rooms.set_values(NAME, TOM, {"city": "Lyon"}) == 1
        assert await rooms.set_values(NAME, TOM, {"city": "Lyon"}) == 1
        await until(lambda: lea.values == {"city": "Lyon"})
        lea.map["age"] = 41
        await until(lambda: lea.saved)
        assert lea.denied == []
        assert store.tables["history"] == [("city", None, "Lyon", "usr_tom"), ("age", None, 41, "usr_lea")]
