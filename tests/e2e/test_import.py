"""An address book comes in while two people write: they feel nothing, progress is seen, and twice is once."""

import asyncio
import random
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.support.address_books import vcards
from tests.support.server import Server
from tests.support.typist import Typist, percentile
from tests.support.waiting import until

ENDED = ("done", "failed", "cancelled", "interrupted")


async def typed_beside(server: Server, work: Callable[[], Any]) -> tuple[Any, list[float]]:
    """What `work` answers, and how long each letter of two people took to be saved meanwhile."""
    note = await server.new_note()
    typists = [Typist(note, "lea"), Typist(note, "tom")]
    stop = asyncio.Event()
    async with asyncio.TaskGroup() as tasks:
        for typist in typists:
            tasks.create_task(typist.type_until(stop))
        answer = await work()
        stop.set()
    text = await note.text()
    assert all(typist.typed in text.split("\n") for typist in typists)
    return answer, [seconds for typist in typists for seconds in typist.seconds]


async def upload(server: Server, book: bytes) -> dict[str, Any]:
    """Import a file and watch it to its end; every progress that was seen comes with it."""
    seen = []
    async with server.rest() as rest:
        answer = await rest.post("/imports", files={"file": ("book.vcf", book)})
        assert answer.status_code == 201, answer.text

        async def end() -> dict[str, Any] | None:
            await asyncio.sleep(0.25)  # as often as a page would ask
            found = (await rest.get(f"/imports/{answer.json()['id']}")).json()
            seen.append(found["created"] + found["unchanged"])
            return found if found["state"] in ENDED else None

        done = await until(end, seconds=1200)
    return {**done, "seen": seen}


async def count(server: Server) -> int:
    async with server.rest() as rest:
        return (await rest.get("/contacts", params={"count": "true", "limit": 1})).json()["total"]


def book_of(people: int) -> bytes:
    return "".join(vcards(people, random.Random(people))).encode()


def told(what: str, began: float, seconds: list[float]) -> None:
    p50, p99 = (percentile(seconds, share) * 1000 for share in (0.5, 0.99))
    print(f"{what}: {time.monotonic() - began:.0f} s; {len(seconds)} keys: p50 {p50:.0f} ms, p99 {p99:.0f} ms")


@pytest.mark.parametrize(
    ("people", "p99_max"), [(150, None), pytest.param(20_000, 0.1, marks=[pytest.mark.soak, pytest.mark.timeout(3000)])]
)
async def test_people_type_undisturbed_while_an_upload_is_imported_and_twice_is_once(
    own_server: Callable[..., Server], people: int, p99_max: float | None
) -> None:
    server, book = own_server(), book_of(people)
    before = await count(server) + 3  # each round of typing makes a contact
    began = time.monotonic()
    _, seconds = await typed_beside(server, lambda: asyncio.sleep(3))
    told("nothing beside", began, seconds)
    for made in (people, 0):
        began = time.monotonic()
        done, seconds = await typed_beside(server, lambda: upload(server, book))
        told(f"{people} people, {made} new", began, seconds)
        assert (done["state"], done["created"], done["unchanged"]) == ("done", made, people - made)
        assert done["seen"] == sorted(done["seen"])
        assert p99_max is None or percentile(seconds, 0.99) < p99_max
        assert p99_max is None or made == 0 or len(set(done["seen"])) > 20, "no progress was seen"
    assert await count(server) == before + people


@pytest.mark.parametrize(
    ("people", "p99_max"), [(150, None), pytest.param(20_000, 0.1, marks=[pytest.mark.soak, pytest.mark.timeout(3000)])]
)
async def test_people_type_undisturbed_beside_the_command_line(
    own_server: Callable[..., Server], tmp_path: Path, people: int, p99_max: float | None
) -> None:
    server, book = own_server(), tmp_path / "book.vcf"
    await asyncio.to_thread(book.write_bytes, book_of(people))
    before = await count(server) + 1

    async def work() -> str:
        verb = ("import", str(book), "--as", "lea@carnet.test")
        return await asyncio.to_thread(server.carnet, *verb, seconds_max=1800)

    began = time.monotonic()
    said, seconds = await typed_beside(server, work)
    told(f"{people} people, command line", began, seconds)
    assert said.strip() == f"done: {people} made, 0 there already, 0 refused"
    assert await count(server) == before + people
    assert p99_max is None or percentile(seconds, 0.99) < p99_max


async def test_an_import_that_was_killed_is_interrupted_and_run_again_makes_nobody_twice(
    own_server: Callable[..., Server],
) -> None:
    server, book = own_server(), book_of(400)
    before = await count(server)
    async with server.rest() as rest:
        begun = (await rest.post("/imports", files={"file": ("book.vcf", book)})).json()

        async def some() -> bool:
            return await count(server) > before

        await until(some, seconds=60)
        server.kill()
        server.start()
        lost = (await rest.get(f"/imports/{begun['id']}")).json()
        assert lost["state"] == "interrupted"
        assert (await rest.post(f"/imports/{begun['id']}/run")).status_code == 200

        async def end() -> dict[str, Any] | None:
            found = (await rest.get(f"/imports/{begun['id']}")).json()
            return found if found["state"] in ENDED else None

        done = await until(end, seconds=100)
    assert (done["state"], done["created"] + done["unchanged"]) == ("done", 400)
    assert done["unchanged"] > 0
    assert await count(server) == before + 400
