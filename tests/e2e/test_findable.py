"""What is typed live is found soon, whatever happens to the server; a deleted note is taken from who has it open."""

import asyncio
import random
import time
from collections.abc import Callable
from contextlib import suppress
from functools import partial

import pytest
from websockets.exceptions import ConnectionClosed

from api.content import from_text
from sync.documents import append_content, replace_content
from sync.tree import Element, Text
from tests.support.server import Note, Server
from tests.support.waiting import allowed, until
from tests.support.wire import Accepted, Refused, Status, Wire, wire

FINDABLE_SECONDS_MAX = 2.0


async def type_(client: Wire, words: str) -> None:
    """Send words as a fresh client would, and wait until they are acknowledged."""
    await client.until(Accepted)
    await client.step2(replace_content(None, (), "default", from_text(words)))
    assert await client.until(Status) == Status(taken=True)


async def is_found_soon(server: Server, word: str, note: Note) -> None:
    """Ask search alone: reading the note would have it drawn."""
    async with server.rest() as rest:

        async def is_found() -> bool:
            answer = await rest.get("/search", params={"q": word, "types": "contact"})
            assert answer.status_code == 200, answer.text
            return note.contact_id in [hit["id"] for hit in answer.json()["results"]]

        await until(is_found, seconds=allowed(FINDABLE_SECONDS_MAX), what=lambda: word)


@pytest.mark.timed
async def test_a_word_typed_live_is_found_within_two_seconds(carnet_server: Server) -> None:
    note = await carnet_server.new_note()
    async with wire(note, "tom") as client:
        await type_(client, "un mot très rare : Sternutatoire")
        await is_found_soon(carnet_server, "sternuta", note)


async def type_on(client: Wire, chance: random.Random, acknowledged: list[str]) -> None:
    """Word after word, each in a line of its own, for as long as there is a server."""
    rows: list[bytes] = []
    with suppress(ConnectionClosed):
        await client.until(Accepted)
        while True:
            word = f"acknowledged{chance.randrange(10**9)}"
            rows.append(append_content(None, rows, "default", (Element("paragraph", {}, (Text(word),)),)))
            await client.update(rows[-1])
            assert await client.until(Status) == Status(taken=True)
            acknowledged.append(word)


async def kill_and_find(server: Server, chance: random.Random, kills: int) -> None:
    for _ in range(kills):
        note, words = await server.new_note(), list[str]()
        async with wire(note, "lea") as client:
            typing = asyncio.create_task(type_on(client, chance, words))
            await until(partial(has_some, words))
            await asyncio.sleep(chance.uniform(0, 1.5))  # the random moment itself, before, in and after a settling
            server.kill()
            await typing
        await asyncio.to_thread(server.start)
        for word in {words[-1], words[0], chance.choice(words)}:
            await is_found_soon(server, word, note)


async def has_some(words: list[str]) -> bool:
    return bool(words)


async def test_the_last_word_acknowledged_while_typing_is_found_after_a_kill_without_another_edit(
    own_server: Callable[[], Server], chance: random.Random
) -> None:
    await kill_and_find(own_server(), chance, kills=3)


@pytest.mark.soak
@pytest.mark.timeout(1800)
async def test_the_last_word_acknowledged_while_typing_is_found_after_many_kills(
    own_server: Callable[[], Server], chance: random.Random
) -> None:
    await kill_and_find(own_server(), chance, kills=40)


async def test_whoever_has_a_note_open_is_sent_away_when_it_is_deleted(carnet_server: Server) -> None:
    contact_id = (await carnet_server.new_note()).contact_id
    async with carnet_server.rest() as rest:
        made = await rest.post(f"/contacts/{contact_id}/notes", json={"body": "open"})
        note = Note(carnet_server, contact_id, made.json()["id"])
        async with wire(note, "tom") as client:
            await client.until(Accepted)
            await rest.delete(f"/notes/{note.id}")
            assert await client.until(Refused) == Refused("not-found")
        async with wire(note, "tom") as client:
            assert await client.until(Accepted, Refused) == Refused("not-found")
        await rest.post(f"/activities/{note.id}/restore")
    async with wire(note, "tom") as client:
        assert await client.until(Accepted, Refused) == Accepted("read-write")


def notes_of(people: int, chance: random.Random) -> list[str]:
    """A note for each, of words that nobody has in a dictionary."""
    letters = "aeiourstlnmdpcéèçœßñüăž"

    def word() -> str:
        return "".join(chance.choices(letters, k=chance.randint(2, 14)))

    return [" ".join(word() for _ in range(chance.randint(6, 30))) for _ in range(people)]


def card_of(number: int, note: str) -> str:
    lines = ("BEGIN:VCARD", "VERSION:4.0", f"UID:urn:x:{number}", f"FN:Person {number}", f"NOTE:{note}", "END:VCARD")
    return "\r\n".join(lines) + "\r\n"


@pytest.mark.parametrize("people", [100, pytest.param(5_000, marks=[pytest.mark.soak, pytest.mark.timeout(1800)])])
async def test_the_longest_word_of_every_imported_note_is_found(
    own_server: Callable[[], Server], chance: random.Random, people: int
) -> None:
    server, notes = own_server(), notes_of(people, chance)
    book = "".join(card_of(number, note) for number, note in enumerate(notes)).encode()
    async with server.rest() as rest:
        answer = await rest.post("/imports", files={"file": ("book.vcf", book)})
        assert answer.status_code == 201, answer.text
        address = f"/imports/{answer.json()['id']}"

        async def done() -> bool:
            return (await rest.get(address)).json()["state"] == "done"

        await until(done, seconds=600)
        seconds = []
        for number, note in enumerate(notes):
            longest = max(note.split(), key=len)
            began = time.monotonic()
            found = (await rest.get("/search", params={"q": longest, "types": "contact"})).json()["results"]
            seconds.append(time.monotonic() - began)
            assert any(one["title"] == f"Person {number}" for one in found), f"{longest!r} of {number} is not found"
            assert all("<mark>" in one["excerpt_html"] for one in found)
    p50, slowest = sorted(seconds)[people // 2] * 1000, max(seconds) * 1000
    print(f"{people} longest words: p50 {p50:.0f} ms, slowest {slowest:.0f} ms")
