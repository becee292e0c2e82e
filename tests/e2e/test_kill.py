"""Pull the plug at random moments while five people type: what was acknowledged is on the disk, once."""

import asyncio
import os
import random
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.counting import counting, letters_kept
from tests.support.node import People, Person
from tests.support.server import Note, Server
from tests.support.waiting import until

NAMES = ("ann", "bob", "cleo", "dora", "emil")
LETTER_EVERY_MS = 25


async def type_through_kills(server: Server, people: People, chance: random.Random, kills: int) -> None:
    note = await server.new_note()
    typists = [await people.open(name, **note.hocuspocus(chance.choice(["lea", "tom"]))) for name in NAMES]
    for typist in typists:
        await typist.until(saved=True)
        await typist.do("startTyping", ms=LETTER_EVERY_MS)

    for _ in range(kills):
        await more_is_acknowledged(typists, chance.randint(1, 60))
        await asyncio.sleep(chance.uniform(0, 0.05))  # the random moment itself
        server.kill()
        promised = {typist.name: (await typist.state())["acknowledged"] for typist in typists}
        text = await people.text(note.rows())  # before anybody can come back and mend it
        kept = {name: letters_kept(name, text) for name in promised}
        assert all(kept[name] >= promised[name] for name in promised), f"promised {promised}, kept {kept}"
        await asyncio.to_thread(server.start)

    for typist in typists:
        await typist.do("stopTyping")
    await all_agree(typists, note)
    for typist in typists:
        await typist.do("leave")


async def more_is_acknowledged(typists: list[Person], letters: int) -> None:
    async def acknowledged() -> int:
        return sum([(await typist.state())["acknowledged"] for typist in typists])

    before = await acknowledged()

    async def enough() -> bool:
        return await acknowledged() >= before + letters

    await until(enough, seconds=60, what=lambda: f"{letters} more letters acknowledged")


async def all_agree(typists: list[Person], note: Note) -> None:
    states = [await typist.until(saved=True, seconds=60) for typist in typists]
    everything = await note.text()
    for typist, state in zip(typists, states, strict=True):
        assert state["acknowledged"] == state["typed"]
        assert state["refusals"] == []
        assert counting(typist.name, state["typed"]) in everything.split("\n")
        await typist.until(text=everything)


@pytest.mark.timeout(300)
async def test_five_kills_lose_and_double_nothing_acknowledged(
    own_server: Callable[[], Server], people: People, chance: random.Random
) -> None:
    await type_through_kills(own_server(), people, chance, kills=5)


@pytest.mark.soak
@pytest.mark.timeout(4 * 3600)
async def test_a_thousand_kills_lose_and_double_nothing_acknowledged(
    own_server: Callable[[], Server], people: People, chance: random.Random
) -> None:
    server = own_server()
    for n in range(int(os.environ.get("CARNET_ROUNDS") or 20)):
        await type_through_kills(server, people, chance, kills=50)
        print(f"{50 * (n + 1)} kills", flush=True)


async def test_worker_processes_end_with_the_server_that_was_killed(own_server: Callable[[], Server]) -> None:
    server = own_server()
    children = server.child_processes()
    assert children, "the server has no worker processes"
    server.kill()

    async def gone() -> bool:
        return not any(map(is_running, children))

    await until(gone, what=lambda: f"{children} still run")


def is_running(pid: int) -> bool:
    return Path(f"/proc/{pid}").exists()
