"""Everything breaks while ten people type notes and fill properties and two contacts are merged and taken apart: what
holds is what tests/rig/oracle.py says.

Two nodes die, each at half of the named points, while Redis dies, is cut off, forgets, and loses, doubles and
reorders a third of what it says, the database goes away or has no room, sockets hang and a node stands still.
"""

from __future__ import annotations

import asyncio
import os
import random
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import asyncpg
import pytest

from sync.crash import POINTS, Point
from tests.rig.faults import (
    EVERYWHERE,
    Fault,
    comes_up,
    dies_at,
    disk_is_full,
    people_are_cut_off,
    postgres_has_no_room,
    postgres_restarts,
    redis_dies,
    redis_forgets,
    sqlite_is_locked,
)
from tests.rig.merging import merge_until
from tests.rig.oracle import Oracle
from tests.rig.site import Site, open_site
from tests.support.node import People, node
from tests.support.redis import RedisServer
from tests.support.server import Note, Server

pytestmark = [pytest.mark.both_databases]

WRITERS = ("ann", "bob", "cleo", "dora", "emil", "finn")
FILLERS = ("gus", "hana", "ines", "jo")
REX = "rex"
"""An eleventh, whose account is removed in the midst of it."""
DIALECTS = ("hocuspocus", "hocuspocus", "y-websocket")
LETTER_MS, PROPERTY_MS = 120, 500
RARE: tuple[Point, ...] = ("folding", "before-snapshot", "after-snapshot", "thinning")
AUDIT_SECONDS = 1.0
OUTAGES_SECONDS = (6, 6, 6, 30)
"""Of the long form, round after round: what nobody notices for some seconds may cost a timeout after many."""
DAY_SECONDS = 24 * 60 * 60
CLOCK_FAULTS = (redis_dies, people_are_cut_off, redis_forgets, people_are_cut_off)
DATABASE_AWAY = (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, TimeoutError)


@pytest.fixture
def clocks() -> tuple[int, int]:
    """How far the nodes' clocks are ahead, in seconds."""
    return 0, 0


@pytest.fixture
async def oracle(
    demo_copy: Server, redis: RedisServer, people: People, chance: random.Random, clocks: tuple[int, int]
) -> AsyncIterator[Oracle]:
    async with node("judge.mjs") as judge, open_site(demo_copy, redis, people, chance, clocks) as site:
        oracle = Oracle(site, judge)
        people.node.listeners.append(oracle.hear)
        yield oracle


@pytest.fixture
def faults(backend: str, demo_copy: Server, request: pytest.FixtureRequest) -> tuple[Fault, ...]:
    if backend == "sqlite":
        return (*EVERYWHERE, disk_is_full, sqlite_is_locked(demo_copy.data_dir / "carnet.db"))
    postgres = request.getfixturevalue("postgres")
    return (*EVERYWHERE, postgres_restarts(postgres), postgres_has_no_room(postgres))


async def sit_down(oracle: Oracle, dialects: Sequence[str]) -> list[Note]:
    """Ten people at two notes and their contacts, through both doors; a third note is nobody's."""
    site = oracle.site
    notes = [await site.new_note(), await site.new_note()]
    for n, name in enumerate(WRITERS):
        dialect = dialects[n % len(dialects)]
        account = ("lea", "tom")[n // 2 % 2]
        await site.sit_down(name, notes[n % 2].document, at=n // 2 % 2, account=account, dialect=dialect)
    for n, name in enumerate(FILLERS):
        await site.sit_down(name, f"contact/{notes[n % 2].contact_id}", at=n // 2 % 2, account=("lea", "tom")[n % 2])
    await oracle.leave_alone(await site.new_note())
    site.office.environment["CARNET_PASSWORD"] = "long enough for anybody"
    rex = f"{REX}{oracle.audits}@carnet.test"
    await asyncio.to_thread(site.office.carnet, "user", "add", rex, "--name", "Rex", "--role", "editor")
    await site.sit_down(REX, notes[0].document, at=0, account=rex)
    return notes


async def everything_breaks(oracle: Oracle, notes: Sequence[Note], faults: Sequence[Fault], seconds: float) -> None:
    """One after another each fault, beside them each node dies at half of the points, and two contacts are merged."""
    site, chance = oracle.site, oracle.site.chance
    points = chance.sample(POINTS, len(POINTS))
    async with asyncio.TaskGroup() as tasks:
        breaking = [
            tasks.create_task(break_in_turn(site, chance.sample(faults, len(faults)), seconds)),
            *(tasks.create_task(die_in_turn(site, n, points[n::2])) for n in range(len(site.nodes))),
        ]
        healed = asyncio.Event()
        tasks.create_task(audit_until(healed, oracle))
        merging = tasks.create_task(merge_until(healed, site, [note.contact_id for note in notes]))
        await asyncio.wait(breaking)
        healed.set()
    tell(f"{merging.result()} merges and as many undone")


async def break_in_turn(site: Site, faults: Sequence[Fault], seconds: float) -> None:
    for fault in faults:
        tell(fault.__qualname__.split(".")[0])
        await fault(site, seconds * site.chance.uniform(0.5, 1.5))
        await asyncio.sleep(seconds / 2)


async def die_in_turn(site: Site, n: int, points: Sequence[Point]) -> None:
    for point in points:
        began = time.monotonic()
        times = 1 if point in RARE else site.chance.randint(1, 9)
        await dies_at(site.nodes[n], point, times)
        tell(f"node {n} died {point} after {time.monotonic() - began:.1f} s")
    await comes_up(site.nodes[n])


async def audit_until(healed: asyncio.Event, oracle: Oracle) -> None:
    """Not until it is cancelled: asyncpg's `wait_for` swallows that where it comes together with an answer."""
    while not healed.is_set():
        try:
            await oracle.audit()
        except DATABASE_AWAY:
            tell("no audit: the database is away")
        await asyncio.sleep(AUDIT_SECONDS)


def tell(what: str) -> None:
    print(f"{time.monotonic() % 1000:7.2f} {what}")


@asynccontextmanager
async def typing(oracle: Oracle, dialects: Sequence[str] = DIALECTS) -> AsyncIterator[list[Note]]:
    """Ten people type, and Redis lies, as long as this is open; then it is judged."""
    site = oracle.site
    notes = await sit_down(oracle, dialects)
    for one in site.typists:
        verb, ms = ("startFilling", PROPERTY_MS) if one.name in FILLERS else ("startTyping", LETTER_MS)
        await one.person.do(verb, ms=ms)
    site.rates.lose = site.rates.double = site.rates.reorder = 0.3
    yield notes
    site.rates.lose = site.rates.double = site.rates.reorder = 0.0
    for one in site.typists:
        await one.person.do("stopTyping")
    took = await oracle.verdict()
    print(f"agreed {took:.1f} s after healing; {oracle.audits} audits; Redis: {site.told}")
    if told := tracebacks(site.office.log()):  # they write into one
        pytest.fail("\n".join(told))
    for one in site.typists:
        await one.person.do("leave")
    oracle.begin_anew()


def tracebacks(log: str) -> list[str]:
    """The lines of a log that tell of one, with what follows where it is no event of ours."""
    lines = log.splitlines()
    return [
        line.replace("\\n", "\n")
        for n, line in enumerate(lines)
        if "Traceback" in line or (not line.startswith("{") and "Traceback" in "".join(lines[max(0, n - 60) : n]))
    ]


def rex_is_removed(oracle: Oracle) -> Fault:
    async def remove(site: Site, seconds: float) -> None:
        (account,) = [one.account for one in site.typists if one.name == REX]
        await oracle.remove(account)

    return remove


async def live_through_it(oracle: Oracle, faults: Sequence[Fault], seconds: float) -> None:
    async with typing(oracle) as notes:
        await everything_breaks(oracle, notes, (*faults, rex_is_removed(oracle)), seconds)


@pytest.mark.timeout(600)
async def test_whatever_breaks_nobody_loses_a_word(oracle: Oracle, faults: tuple[Fault, ...]) -> None:
    await live_through_it(oracle, faults, seconds=1.5)


@pytest.mark.parametrize("clocks", [(DAY_SECONDS, -DAY_SECONDS)])
async def test_clocks_that_are_two_days_apart_cost_nobody_a_word(oracle: Oracle) -> None:
    """Of the providers only Hocuspocus' comes back by itself: a ticket is over after some hours, by either clock."""
    async with typing(oracle, ["hocuspocus"]):
        await break_in_turn(oracle.site, CLOCK_FAULTS, 2)
        await oracle.audit()


@pytest.mark.soak
@pytest.mark.timeout(24 * 3600)
async def test_whatever_breaks_nobody_loses_a_word_for_long(oracle: Oracle, faults: tuple[Fault, ...]) -> None:
    for n in range(int(os.environ.get("CARNET_ROUNDS") or 20)):
        seconds = OUTAGES_SECONDS[n % len(OUTAGES_SECONDS)]
        tell(f"round {n}, of {seconds} s")
        await live_through_it(oracle, faults, seconds)
