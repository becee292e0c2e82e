"""A database that went back in time (an old copy was restored, a replica that lagged was promoted) is not served."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from api.content import from_text
from sync.database import Database
from sync.errors import Overload
from tests.api.test_contact_notes import member
from tests.support.in_process import InProcess, in_process
from tests.support.waiting import until

pytestmark = pytest.mark.both_databases

NotesBack = (
    "DELETE FROM document_updates WHERE seq > 1 AND name = :name",
    "UPDATE documents SET head = 1 WHERE name = :name",
)
ChangesBack = ("DELETE FROM changes WHERE number > 2", "UPDATE change_numbers SET last = 2")


async def take_back(url: str, statements: tuple[str, ...], **values: str) -> None:
    """As if these rows had never been written."""
    database = Database(url)
    await database.start()

    async def write(tx: Any) -> None:
        for statement in statements:
            await tx.execute(text(statement), values if ":" in statement else {})

    await database.write(write)
    await database.close()


async def write_three_times(server: InProcess) -> str:
    contact = await server.new_contact()
    name = f"note/{contact['main_note_id']}"
    for words in ("one", "one two", "one two three"):
        await server.carnet.rooms.replace_content(name, await member(server), from_text(words))
        await server.get(f"/notes/{contact['main_note_id']}")
    await server.carnet.feed.wait(2)  # what it has not seen yet, it does not miss
    return name


async def refuses(server: InProcess) -> bool:
    answer = await server.lea.get("/contacts")
    return answer.status_code == 503 and bool(answer.headers["retry-after"])


async def is_shut(server: InProcess, name: str) -> bool:
    """At the next sweep, where it was the feed that saw it."""
    try:
        await server.carnet.rooms.open(name)
    except Overload:
        return True
    return False


@pytest.mark.parametrize("back", [NotesBack, ChangesBack], ids=["a note", "the feed"])
async def test_who_sees_it_serves_nobody_and_says_what_to_do(
    tmp_path: Path, new_database: Callable[[Path], str], caplog: pytest.LogCaptureFixture, back: tuple[str, ...],
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    url = new_database(tmp_path)
    async with in_process(tmp_path, url) as server:
        name = await write_three_times(server)
        await take_back(url, back, name=name)

        await until(lambda: refuses(server))
        ready = await server.lea.get("http://127.0.0.1/readyz")
        assert ready.status_code == 503
        await until(lambda: is_shut(server, name))
        said = caplog.text + capsys.readouterr().out
        assert "older copy" in said
        assert "start every server process anew" in said


async def test_not_a_word_is_written_into_it(tmp_path: Path, new_database: Callable[[Path], str]) -> None:
    url = new_database(tmp_path)
    async with in_process(tmp_path, url) as server:
        name = await write_three_times(server)
        room = await server.carnet.rooms.open(name)
        await take_back(url, NotesBack, name=name)
        room.submit(0)
        with pytest.raises(Overload):
            await server.carnet.rooms.append_content(name, await member(server), from_text("four").children)
    assert await heads(url, name) == 1


async def heads(url: str, name: str) -> int:
    database = Database(url)
    await database.start()

    async def read(tx: AsyncConnection) -> int:
        return int((await tx.execute(text("SELECT head FROM documents WHERE name = :n"), {"n": name})).scalar_one())

    head = await database.read(read)
    await database.close()
    return head
