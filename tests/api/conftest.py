"""What the tests of the product ask for."""

from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
import pytest_asyncio

from api import schema
from api.settings import Settings
from sync.database import Database
from tests.support.in_process import InProcess, in_process
from tests.support.world import World, open_world, settings_in

NewDatabase = Callable[[Path], str]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def world(tmp_path_factory: pytest.TempPathFactory, new_database: NewDatabase) -> AsyncIterator[World]:
    """One for a whole file of tests: they run on the file's event loop and make contacts of their own."""
    folder = tmp_path_factory.mktemp("world")
    async for opened in open_world(folder, new_database(folder)):
        yield opened


@pytest.fixture
async def own_world(tmp_path: Path, new_database: NewDatabase) -> AsyncIterator[World]:
    """One for a single test that counts everything, or turns the server's state over."""
    async for opened in open_world(tmp_path, new_database(tmp_path)):
        yield opened


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def server(tmp_path_factory: pytest.TempPathFactory, new_database: NewDatabase) -> AsyncIterator[InProcess]:
    """One for a whole file of tests, with a clock that they turn."""
    folder = tmp_path_factory.mktemp("carnet")
    async with in_process(folder, new_database(folder)) as running:
        yield running


@pytest.fixture
def settings(tmp_path: Path, new_database: NewDatabase) -> Settings:
    """Of a server whose database is empty yet."""
    return settings_in(tmp_path, new_database(tmp_path))


@pytest.fixture
async def database(settings: Settings) -> AsyncIterator[Database]:
    """A migrated database and nothing else."""
    await schema.migrate(settings)
    async with schema.open_database(settings) as opened:
        yield opened
