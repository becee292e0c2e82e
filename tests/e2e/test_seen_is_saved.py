"""With a slow disk: nobody sees an edit before its commit, and no client says "saved" with an update uncommitted.

The moment a client sees or believes something, the test looks into the database file for what is committed.
"""

import random
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest

from tests.support.counting import counting
from tests.support.node import People, Person
from tests.support.server import Note, Server

SLOW = (sys.executable, "-m", "tests.support.slow_server", "serve")
LETTERS_LEFT_MIN = 24  # fewer could be from more than one place of the counting
LETTERS_MAX = 10_000
NAMES = ("ann", "bob", "cleo")


@dataclass(slots=True)
class Witness:
    """Writes down each claim of a client with the log's head at that moment, to be judged when all is over."""

    note: Note
    claims: list[tuple[dict[str, Any], int]] = field(default_factory=list)

    def hear(self, claim: dict[str, Any]) -> None:
        if claim["event"] in ("seen", "saved"):
            self.claims.append((claim, len(self.note.rows())))


def reached(name: str, text: str) -> tuple[int, int]:
    """How many letters `name` had erased (from the front) and typed in this state of the note."""
    everything = counting(name, LETTERS_MAX)
    [line] = [line for line in text.split("\n") if line and line in everything] or [""]
    erased = everything.index(line)
    return erased, erased + len(line)


async def do_anything(writer: Person, chance: random.Random, steps: int) -> None:
    """Type, erase, cut the line, write offline, mend it while writing; whatever a restless person may do."""
    for _ in range(steps):
        await chance.choice([type_some, type_some, erase_some, wait_for_saved, away_and_back])(writer, chance)


async def type_some(writer: Person, chance: random.Random) -> None:
    await writer.do("type", count=chance.randint(1, 5))


async def erase_some(writer: Person, chance: random.Random) -> None:
    state = await writer.state()
    spare = state["typed"] - state["erased"] - LETTERS_LEFT_MIN
    if spare > 0:
        await writer.do("erase", count=chance.randint(1, min(3, spare)))


async def wait_for_saved(writer: Person, chance: random.Random) -> None:
    await writer.until(saved=True, seconds=60)


async def away_and_back(writer: Person, chance: random.Random) -> None:
    await writer.do("cut")
    await writer.until(connected=False)
    for _ in range(chance.randint(0, 2)):
        await chance.choice([type_some, erase_some])(writer, chance)
    await writer.do("mend")
    if chance.random() < 0.5:
        await type_some(writer, chance)


async def live_on_a_slow_disk(server: Server, people: People, chance: random.Random, rounds: int) -> None:
    note = await server.new_note()
    witness = Witness(note)
    people.node.listeners.append(witness.hear)
    readers = [
        await people.open("mia", watched=True, **await note.y_websocket("mia")),
        await people.open("tom", watched=True, **note.hocuspocus("tom")),
    ]
    for reader in readers:
        await reader.until(synced=True)
    writers = [await people.open(name, **note.hocuspocus("lea")) for name in NAMES]
    for writer in writers:
        await writer.until(saved=True)
        await writer.do("type", count=LETTERS_LEFT_MIN)

    for _ in range(rounds):
        for writer in writers:
            await do_anything(writer, chance, steps=3)
    for writer in writers:
        await writer.until(saved=True, seconds=60)

    texts = await people.texts(note.rows())
    assert await note.text() == texts[-1]
    for claim, head in witness.claims:
        if claim["event"] == "seen":
            assert claim["text"] in texts[: head + 1], f"seen before its commit: {claim}"
        elif claim["typed"] > 0:
            erased, typed = reached(claim["name"], texts[head])
            assert erased >= claim["erased"], f"an erasure not committed: {claim}"
            assert typed >= claim["typed"], f"letters not committed: {claim}"
    print(f"{len(witness.claims)} claims, {len(texts) - 1} rows")


async def test_nobody_sees_or_believes_what_is_not_committed(
    own_server: Callable[..., Server], people: People, chance: random.Random
) -> None:
    await live_on_a_slow_disk(own_server(command=SLOW), people, chance, rounds=6)


@pytest.mark.soak
@pytest.mark.timeout(3600)
async def test_nobody_sees_or_believes_what_is_not_committed_for_long(
    own_server: Callable[..., Server], people: People, chance: random.Random
) -> None:
    await live_on_a_slow_disk(own_server(command=SLOW), people, chance, rounds=150)
