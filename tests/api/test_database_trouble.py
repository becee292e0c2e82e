"""PostgreSQL is away, or somebody sits on its locks: REST answers 503 with Retry-After, rooms 1013, nothing hangs."""

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import httpx
import pytest

from api.content import from_text
from sync.database import Database
from sync.errors import Overload
from tests.api.test_contact_notes import member
from tests.support.in_process import InProcess, in_process
from tests.support.postgres import PostgresServer
from tests.support.waiting import until


@pytest.fixture(scope="module")
def backend() -> str:
    return "postgresql"


@pytest.fixture
def url(tmp_path: Path, new_database: Callable[[Path], str]) -> str:
    return new_database(tmp_path)


@pytest.fixture
async def server(tmp_path: Path, url: str) -> AsyncIterator[InProcess]:
    async with in_process(tmp_path, url) as running:
        yield running


def is_told_to_come_back(answer: httpx.Response) -> bool:
    return answer.status_code == 503 and int(answer.headers["retry-after"]) > 0


async def test_while_the_database_is_away_everybody_is_told_to_come_back(
    server: InProcess, postgres: PostgresServer
) -> None:
    contact = await server.new_contact()
    await asyncio.to_thread(postgres.stop)
    for answer in (
        await server.lea.get("/contacts"),
        await server.lea.get("/search", params={"q": "camille"}),
        await server.lea.post("/contacts", json={"properties": {"firstname": "Ada"}}),
        await server.lea.patch(f"/contacts/{contact['id']}", json={"properties": {"city": "Brest"}}),
        await server.lea.patch(f"/notes/{contact['main_note_id']}", json={"body": "words"}),
    ):
        assert is_told_to_come_back(answer), answer.text
    assert (await server.lea.get("http://127.0.0.1/readyz")).status_code == 503
    assert (await server.lea.get("http://127.0.0.1/healthz")).status_code == 200
    with pytest.raises(Overload):
        await server.carnet.rooms.open(f"note/{contact['main_note_id']}")

    await asyncio.to_thread(postgres.start)
    assert (await server.get(f"/contacts/{contact['id']}"))["version"] == contact["version"]
    assert (await server.lea.patch(f"/notes/{contact['main_note_id']}", json={"body": "words"})).status_code == 200


async def test_while_somebody_holds_the_line_notes_are_written_and_the_rest_is_told_to_come_back(
    server: InProcess, url: str
) -> None:
    contact = await server.new_contact()
    name, lea = f"note/{contact['main_note_id']}", await member(server)
    other = Database(url)
    await other.start()
    held, let_go = asyncio.Event(), asyncio.Event()

    async def hold(tx: object) -> None:
        held.set()
        await let_go.wait()

    holding = asyncio.create_task(other.write(hold))
    await held.wait()
    posting = asyncio.create_task(server.lea.post("/contacts", json={"properties": {"firstname": "Ada"}}))
    assert await server.carnet.rooms.replace_content(name, lea, from_text("typed meanwhile"))

    async def is_found() -> bool:
        return bool((await server.get("/search", q="meanwhile"))["results"])

    await until(is_found)
    assert is_told_to_come_back(await posting)
    let_go.set()
    await asyncio.wait([holding])
    await other.close()
    await server.new_contact()
