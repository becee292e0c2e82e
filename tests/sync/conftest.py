"""The stores, for every suite of their contract, and the workers that decode what they hold."""

import secrets
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from sync.limits import Limits
from sync.workers import Workers
from tests.sync.stores import Bench, memory_bench, sql_bench


@pytest.fixture(params=["memory", "sqlite", "postgresql"])
async def bench(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Bench]:
    match request.param:
        case "memory":
            opening = memory_bench()
        case "sqlite":
            opening = sql_bench(f"sqlite:///{tmp_path}/log.db")
        case _:
            opening = sql_bench(request.getfixturevalue("postgres").make_database(f"store_{secrets.token_hex(8)}"))
    async with opening as bench:
        yield bench


@pytest.fixture
async def workers() -> AsyncIterator[Workers]:
    running = Workers(Limits())
    await running.start()
    yield running
    await running.close()
