"""What the tests of the product ask for."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from api import schema
from sync.database import Database
from tests.support.world import World, open_world, settings_in


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def world(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[World]:
    """One for a whole file of tests: they run on the file's event loop and make contacts of their own."""
    async for opened in open_world(tmp_path_factory.mktemp("world")):
        yield opened


@pytest.fixture
async def own_world(tmp_path: Path) -> AsyncIterator[World]:
    """One for a single test that counts everything, or turns the server's state over."""
    async for opened in open_world(tmp_path):
        yield opened


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    """A migrated database and nothing else."""
    settings = settings_in(tmp_path)
    await schema.migrate(settings)
    async with schema.open_database(settings) as opened:
        yield opened
