"""Migrations make what the code expects, of nothing and of what older versions left, and can be undone."""

import asyncio
import hashlib
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.util import CommandError
from sqlalchemy import Connection, inspect, text

from api import tables
from api.schema import migrate, open_database
from api.settings import Settings
from sync import sql_store
from sync.database import Database, metadata
from tests.support.in_process import in_process

pytestmark = pytest.mark.both_databases


def is_ours(name: str | None, type_: str, parents: Any) -> bool:
    """All but the index of search, of which SQLAlchemy knows nothing (api/search_index.py)."""
    return not (type_ == "table" and name is not None and name.startswith("search_index"))


async def test_the_migrations_make_the_tables_the_code_has(database: Database) -> None:
    assert {tables.users.name, sql_store.documents.name} <= metadata.tables.keys()

    def differences(connection: Connection) -> list[Any]:
        options = {"compare_type": True, "compare_server_default": True, "include_name": is_ours}
        return list(compare_metadata(MigrationContext.configure(connection, opts=options), metadata))

    assert await database.read(lambda tx: tx.run_sync(differences)) == []


async def test_migrating_twice_changes_nothing(settings: Settings) -> None:
    before, after = await migrate(settings)
    assert before is None
    assert await migrate(settings) == (after, after)


async def test_two_processes_that_start_at_once_migrate_once(settings: Settings) -> None:
    steps = await asyncio.gather(*(migrate(settings) for _ in range(4)))
    assert sorted(before is None for before, _ in steps) == [False, False, False, True]


async def test_every_step_can_be_undone(settings: Settings) -> None:
    _, newest = await migrate(settings)
    assert await migrate(settings, back_to="base") == (newest, None)

    async with open_database(settings) as database:
        left = await database.read(lambda tx: tx.run_sync(lambda connection: inspect(connection).get_table_names()))
    assert left == ["alembic_version"]
    assert await migrate(settings) == (None, newest)


async def test_there_is_no_way_back_from_a_log_that_is_thinned(settings: Settings) -> None:
    await migrate(settings)
    thinned = "INSERT INTO documents (name, head, epoch, created_at, thinned) VALUES ('note/act_1', 2, 1, 1000, 2)"
    async with open_database(settings) as database:
        await database.write(lambda tx: tx.execute(text(thinned)))
    with pytest.raises(CommandError, match="thinned"):
        await migrate(settings, back_to="0006")
    assert await read(settings, "SELECT thinned FROM documents") == [(2,)]


OLD_ROWS = (
    "INSERT INTO users VALUES ('usr_1', 'lea@old.test', 'Léa', 'admin', NULL, 1000)",
    "INSERT INTO credentials VALUES (:secret_hash, 'token', 'usr_1', 1000, 9000000000000)",
    "INSERT INTO contacts VALUES ('con_1', 'Éloïse', 'de la Tour', 'de la tour eloise', 1, 1000, 1000)",
    "INSERT INTO documents VALUES ('note/act_1', 0, 1, 1000)",
    "INSERT INTO notes VALUES ('act_1', 'con_1', true, 1000, 0, '', '', '', '', 1000, NULL)",
)
"""What the first version kept."""


async def test_what_the_first_version_kept_is_served_and_is_there_again_after_the_way_back(
    settings: Settings, tmp_path: Path
) -> None:
    await migrate(settings)
    await migrate(settings, back_to="0001")
    async with open_database(settings) as database:

        async def write_old_rows(tx: Any) -> None:
            for row in OLD_ROWS:
                values = {"secret_hash": hashlib.sha256(b"carnet_old").hexdigest()} if ":" in row else {}
                await tx.execute(text(row), values)

        await database.write(write_old_rows)

    async with in_process(tmp_path, settings.database_url) as server:
        server.lea.headers["Authorization"] = "Bearer carnet_old"
        (contact,) = (await server.get("/search", q="eloi tour"))["results"]
        assert contact["title"] == "Éloïse de la Tour"
        await server.lea.patch("/contacts/con_1", json={"properties": {"city": "Brest"}})
        await server.lea.patch("/notes/act_1", json={"body": "kept"})
        whole = await server.get("/contacts/con_1")
        assert (whole["properties"]["lastname"], whole["properties"]["city"]) == ("de la Tour", "Brest")
        assert whole["notes_text"] == "kept"

    await migrate(settings, back_to="0001")
    names, found = "SELECT firstname, lastname FROM contacts", "SELECT title FROM search_entries WHERE type = 'contact'"
    assert await read(settings, names) == [("Éloïse", "de la Tour")]
    await migrate(settings)
    assert await read(settings, found) == [("Éloïse de la Tour",)]


async def read(settings: Settings, query: str) -> list[Any]:
    async with open_database(settings) as database:
        return [tuple(row) for row in await database.read(lambda tx: tx.execute(text(query)))]
