"""What breaks: each fault breaks one thing for a while, and mends it. None of them knows what others do meanwhile."""

from __future__ import annotations

import asyncio
import resource
import signal
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, closing, suppress
from functools import partial
from pathlib import Path
from subprocess import Popen

from sync.crash import Point
from tests.rig.site import Site
from tests.support.postgres import PostgresServer
from tests.support.proxy import Proxy
from tests.support.server import Server
from tests.support.waiting import until

Fault = Callable[[Site, float], Awaitable[None]]
"""Takes how many seconds it is to last."""

POINT_SECONDS_MAX = 120.0
BUSY_SECONDS_MAX = 5.0


# --- Redis, and the way there ---


async def redis_dies(site: Site, seconds: float) -> None:
    site.redis.kill()
    await asyncio.sleep(seconds)
    await asyncio.to_thread(site.redis.start)


async def redis_forgets(site: Site, seconds: float) -> None:
    await asyncio.to_thread(site.redis.flush)


async def redis_is_out_of_reach(site: Site, seconds: float) -> None:
    await _stands_still(site.wire, seconds)


async def redis_is_cut_off(site: Site, seconds: float) -> None:
    site.wire.cut()


async def redis_is_half_closed(site: Site, seconds: float) -> None:
    site.wire.half_close()


async def redis_is_slow(site: Site, seconds: float) -> None:
    await _is_slow(site.wire, seconds)


# --- the way to people ---


async def people_are_cut_off(site: Site, seconds: float) -> None:
    site.chance.choice(site.doors).cut()


async def people_are_out_of_reach(site: Site, seconds: float) -> None:
    """Half-open: each end believes in the other."""
    await _stands_still(site.chance.choice(site.doors), seconds)


async def people_are_half_closed(site: Site, seconds: float) -> None:
    site.chance.choice(site.doors).half_close()


async def people_are_slow(site: Site, seconds: float) -> None:
    await _is_slow(site.chance.choice(site.doors), seconds)


async def _stands_still(proxy: Proxy, seconds: float) -> None:
    proxy.freeze()
    await asyncio.sleep(seconds)
    proxy.thaw()


async def _is_slow(proxy: Proxy, seconds: float) -> None:
    proxy.delay_seconds_max = 0.2
    await asyncio.sleep(seconds)
    proxy.delay_seconds_max = 0.0


# --- nodes ---


async def a_node_stands_still(site: Site, seconds: float) -> None:
    if process := site.chance.choice(site.nodes).process:
        process.send_signal(signal.SIGSTOP)
        await asyncio.sleep(seconds)
        process.send_signal(signal.SIGCONT)


async def dies_at(node: Server, point: Point, times: int) -> None:
    """Have the node die there, and start it until it has: where another fault is in its way, it ends by itself."""
    if node.process:
        node.kill()
    node.environment["CARNET_CRASH"] = f"{point}:{times}"
    died = False
    while not died:
        node.launch()
        assert node.process
        what = f"a node with {node.environment['CARNET_CRASH']} is gone"
        await until(partial(_has_ended, node.process), seconds=POINT_SECONDS_MAX, what=lambda what=what: what)
        died = node.process.returncode == -signal.SIGKILL
        node.process = None
    del node.environment["CARNET_CRASH"]


async def comes_up(node: Server) -> None:
    """Start it until it stands: it ends by itself where the database is away, and whoever looks after it starts it."""

    async def ready() -> bool:
        if node.process and node.process.poll() is not None:
            node.process = None
        if not node.process:
            node.launch()
        return await asyncio.to_thread(node.is_ready)

    await until(ready, seconds=POINT_SECONDS_MAX, what=lambda: f"{node.url} is ready:\n{node.log()[-2000:]}")


async def _has_ended(process: Popen[bytes]) -> bool:
    return process.poll() is not None


# --- the database ---


def postgres_restarts(postgres: PostgresServer) -> Fault:
    """As if its power went."""

    async def restart(site: Site, seconds: float) -> None:
        await asyncio.to_thread(postgres.stop, "immediate")
        await asyncio.sleep(seconds / 2)
        await asyncio.to_thread(postgres.start)

    return restart


def postgres_has_no_room(postgres: PostgresServer) -> Fault:
    """Its disk is full: what somebody types it cannot write, so it ends, and stays away until there is room."""

    async def fill(site: Site, seconds: float) -> None:
        await asyncio.to_thread(postgres.fill_disk)
        await asyncio.to_thread(postgres.wait, POINT_SECONDS_MAX)
        await asyncio.sleep(seconds / 2)
        await asyncio.to_thread(postgres.start)

    return fill


def sqlite_is_locked(file: Path) -> Fault:
    """By another process, which sits in a transaction for longer than anybody waits for it."""

    async def lock(site: Site, seconds: float) -> None:
        async with _locked(file):
            await asyncio.sleep(BUSY_SECONDS_MAX + seconds)

    return lock


@asynccontextmanager
async def _locked(file: Path) -> AsyncIterator[None]:
    with closing(sqlite3.connect(file, isolation_level=None, timeout=20, check_same_thread=False)) as database:
        await asyncio.to_thread(database.execute, "BEGIN IMMEDIATE")
        yield
        database.execute("ROLLBACK")


async def disk_is_full(site: Site, seconds: float) -> None:
    """For what the nodes write, that is SQLite's: a file may not grow, nor be written behind its first bytes."""
    full = [node.process.pid for node in site.nodes if node.process]
    for pid in full:
        _limit_files(pid, 1)
    await asyncio.sleep(seconds)
    for pid in full:
        _limit_files(pid, resource.RLIM_INFINITY)


def _limit_files(pid: int, bytes_max: int) -> None:
    with suppress(ProcessLookupError):  # it died meanwhile
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (bytes_max, resource.RLIM_INFINITY))


EVERYWHERE: tuple[Fault, ...] = (
    redis_dies,
    redis_forgets,
    redis_is_out_of_reach,
    redis_is_cut_off,
    redis_is_half_closed,
    redis_is_slow,
    people_are_cut_off,
    people_are_out_of_reach,
    people_are_half_closed,
    people_are_slow,
    a_node_stands_still,
)
