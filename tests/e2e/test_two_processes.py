"""Two server processes on one database, with Redis between them, under people who notice nothing of it."""

import asyncio
import time

import pytest

from tests.support.counting import counting
from tests.support.node import People, Person
from tests.support.redis import RedisServer
from tests.support.server import Note, Server
from tests.support.waiting import until

LETTER_EVERY_MS = 25


async def open_on(server: Server, people: People, name: str, note: Note) -> Person:
    there = Note(server, note.contact_id, note.id)
    person = await people.open(name, **there.hocuspocus("lea" if name < "c" else "tom"))
    await person.until(saved=True)
    return person


@pytest.mark.both_databases
async def test_what_is_typed_on_one_process_is_on_the_other_at_once(
    pair: tuple[Server, Server], people: People
) -> None:
    first, second = pair
    note = await first.new_note()
    ann, tom = await open_on(first, people, "ann", note), await open_on(second, people, "tom", note)
    await ann.do("present", state={"cursor": 7})
    await ann.do("type", count=20)
    await tom.until(text=counting("ann", 20))

    async def ann_is_shown() -> bool:
        return any(state.get("cursor") == 7 for state in (await tom.state())["present"])

    await until(ann_is_shown, what=lambda: "ann's presence on the other process")
    async with second.rest("tom") as rest:
        written = await rest.patch(f"/notes/{note.id}", json={"body": "by REST"})
        assert written.status_code == 200, written.text
    await ann.until(text="by REST")
    await tom.until(text="by REST")


@pytest.mark.parametrize(
    ("trouble", "times"),
    [
        ("killed", 1),
        ("frozen", 1),
        ("flushed", 1),
        pytest.param("killed", 100, marks=[pytest.mark.soak, pytest.mark.timeout(1800)]),
    ],
)
async def test_no_trouble_of_redis_costs_a_word(
    pair: tuple[Server, Server], people: People, redis: RedisServer, trouble: str, times: int
) -> None:
    first, second = pair
    note = await first.new_note()
    typists = [
        await open_on(server, people, name, note)
        for name, server in (("ann", first), ("bob", second), ("cleo", first), ("dora", second))
    ]
    for typist in typists:
        await typist.do("startTyping", ms=LETTER_EVERY_MS)
    letters = await some_more_seen(typists, note, 0)
    for _ in range(times):
        match trouble:
            case "killed":
                redis.kill()
            case "frozen":
                redis.freeze()
            case "flushed":
                redis.flush()
        letters = await some_more_seen(typists, note, letters)
        match trouble:
            case "killed":
                redis.start()
            case "frozen":
                redis.thaw()
        letters = await some_more_seen(typists, note, letters)
    for typist in typists:
        await typist.do("stopTyping")
    await all_agree(typists, note)


async def some_more_seen(typists: list[Person], note: Note, letters: int) -> int:
    """Each of them sees what each other has typed by now, more than these many, and ten more; how many."""
    typed = [(await typist.state())["typed"] for typist in typists]
    more = max(letters, *typed) + 10
    await all_seen(typists, note, more)
    return more


async def all_seen(typists: list[Person], note: Note, letters: int) -> None:
    """Each of them sees that many letters of each other."""

    async def seen() -> bool:
        texts = [(await typist.state())["text"] for typist in typists]
        return all(counting(writer.name, letters) in text for text in texts for writer in typists)

    await until(seen, seconds=60, what=lambda: f"{letters} letters of everybody with everybody")


async def all_agree(typists: list[Person], note: Note) -> None:
    states = [await typist.until(saved=True, seconds=60) for typist in typists]
    everything = await note.text()
    for typist, state in zip(typists, states, strict=True):
        assert state["refusals"] == []
        assert counting(typist.name, state["typed"]) in everything.split("\n")
        await typist.until(text=everything)


@pytest.mark.both_databases
async def test_a_process_that_is_killed_costs_nobody_on_the_other_a_word(
    pair: tuple[Server, Server], people: People
) -> None:
    first, second = pair
    note = await first.new_note()
    typists = [
        await open_on(server, people, name, note) for name, server in (("ann", first), ("bob", second), ("cleo", first))
    ]
    for typist in typists:
        await typist.do("startTyping", ms=LETTER_EVERY_MS)
    await all_seen(typists, note, letters=10)
    first.kill()
    began = time.monotonic()
    (bob,) = [typist for typist in typists if typist.name == "bob"]
    typed = (await bob.state())["typed"]

    async def goes_on() -> bool:
        return (await bob.state())["acknowledged"] > typed

    await until(goes_on, what=lambda: "bob's typing is acknowledged")
    print(f"the other process acknowledged again {time.monotonic() - began:.2f} s after the kill")
    await asyncio.to_thread(first.start)
    await all_seen(typists, note, letters=60)
    for typist in typists:
        await typist.do("stopTyping")
    await all_agree(typists, note)
