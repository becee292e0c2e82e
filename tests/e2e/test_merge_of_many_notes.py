"""Two contacts with very many notes are merged and taken apart while ten people type in them, who feel nothing."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest

from tests.support.server import Note, Server
from tests.support.typist import Typist, percentile

TYPISTS = 10
AT_ONCE = 8
BEFORE_SECONDS = 3


@pytest.fixture
async def server(demo_copy: Server) -> AsyncIterator[Server]:
    await asyncio.to_thread(demo_copy.start)
    yield demo_copy
    demo_copy.stop()


async def with_notes(server: Server, firstname: str, notes: int) -> list[Note]:
    """A fresh contact's notes, the main one first."""
    main = await server.new_note(firstname)
    turns = asyncio.Semaphore(AT_ONCE)

    async def write(rest: httpx.AsyncClient, n: int) -> Note:
        async with turns:
            answer = await rest.post(f"/contacts/{main.contact_id}/notes", json={"body": f"{firstname} {n}"})
        assert answer.status_code == 201, answer.text
        return Note(server, main.contact_id, answer.json()["id"])

    async with server.rest() as rest:
        return [main, *await asyncio.gather(*(write(rest, n) for n in range(notes - 1)))]


@asynccontextmanager
async def typing(notes: list[Note]):
    """Somebody types in each of these; at the end all letters are there."""
    typists = [Typist(note, ("lea", "tom")[n % 2]) for n, note in enumerate(notes)]
    stop = asyncio.Event()
    async with asyncio.TaskGroup() as tasks:
        for typist in typists:
            tasks.create_task(typist.type_until(stop))
        await asyncio.sleep(BEFORE_SECONDS)
        yield typists
        stop.set()
    for typist in typists:
        assert typist.typed in (await typist.note.text()).split("\n")


async def timed(asking: Any) -> tuple[Any, float]:
    began = time.perf_counter()
    answer = await asking
    assert answer.status_code in (200, 201), answer.text
    return answer.json(), time.perf_counter() - began


@pytest.mark.both_databases
@pytest.mark.parametrize(
    ("notes", "merge_max", "p99_max"),
    [(30, None, None), pytest.param(10_000, 0.2, 0.1, marks=[pytest.mark.soak, pytest.mark.timeout(3000)])],
)
async def test_ten_people_type_undisturbed_while_contacts_with_many_notes_are_merged_and_taken_apart(
    server: Server, notes: int, merge_max: float | None, p99_max: float | None
) -> None:
    one, other = await with_notes(server, "Ada", notes), await with_notes(server, "Alan", notes)
    ids = {"primary_id": one[0].contact_id, "secondary_id": other[0].contact_id}
    async with server.rest() as rest, typing([*one[: TYPISTS // 2], *other[: TYPISTS // 2]]) as typists:
        before = [len(typist.seconds) for typist in typists]
        merged, merge_seconds = await timed(rest.post("/contacts/merge", json=ids))
        shown, read_seconds = await timed(rest.get(f"/contacts/{ids['secondary_id']}"))
        _, undo_seconds = await timed(rest.post(f"/merges/{merged['id']}/undo"))
        await asyncio.sleep(1)
    assert shown["id"] == ids["primary_id"]
    lines = {f"{name} {n}" for name in ("Ada", "Alan") for n in range(notes - 1)}
    assert lines <= set(shown["notes_text"].split("\n"))
    seconds = [one for typist, n in zip(typists, before, strict=True) for one in typist.seconds[n:]]
    p99 = percentile(seconds, 0.99)
    print(
        f"{notes} notes each: merged in {merge_seconds * 1000:.0f} ms, undone in {undo_seconds * 1000:.0f} ms, all read"
        f" in {read_seconds * 1000:.0f} ms; {len(seconds)} keys meanwhile: p99 {p99 * 1000:.0f} ms"
    )
    assert merge_max is None or max(merge_seconds, undo_seconds) < merge_max
    assert p99_max is None or p99 < p99_max
