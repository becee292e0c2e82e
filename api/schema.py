"""Opening the database, and bringing it to the shape this version needs.

`carnet migrate` does the latter, and so does every other verb before its work. All of it is one write: either every
step is taken or none, and a second process that starts meanwhile waits, then finds nothing to do.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection
from sqlalchemy.exc import ArgumentError

from api.settings import Settings, SettingsError
from sync.database import Database

MIGRATION_SECONDS_MAX = 3600.0
"""So long another process's steps are waited for."""

_SCRIPTS = Path(__file__).parent / "migrations"


@asynccontextmanager
async def open_database(settings: Settings, **waits: float) -> AsyncIterator[Database]:
    """The database of these settings, closed at the end. A folder for SQLite's file is made where there is none."""
    try:
        database = Database(settings.database_url, **waits)
    except (ValueError, ArgumentError) as error:
        raise SettingsError(f"CARNET_DATABASE_URL: {error}") from error
    if database.url.get_backend_name() == "sqlite":
        Path(str(database.url.database)).parent.mkdir(parents=True, exist_ok=True)
    try:
        await database.start()
        yield database
    finally:
        await database.close()


def steps() -> tuple[str | None, set[str]]:
    """The newest step of this version, and all that it knows."""
    config = Config()
    config.set_main_option("script_location", str(_SCRIPTS))
    scripts = ScriptDirectory.from_config(config)
    return scripts.get_current_head(), {script.revision for script in scripts.walk_revisions()}


async def migrate(settings: Settings, back_to: str | None = None) -> tuple[str | None, str | None]:
    """Take the steps that are missing, or those back to a version; the version before and after."""
    waits = {"busy_seconds": MIGRATION_SECONDS_MAX, "answer_seconds": MIGRATION_SECONDS_MAX}
    async with open_database(settings, **waits) as database:
        return await database.write(lambda tx: tx.run_sync(move, back_to))


def move(connection: Connection, back_to: str | None = None) -> tuple[str | None, str | None]:
    """Take the steps on an open connection, inside its transaction."""
    before = MigrationContext.configure(connection).get_current_revision()
    config = Config()
    config.set_main_option("script_location", str(_SCRIPTS))
    config.attributes["connection"] = connection
    if back_to is None:
        command.upgrade(config, "head")
    else:
        command.downgrade(config, back_to)
    return before, MigrationContext.configure(connection).get_current_revision()
