"""Migrations make what the code expects."""

import asyncio
from pathlib import Path
from typing import Any

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection

from api import tables
from api.schema import migrate
from sync import sql_store
from sync.database import Database, metadata
from tests.support.world import settings_in


def is_ours(name: str | None, type_: str, parents: Any) -> bool:
    """All but the tables of full-text search, of which SQLAlchemy knows nothing (api/search.py)."""
    return not (type_ == "table" and name is not None and name.startswith("search_index"))


async def test_the_migrations_make_the_tables_the_code_has(database: Database) -> None:
    assert {tables.users.name, sql_store.documents.name} <= metadata.tables.keys()

    def differences(connection: Connection) -> list[Any]:
        options = {"compare_type": True, "compare_server_default": True, "include_name": is_ours}
        return list(compare_metadata(MigrationContext.configure(connection, opts=options), metadata))

    assert await database.read(lambda tx: tx.run_sync(differences)) == []


async def test_migrating_twice_changes_nothing(tmp_path: Path) -> None:
    before, after = await migrate(settings_in(tmp_path / "new" / "folder"))
    assert before is None
    assert await migrate(settings_in(tmp_path / "new" / "folder")) == (after, after)


async def test_two_processes_that_start_at_once_migrate_once(tmp_path: Path) -> None:
    steps = await asyncio.gather(*(migrate(settings_in(tmp_path)) for _ in range(4)))
    assert sorted(before is None for before, _ in steps) == [False, False, False, True]
