"""The description tells the truth."""

import json
import re
from typing import Any

import pytest

from api.app import routes
from api.http import Operation
from tests.support.world import World

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def description(world: World) -> dict[str, Any]:
    async with world.client() as rest:
        return (await rest.get("/openapi.json")).json()


def operations() -> list[Operation]:
    return [route for route in routes if isinstance(route, Operation)]


async def test_every_route_is_described_and_nothing_else(world: World) -> None:
    paths = (await description(world))["paths"]
    described = {(method.upper(), path) for path, methods in paths.items() for method in methods}
    assert described == {(operation.method, operation.path) for operation in operations()}
    ids = [operation["operationId"] for methods in paths.values() for operation in methods.values()]
    assert len(ids) == len(set(ids))


async def test_every_reference_leads_somewhere(world: World) -> None:
    whole = await description(world)
    references = set(re.findall(r'"#/components/schemas/([^"]+)"', json.dumps(whole)))
    assert references <= whole["components"]["schemas"].keys()
    assert {"Contact", "Note", "User", "Ticket", "ProblemDocument", "WriteNote"} <= references


async def test_what_comes_is_what_is_described(world: World) -> None:
    schemas = (await description(world))["components"]["schemas"]
    contact = await world.new_contact()
    async with world.client("viewer") as rest:
        answers = {
            "Contact": contact,
            "Note": (await rest.get(f"/notes/{contact['main_note_id']}")).json(),
            "ContactPage": (await rest.get("/contacts?count=true")).json(),
            "User": (await rest.get("/me")).json(),
            "ProblemDocument": (await rest.get("/contacts/con_none")).json(),
        }
    for name, answer in answers.items():
        assert answer.keys() <= schemas[name]["properties"].keys()
        assert set(schemas[name].get("required", ())) <= answer.keys() | {"errors"}, name


async def test_only_signing_in_is_open_to_strangers() -> None:
    assert [operation.name for operation in operations() if operation.public] == ["sign_in"]


async def test_a_body_that_is_refused_for_what_it_holds_is_described_so() -> None:
    assert [operation.name for operation in operations() if operation.body and 422 not in operation.refusals] == []
