"""What `carnet doctor` finds, on databases that are well and on ones that somebody has spoilt."""

import asyncio
import json
import secrets
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import text

from api import database_findings, doctor, schema
from api.findings import Finding
from api.settings import Settings
from sync.broker import Control
from sync.redis_broker import RedisBroker
from tests.api.test_cli import verb
from tests.support.in_process import in_process
from tests.support.postgres import PostgresServer
from tests.support.redis import RedisServer
from tests.support.world import settings_in

SECRET = "s" * 32


@pytest.fixture(scope="module")
def sound(new_database: Callable[[Path], str], tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Of a database with a note in it, whose server has stopped; made once."""
    folder = tmp_path_factory.mktemp("sound")
    url = new_database(folder)
    asyncio.run(_fill(folder, url))
    return settings_in(folder, url)


async def _fill(folder: Path, url: str) -> None:
    async with in_process(folder, url) as server:
        contact = await server.new_contact()
        note = await server.lea.patch(f"/notes/{contact['main_note_id']}", json={"body": "some words"})
        assert note.status_code == 200


@pytest.fixture
def settings(sound: Settings, backend: str, tmp_path: Path, request: pytest.FixtureRequest) -> Settings:
    """Of a copy, to be spoilt."""
    url = f"sqlite:///{tmp_path / 'carnet.db'}"
    if backend == "postgresql":
        postgres: PostgresServer = request.getfixturevalue("postgres")
        original = sound.database_url.rpartition("/")[2]
        url = postgres.make_database(f"t_{secrets.token_hex(8)}", original)
    else:
        shutil.copy(sound.data_dir / "carnet.db", tmp_path / "carnet.db")
    (tmp_path / "dist").mkdir()
    (tmp_path / "dist" / "index.html").write_text("<!doctype html>")
    return settings_in(tmp_path, url, public_url="http://localhost:8000")


async def spoil(settings: Settings, statement: str) -> None:
    async with schema.open_database(settings) as database:
        await database.write(lambda tx: tx.execute(text(statement)))


async def findings(settings: Settings) -> dict[str, Finding]:
    return {finding.check: finding for finding in await doctor.examine(settings)}


@pytest.mark.both_databases
async def test_a_sound_database_passes_every_check(settings: Settings) -> None:
    found = await findings(settings)
    failed = [finding for finding in found.values() if finding.state == "failed"]
    assert failed == []
    assert {"database", "writing", "migrations", "clock", "log", "snapshots", "notes", "photos"} <= found.keys()
    assert "1" in found["log"].found or "2" in found["log"].found


SPOILT = [
    ("DELETE FROM document_updates WHERE name LIKE 'note/%' AND seq = 1", "log", "failed"),
    ("UPDATE documents SET head = head + 1 WHERE name LIKE 'note/%'", "log", "failed"),
    ("UPDATE documents SET head = head - 1 WHERE name LIKE 'note/%' AND head > 0", "log", "failed"),
    ("UPDATE document_updates SET at = at + 86400000000", "clock", "warning"),
    ("UPDATE notes SET seq = 0", "notes", "warning"),
    (
        "INSERT INTO document_quarantine (name, seq, reason, at) "
        "SELECT name, 0, 'it ended two workers', 1 FROM documents WHERE name LIKE 'note/%'",
        "quarantine",
        "warning",
    ),
    ("UPDATE alembic_version SET version_num = '0005'", "migrations", "failed"),
    ("UPDATE alembic_version SET version_num = '9999'", "migrations", "failed"),
    ("INSERT INTO avatars (contact_id, sha256) SELECT id, '" + "ab" * 32 + "' FROM contacts", "photos", "failed"),
    (
        "INSERT INTO document_snapshots (name, seq, state, state_vector, scan_index, checksum) "
        "SELECT name, 0, bytes, bytes, bytes, bytes FROM document_updates WHERE name LIKE 'note/%'",
        "snapshots",
        "warning",
    ),
]


@pytest.mark.both_databases
async def test_a_thinned_log_has_no_hole(settings: Settings) -> None:
    await spoil(settings, "UPDATE documents SET head = head + 4, thinned = head + 4 WHERE name LIKE 'note/%'")
    await spoil(settings, "UPDATE document_updates SET first_seq = seq, seq = seq + 4 WHERE name LIKE 'note/%'")
    async with schema.open_database(settings) as database:
        found = await database_findings.examine(database, settings.blobs_dir)
    assert [finding.state for finding in found if finding.check == "log"] == ["ok"]


@pytest.mark.both_databases
@pytest.mark.parametrize(("statement", "check", "state"), SPOILT)
async def test_what_is_spoilt_is_found_and_something_advised(
    settings: Settings, statement: str, check: str, state: str
) -> None:
    if check == "notes":
        await spoil(settings, "UPDATE document_updates SET at = 1")
    await spoil(settings, statement)
    async with schema.open_database(settings) as database:
        found = await database_findings.examine(database, settings.blobs_dir)
    (told,) = [finding for finding in found if finding.check == check]
    assert (told.state, bool(told.advice)) == (state, True), told


async def test_what_is_missing_around_the_database_is_found(settings: Settings, tmp_path: Path) -> None:
    (tmp_path / "dist" / "index.html").unlink()
    lost = replace(settings, database_url=f"sqlite:///{tmp_path / 'nowhere.db'}", data_dir=tmp_path / "nowhere")
    found = await findings(lost)
    assert [found[check].state for check in ("page", "database", "folder")] == ["failed"] * 3
    assert not (tmp_path / "nowhere.db").exists()


async def test_redis_is_spoken_to_and_its_secret_compared(settings: Settings, redis_program: str) -> None:
    redis = RedisServer(redis_program)
    redis.start()
    try:
        together = replace(settings, redis_url=redis.url, secret=SECRET)
        assert (await findings(together))["redis"].state == "ok"
        async with RedisBroker(redis.url, "other", b"t" * 32, settings.limits) as stranger:
            told = await _while_saying(stranger, together)
        assert "CARNET_SECRET" in told.found
    finally:
        redis.kill()
    assert (await findings(together))["redis"].state == "failed"


async def _while_saying(stranger: RedisBroker, settings: Settings) -> Finding:
    """The finding about Redis while somebody with another secret speaks there all the time."""

    async def speak() -> None:
        while True:
            stranger.publish(Control("changes", "other"))
            await asyncio.sleep(0.1)

    task = asyncio.create_task(speak())
    try:
        return (await findings(settings))["redis"]
    finally:
        task.cancel()


def test_the_verb_tells_people_and_machines_and_ends_with_one_where_something_failed(tmp_path: Path) -> None:
    told = verb(tmp_path, "doctor")
    assert told.code == 1
    assert "✗ database:" in told.out
    assert "carnet migrate" in told.out
    assert verb(tmp_path, "migrate").code == 0
    answer = json.loads(verb(tmp_path, "doctor", "--json").out)
    states = {finding["check"]: finding["state"] for finding in answer["findings"]}
    assert states["database"] == states["log"] == states["migrations"] == "ok"
    assert answer["ok"] == ("failed" not in states.values())
