"""Two server processes on PostgreSQL and Redis: it restarts under people who type, and verbs are run beside them."""

import asyncio
import random
from pathlib import Path

import pytest
from websockets.asyncio.client import connect

from sync.errors import Overload
from tests.e2e.test_two_processes import LETTER_EVERY_MS, all_agree, all_seen, open_on
from tests.support.address_books import vcards
from tests.support.node import People
from tests.support.postgres import PostgresServer
from tests.support.server import DEMO_PASSWORD, Server
from tests.support.waiting import until

NAMES = ("ann", "bob", "cleo", "dora", "emil", "finn", "gus", "hana", "ines", "jo")


@pytest.fixture(scope="module")
def backend() -> str:
    return "postgresql"


@pytest.mark.parametrize(
    ("how", "times"),
    [
        ("immediate", 1),
        ("fast", 1),
        pytest.param("immediate", 100, marks=[pytest.mark.soak, pytest.mark.timeout(3600)]),
    ],
)
async def test_a_restart_under_ten_who_type_costs_nobody_a_word(
    pair: tuple[Server, Server], people: People, postgres: PostgresServer, how: str, times: int
) -> None:
    notes = [await pair[0].new_note(), await pair[0].new_note()]
    rooms = [
        (note, [await open_on(pair[n % 2], people, name, note) for n, name in enumerate(names)])
        for note, names in zip(notes, (NAMES[:5], NAMES[5:]), strict=True)
    ]
    for _, typists in rooms:
        for typist in typists:
            await typist.do("startTyping", ms=LETTER_EVERY_MS)
    for note, typists in rooms:
        await all_seen(typists, note, letters=10)

    for _ in range(times):
        await asyncio.to_thread(postgres.stop, how)
        acknowledged = [(await typist.state())["acknowledged"] for _, typists in rooms for typist in typists]
        await asyncio.to_thread(postgres.start)
        for note, typists in rooms:
            await all_seen(typists, note, letters=max(acknowledged) + 20)
    for note, typists in rooms:
        for typist in typists:
            await typist.do("stopTyping")
        await all_agree(typists, note)
    for server in pair:
        assert "Traceback" not in server.log()


async def test_whoever_comes_while_the_database_is_away_is_told_to_come_back(
    pair: tuple[Server, Server], postgres: PostgresServer
) -> None:
    note = await pair[0].new_note()
    place = f"{pair[0].sync_url}/{note.document}"
    ticket = (await note.y_websocket())["ticket"]
    await asyncio.to_thread(postgres.stop, "immediate")
    try:
        for word in (f"?ticket={ticket}", ""):
            async with connect(place + word, additional_headers={"Authorization": "Bearer anything"}) as socket:
                await socket.wait_closed()
            assert socket.close_code == Overload.close_code
    finally:
        await asyncio.to_thread(postgres.start)
    assert "Traceback" not in pair[0].log()


async def test_verbs_are_run_beside_servers_that_see_what_they_did(
    pair: tuple[Server, Server], tmp_path: Path, chance: random.Random
) -> None:
    first, second = pair
    book = tmp_path / "book.vcf"
    book.write_text("".join(vcards(30, chance)))
    first.environment["CARNET_PASSWORD"] = f"not the {DEMO_PASSWORD}"
    assert "zoe@carnet.test" in first.carnet("user", "add", "zoe@carnet.test", "--name", "Zoé", "--role", "admin")
    async with second.rest("zoe") as rest:
        assert (await rest.get("/me")).json()["name"] == "Zoé"
        before = (await rest.get("/contacts", params={"count": "true"})).json()["total"]
        assert "done: 30 made" in first.carnet("import", str(book))

        async def all_there() -> bool:
            return (await rest.get("/contacts", params={"count": "true"})).json()["total"] == before + 30

        await until(all_there, what=lambda: "what was imported")
    assert "Demo accounts" in first.carnet("demo")
