"""Alive, ready."""

import pytest

from api.app import drain
from tests.support.world import World

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_a_server_is_alive_and_ready(world: World) -> None:
    async with world.client() as rest:
        assert (await rest.get("http://localhost/healthz")).status_code == 200
        assert (await rest.get("http://localhost/readyz")).status_code == 200


@pytest.mark.asyncio(loop_scope="function")
async def test_a_draining_server_is_alive_and_not_ready(own_world: World) -> None:
    await drain(own_world.carnet)
    async with own_world.client() as rest:
        assert (await rest.get("http://localhost/healthz")).status_code == 200
        assert (await rest.get("http://localhost/readyz")).status_code == 503


@pytest.mark.asyncio(loop_scope="function")
async def test_without_its_database_a_server_is_alive_and_not_ready(own_world: World) -> None:
    await own_world.carnet.database.close()
    async with own_world.client("viewer") as rest:
        assert (await rest.get("http://localhost/healthz")).status_code == 200
        assert (await rest.get("http://localhost/readyz")).status_code == 503
        answer = await rest.get("/me")
    assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")
    assert answer.headers["retry-after"]
