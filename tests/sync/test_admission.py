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
from sync.kinds import Kind, Tx, Verdict
from sync.lib0 import Reader
from sync.limits import Limits
from sync.memory_store import MemoryStore
from sync.rooms import Rooms
from sync.workers import Workers
from tests.sync.toys import TOY_SCHEMA, admit_toy
from tests.sync.wire import HocuspocusClient, authorise, until

NAME = "toy/one"


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


@pytest.fixture
async def workers() -> AsyncIterator[Workers]:
    running = Workers(Limits())
    await running.start()
    yield running
    await running.close()


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
