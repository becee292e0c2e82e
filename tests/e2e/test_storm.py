"""Everybody comes back at once: all are in sync soon, nobody is refused for good, and who types meanwhile goes on."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import count
from typing import Any

import pytest

from tests.support import hostile
from tests.support.node import Node, node
from tests.support.server import Note, Server
from tests.support.waiting import allowed, until
from tests.support.wire import Status, wire

SYNC_SECONDS_MAX = 30.0
TYPING_SECONDS_MAX = 2.0
LETTER_EVERY_SECONDS = 0.05
DOCUMENTS = 20


@dataclass(slots=True)
class Typist:
    """Somebody who types a letter every so often, and how long each took to be saved."""

    seconds: list[float] = field(default_factory=list)


@asynccontextmanager
async def typing(note: Note) -> AsyncIterator[Typist]:
    """Somebody types in a note for as long as this lasts."""
    typist = Typist()
    async with wire(note, "lea") as socket:

        async def type_on() -> None:
            await socket.update(hostile.update(hostile.PARAGRAPH, hostile.TEXT_INSIDE))
            await socket.until(Status)
            for clock in count(2):
                began = time.monotonic()
                letter = hostile.inside(1, hostile.STRING, hostile.string("a"))
                await socket.update(hostile.update(letter, clock=clock))
                await socket.until(Status)
                typist.seconds.append(time.monotonic() - began)
                await asyncio.sleep(LETTER_EVERY_SECONDS)

        task = asyncio.create_task(type_on())
        try:
            yield typist
        finally:
            assert not task.done(), f"the typist was disturbed: {task}"
            task.cancel()


async def all_in(crowd: Node, people: int, seconds: float) -> dict[str, Any]:
    """Wait until everybody is in sync; what the crowd says of itself then."""
    state: dict[str, Any] = {}

    async def in_sync() -> bool:
        nonlocal state
        state = await crowd.ask("state")
        return state["synced"] == people

    await until(in_sync, seconds=seconds, what=lambda: f"{people} in sync, but { ({**state, 'times': '…'}) }")
    return state


async def ride_out(server: Server, people: int) -> None:
    notes = [await server.new_note() for _ in range(DOCUMENTS)]
    crowd_of = {"urls": [server.sync_url], "token": server.token("tom"), "documents": [note.document for note in notes]}
    async with node("storm.mjs") as crowd:
        await crowd.ask("come", **crowd_of, count=people)
        await all_in(crowd, people, allowed(SYNC_SECONDS_MAX))
        async with typing(notes[0]) as typist:
            await until(lambda: asyncio.sleep(0, len(typist.seconds) > 10), what=lambda: "somebody types")
            quiet = max(typist.seconds)
            typist.seconds.clear()
            await crowd.ask("cut")
            state = await all_in(crowd, people, allowed(SYNC_SECONDS_MAX))
        times = sorted(state["times"])
    worst = max(typist.seconds, default=SYNC_SECONDS_MAX)
    print(
        f"{people} came back: half in {times[len(times) // 2] / 1000:.1f} s, all in {times[-1] / 1000:.1f} s; a letter "
        f"took {worst * 1000:.0f} ms at worst ({quiet * 1000:.0f} ms before); {state['closes']} {state['failures']}"
    )
    assert set(state["closes"]) <= {"1006", "1013"}
    assert "refused" not in state["failures"]
    assert worst < allowed(TYPING_SECONDS_MAX)


@pytest.mark.timed
async def test_a_storm_of_two_hundred(own_server: Callable[..., Server]) -> None:
    await ride_out(own_server(), people=200)


@pytest.mark.soak
@pytest.mark.timeout(300)
async def test_a_storm_of_two_thousand(own_server: Callable[..., Server]) -> None:
    await ride_out(own_server(), people=2000)
