"""Keystrokes to their readers: server CPU a delivered edit, against Hocuspocus and y-websocket's server in one run.

    python -m tests.bench.fanout [NAME] [--seconds N] [--repeat N] [--processes 2] [--postgresql]

Ours commits every edit to the disk (SQLite with synchronous=FULL, or PostgreSQL with fsync) before it passes it on; the
others keep it in memory.
Each scenario runs in turns, and the median of the turns is told: single times on a shared machine mean nothing.
"""

import argparse
import asyncio
import json
import statistics
from asyncio.subprocess import Process
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from tests.bench.peers import BENCH, Carnet, Hocuspocus, Peer, YWebsocket, node, start_postgres, start_redis
from tests.support.processes import cpu_seconds, memory_bytes


@dataclass(frozen=True)
class Scenario:
    """`rooms` documents with `clients` people in each, who type `rate` letters a second all together."""

    name: str
    rooms: int
    clients: int
    rate: int


SCENARIOS = (
    Scenario("20x5", 20, 5, 1000),
    Scenario("1x100", 1, 100, 50),
    Scenario("100x2", 100, 2, 3000),
    Scenario("10x5", 10, 5, 200),
    Scenario("idle", 1000, 1, 0),
)


WARM_SECONDS = 3
CLIENTS_BEFORE = 100
STAYS_SECONDS = 60


@dataclass(frozen=True)
class Result:
    """What one turn gave."""

    microseconds: float
    sent: int
    delivered: int
    p50: float
    p99: float
    ack_p95: float
    ack_p99: float
    memory_bytes: int


async def start_load(peer: Peer, scenario: Scenario, documents: list[str], seconds: float) -> Process:
    """Everybody is in, and types if they shall."""
    plan: dict[str, Any] = {"dialect": peer.dialect, "urls": peer.urls, "token": peer.token, "documents": documents}
    plan |= {"clients": scenario.clients, "rate": scenario.rate, "seconds": seconds, "warm": WARM_SECONDS}
    load = await asyncio.create_subprocess_exec(
        node(), "load.mjs", json.dumps(plan), cwd=BENCH, stdout=asyncio.subprocess.PIPE
    )
    assert load.stdout
    assert json.loads(await load.stdout.readline())["event"] == "measuring"
    return load


async def measure(peer: Peer, scenario: Scenario, seconds: float) -> Result:
    """One turn against a service that runs.

    Idle clients are measured beside some who came before: what the first ones take once is none of the others'.
    """
    documents = await peer.documents(scenario.rooms)
    first: Process | None = None
    if not scenario.rate:
        before = await peer.documents(CLIENTS_BEFORE)
        peer.restart()  # what it took to make the documents is no client's either
        first = await start_load(peer, scenario, before, seconds + STAYS_SECONDS)
    before_bytes = memory_bytes(peer.pids)
    load = await start_load(peer, scenario, documents, seconds)
    assert load.stdout
    began = cpu_seconds(peer.pids)
    measured: dict[str, Any] = json.loads(await load.stdout.readline())
    used = cpu_seconds(peer.pids) - began
    grown = memory_bytes(peer.pids) - before_bytes
    await load.wait()
    if first:
        first.kill()
        await first.wait()
    missing = -1.0
    return Result(
        used * 1e6 / max(measured["delivered"], 1) if scenario.rate else used * 1e6 / seconds,
        measured["sent"],
        measured["delivered"],
        measured["latency"]["p50"] or missing,
        measured["latency"]["p99"] or missing,
        measured["acknowledged"]["p95"] or missing,
        measured["acknowledged"]["p99"] or missing,
        grown,
    )


async def compare(scenario: Scenario, kinds: dict[str, Callable[[], Peer]], seconds: float, repeat: int) -> None:
    """In turns, so that what the machine does besides hits all alike."""
    results: dict[str, list[Result]] = {name: [] for name in kinds}
    for _ in range(repeat):
        for name, start in kinds.items():
            peer = start()
            try:
                results[name].append(await measure(peer, scenario, seconds))
            finally:
                peer.stop()
    report(scenario, results)


def report(scenario: Scenario, results: dict[str, list[Result]]) -> None:
    """One line each, with the ratio of the first to it."""
    print(f"\n{scenario.name}: {scenario.rooms} rooms × {scenario.clients} clients, {scenario.rate} keystrokes/s")
    unit = "µs a delivery" if scenario.rate else "µs CPU a second"
    costs = []
    for name, turns in results.items():

        def median(of: Callable[[Result], float], turns: list[Result] = turns) -> float:
            return statistics.median(map(of, turns))

        costs.append(median(lambda turn: turn.microseconds))
        print(
            f"  {name:15} {costs[-1]:8.1f} {unit}, "
            f"{median(lambda turn: turn.sent):.0f} sent, {median(lambda turn: turn.delivered):.0f} delivered, "
            f"p50 {median(lambda turn: turn.p50):6.1f} ms, p99 {median(lambda turn: turn.p99):6.1f} ms, "
            f"status p95 {median(lambda turn: turn.ack_p95):6.1f} ms, p99 {median(lambda turn: turn.ack_p99):6.1f} ms, "
            f"memory +{median(lambda turn: turn.memory_bytes) / 2**20:.1f} MiB, ratio {costs[0] / costs[-1]:.2f}"
        )


async def main() -> None:
    """What is asked for, else everything."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", default=[scenario.name for scenario in SCENARIOS])
    parser.add_argument("--seconds", type=float, default=15)
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--processes", type=int, default=1)
    parser.add_argument("--rate", type=float, default=1, help="times the keystrokes of each scenario")
    parser.add_argument("--postgresql", action="store_true", help="ours keeps its log there")
    asked = parser.parse_args()
    redis = start_redis() if asked.processes > 1 else None
    postgres = start_postgres() if asked.postgresql else None
    kinds: dict[str, Callable[[], Peer]] = {
        "carnet": lambda: Carnet(asked.processes, redis, postgres),
        "hocuspocus": lambda: Hocuspocus(asked.processes, redis),
    }
    if asked.processes == 1:
        kinds["y-websocket"] = YWebsocket
    for scenario in SCENARIOS:
        if scenario.name in asked.names:
            slower = replace(scenario, rate=round(scenario.rate * asked.rate))
            await compare(slower, kinds, asked.seconds, asked.repeat)
    if redis:
        redis.kill()
    if postgres:
        postgres.remove()


if __name__ == "__main__":
    asyncio.run(main())
