"""An address book comes in while two people write: they feel nothing, progress is seen, and twice is once."""

import asyncio
import random
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from pycrdt import Doc, XmlElement, XmlFragment, XmlText

from tests.support.address_books import vcards
from tests.support.server import Note, Server
from tests.support.waiting import until
from tests.support.wire import Status, wire

KEYS_PER_SECOND = 8
ENDED = ("done", "failed", "cancelled", "interrupted")


@dataclass
class Typist:
    """Types one letter after another in a paragraph of their own; counts the seconds until each is said to be saved."""

    note: Note
    name: str
    typed: str = ""
    seconds: list[float] = field(default_factory=list)

    async def type_until(self, stop: asyncio.Event) -> None:
        doc: Doc[Any] = Doc()
        updates: list[bytes] = []
        subscription = doc.observe(lambda event: updates.append(event.update))
        doc["default"] = root = XmlFragment()
        root.children.append(XmlElement("paragraph"))
        paragraph = root.children[0]
        paragraph.children.append(XmlText())
        text = paragraph.children[0]
        async with wire(self.note, self.name) as socket:
            while not stop.is_set():
                letter = random.choice("abcdefghij")
                text.insert(len(self.typed), letter)
                self.typed += letter
                for update in updates:
                    await self._send(socket, update)
                updates.clear()
                await asyncio.wait([asyncio.create_task(stop.wait())], timeout=1 / KEYS_PER_SECOND)
        doc.unobserve(subscription)

    async def _send(self, socket: Any, update: bytes) -> None:
        began = time.perf_counter()
        await socket.update(update)
        status = await socket.until(Status)
        self.seconds.append(time.perf_counter() - began)
        assert status == Status(taken=True)


def percentile(seconds: list[float], share: float) -> float:
    return sorted(seconds)[min(len(seconds) - 1, int(len(seconds) * share))]


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
