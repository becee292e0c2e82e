"""A site on this machine that the rig owns every part of: two nodes, the wire between them, people behind doors.

people → door (a proxy) → node ┐
                               ├ database;  node → wire (a proxy that lies) → Redis
people → door (a proxy) → node ┘
"""

from __future__ import annotations

import random
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import Any

from tests.rig.logs import Logs
from tests.rig.redis_lies import Lies, Rates
from tests.support.node import People, Person
from tests.support.proxy import Proxy, proxy
from tests.support.redis import RedisServer
from tests.support.server import Note, Server

NODE = (sys.executable, "-m", "tests.rig.node")


@dataclass(frozen=True, slots=True)
class Typist:
    """Somebody at one document, through one door. `account` is who they are to the server."""

    person: Person
    account: str
    document: str

    @property
    def name(self) -> str:
        return self.person.name


@dataclass(slots=True)
class Site:
    """`office` is where verbs are run. `rates` are the lies of the wire, set anew at any time; `told` counts them."""

    office: Server
    nodes: list[Server]
    doors: list[Proxy]
    redis: RedisServer
    wire: Proxy
    logs: Logs
    rates: Rates
    told: dict[str, int]
    chance: random.Random
    people: People
    typists: list[Typist] = field(default_factory=list)

    async def sit_down(self, name: str, document: str, *, at: int, account: str, dialect: str = "hocuspocus") -> Typist:
        """Open a document through the door of a node."""
        node = self.nodes[at]
        question: dict[str, Any] = {"document": document, "url": f"ws://127.0.0.1:{self.doors[at].port}/sync"}
        if dialect == "y-websocket":
            async with node.rest(account) as rest:
                answer = await rest.post("/tickets", json={"document": document})
                assert answer.status_code == 201, answer.text
                question["ticket"] = answer.json()["ticket"]
        else:
            question["token"] = node.token(account)
        person = await self.people.open(name, dialect=dialect, **question)
        await person.until(synced=True)
        self.typists.append(Typist(person, account, document))
        return self.typists[-1]

    async def new_note(self) -> Note:
        return await self.nodes[0].new_note()


@asynccontextmanager
async def open_site(
    server: Server, redis: RedisServer, people: People, chance: random.Random, clocks: Sequence[int] = (0, 0)
) -> AsyncIterator[Site]:
    """Nodes over the data of `server`, with clocks that are so many seconds ahead; all of it ends with the block."""
    async with AsyncExitStack() as stack:
        wire = await stack.enter_async_context(proxy(redis.port))
        rates = Rates()
        told = Lies(chance, rates).told
        wire.distort = lambda: Lies(chance, rates, told).feed
        environment = server.environment | {
            "CARNET_REDIS_URL": f"redis://127.0.0.1:{wire.port}",
            "CARNET_SECRET": "s" * 32,
        }
        office = replace(server, environment=environment)
        clocked = [environment | {"CARNET_RIG_CLOCK_SECONDS": str(ahead)} for ahead in clocks]
        nodes = [Server(server.data_dir, NODE, environment=own, tokens=server.tokens) for own in clocked]
        for node in nodes:
            stack.callback(_end, node)
            node.start()
        doors = [await stack.enter_async_context(proxy(node.port)) for node in nodes]
        url = server.environment.get("CARNET_DATABASE_URL", f"sqlite:///{server.data_dir / 'carnet.db'}")
        yield Site(office, nodes, doors, redis, wire, Logs(url), rates, told, chance, people)


def _end(node: Server) -> None:
    if node.process:
        node.process.kill()
        node.process.wait()
