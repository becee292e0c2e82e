"""Hostile updates through the socket: the server lives, the neighbours notice nothing, honest words stay."""

import base64
import os
import random
from collections.abc import Callable, Iterable
from itertools import islice

import pytest
from websockets.exceptions import ConnectionClosed

from tests.support.counting import counting
from tests.support.hostile import CRAFTED, PARAGRAPH, STRING, TEXT_INSIDE, inside, mutations, string, update
from tests.support.node import People
from tests.support.server import Note, Server
from tests.support.wire import Status, wire

ATTACKERS = {"tom": "read-write", "mia": "readonly"}


async def attack(note: Note, name: str, updates: Iterable[bytes]) -> int:
    """Send every update, on a new socket whenever the last one was closed; answer how many sockets it took."""
    left, sockets = iter(updates), 0
    sent = next(left, None)
    while sent is not None:
        sockets += 1
        async with wire(note, name) as attacker:
            try:
                while sent is not None:
                    await attacker.update(sent)
                    sent = next(left, None)
                    if not await attacker.survives():
                        break
            except ConnectionClosed:
                continue
    return sockets


async def attack_beside_honest_people(server: Server, people: People, chance: random.Random, mutated: int) -> None:
    attacked, other = await server.new_note("Attacked"), await server.new_note("Other")
    process = server.process
    inside = await people.open("inside", **attacked.hocuspocus("lea"))
    outside = await people.open("outside", **other.hocuspocus("lea"))
    for person in (inside, outside):
        await person.until(saved=True)
        await person.do("startTyping", ms=50)

    written = await people.node.ask("honestUpdates", seed=chance.randrange(2**31), count=200)
    honest = [base64.b64decode(update) for update in written]
    for name in ATTACKERS:
        await attack(attacked, name, CRAFTED.values())
        await attack(attacked, name, islice(mutations(honest, chance), mutated // len(ATTACKERS)))

    for person, note in ((inside, attacked), (outside, other)):
        await person.do("stopTyping")
        state = await person.until(saved=True, seconds=60)
        assert state["refusals"] == []
        assert counting(person.name, state["typed"]) in (await note.text()).split("\n")
    assert (await outside.state())["closes"] == []
    assert server.process is process
    assert process is not None
    assert process.poll() is None
    await an_editor_like_any_other_reads_the_same(people, attacked)


async def an_editor_like_any_other_reads_the_same(people: People, note: Note) -> None:
    """What is left in the document is one that Yjs reads as we do; REST has a sign for NUL (api/pictures.py)."""
    reader = await people.open("reader", **await note.y_websocket("mia"))
    shown = await note.text()
    await reader.until(synced=True, text=lambda text: text.replace("\0", "\ufffd") == shown)


@pytest.mark.timeout(300)
async def test_a_thousand_hostile_updates_disturb_nobody(
    own_server: Callable[[], Server], people: People, chance: random.Random
) -> None:
    await attack_beside_honest_people(own_server(), people, chance, mutated=1_000)


@pytest.mark.soak
@pytest.mark.timeout(6 * 3600)
async def test_a_million_hostile_updates_disturb_nobody(
    own_server: Callable[[], Server], people: People, chance: random.Random
) -> None:
    mutated = int(os.environ.get("CARNET_UPDATES", "1000000"))
    await attack_beside_honest_people(own_server(), people, chance, mutated)


@pytest.mark.parametrize("name", CRAFTED)
async def test_a_crafted_update_is_never_taken(carnet_server: Server, name: str) -> None:
    note = await carnet_server.new_note()

    async with wire(note, "tom") as attacker:
        await attacker.update(CRAFTED[name])
        try:
            await attacker.survives()
        except ConnectionClosed:
            pass

    assert (await note.read())["version"] == 0
    assert await note.text() == ""


async def test_an_honest_update_made_by_the_same_hand_is_taken(carnet_server: Server) -> None:
    note = await carnet_server.new_note()

    async with wire(note, "tom") as writer:
        await writer.update(update(PARAGRAPH, TEXT_INSIDE, inside(1, STRING, string("Bonjour"))))
        assert await writer.until(Status) == Status(taken=True)

    assert (await note.read())["version"] == 1
    assert await note.text() == "Bonjour"
