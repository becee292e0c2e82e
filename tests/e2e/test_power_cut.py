"""The power goes while five people type: what the disk holds then has every letter that was acknowledged before."""

import random
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tests.support.counting import letters_kept
from tests.support.node import People
from tests.support.power import Disk, is_traced, traced
from tests.support.server import Note, Server
from tests.support.waiting import until

NAMES = ("ann", "bob", "cleo", "dora", "emil")
LETTER_EVERY_MS = 25
START_EVERY = 10
"""So often a server is started with what the disk held."""


@pytest.mark.parametrize(("letters", "cuts"), [(200, 20), pytest.param(12_000, 200, marks=pytest.mark.soak)])
@pytest.mark.usefixtures("strace")
@pytest.mark.timeout(1800)
async def test_a_power_cut_loses_nothing_acknowledged(
    own_server: Callable[[], Server], people: People, chance: random.Random, tmp_path: Path, letters: int, cuts: int
) -> None:
    server = own_server()
    note = await server.new_note()
    openings = [note.hocuspocus(chance.choice(["lea", "tom"])) for _ in NAMES]
    server.stop()
    files = str(server.data_dir / "carnet.db")
    disk = Disk.of(server.data_dir, "carnet.db*")
    acknowledged: list[tuple[float, str, int]] = []
    server.command = traced(server.command, tmp_path / "traces")
    server.start()

    def hear(told: dict[str, Any]) -> None:
        if told["event"] == "acknowledged":
            acknowledged.append((told["at"], told["name"], told["count"]))

    people.node.listeners.append(hear)
    for name, opening in zip(NAMES, openings, strict=True):
        typist = await people.open(name, **opening)
        await typist.until(saved=True)
        await typist.do("startTyping", ms=LETTER_EVERY_MS)

    async def enough() -> bool:
        return len(acknowledged) >= letters

    await until(enough, seconds=600, what=lambda: f"{len(acknowledged)} acknowledged")
    server.kill()

    async def told_to_the_end() -> bool:
        return not is_traced(tmp_path / "traces")

    await until(told_to_the_end)
    disk.read(tmp_path / "traces", files)
    assert [call for call in disk.calls if call.name == "pwrite64" and call.path == files] or letters < 1_000, (
        "nothing was ever brought from the write-ahead log into the database"
    )

    for number in range(cuts):
        at, _, _ = chance.choice(acknowledged)
        found = replace_database(server, tmp_path / f"cut-{number}", disk.after_power_cut(at, chance))
        text = await read(Note(found, note.contact_id, note.id), people)
        promised = {name: count for when, name, count in acknowledged if when <= at}
        kept = {name: letters_kept(name, text) for name in promised}
        assert all(kept[name] >= promised[name] for name in promised), f"promised {promised}, kept {kept}"
        if number % START_EVERY == 0:
            await it_serves(Note(found, note.contact_id, note.id), text)
        shutil.rmtree(found.data_dir)
    print(f"{cuts} power cuts")


def replace_database(server: Server, folder: Path, held: dict[str, bytes]) -> Server:
    """A server with this on its disk."""
    shutil.copytree(server.data_dir, folder, ignore=shutil.ignore_patterns("carnet.db*"))
    for path, content in held.items():
        (folder / Path(path).name).write_bytes(content)
    return Server(folder, environment=dict(server.environment), tokens=dict(server.tokens))


async def read(note: Note, people: People) -> str:
    """What lies in its database, which is sound."""
    with closing(sqlite3.connect(note.server.data_dir / "carnet.db")) as database:
        assert database.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    return await people.text(note.rows())


async def it_serves(note: Note, text: str) -> None:
    """A server starts on it and shows what lies there."""
    note.server.start()
    try:

        async def shown() -> bool:
            return await note.text() == text

        await until(shown)
    finally:
        note.server.kill()
