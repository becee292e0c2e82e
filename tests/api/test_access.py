"""Who may do what: every role at every address. A route without a row here fails."""

from dataclasses import dataclass
from typing import Any

import pytest

from api.app import routes
from api.http import API, Operation
from tests.support.world import PASSWORD, World

pytestmark = pytest.mark.asyncio(loop_scope="module")

STRANGER = "stranger"


@dataclass(frozen=True, slots=True)
class Row:
    """What each may expect: stranger, viewer, editor, admin. `{contact}` and `{note}` are ids of a fresh contact."""

    method: str
    path: str
    stranger: int
    viewer: int
    editor: int
    admin: int
    body: Any = None

    def expected(self, role: str) -> int:
        return getattr(self, role)


PROPERTIES = {"properties": {"firstname": "Ada"}}
WORDS = {"body": "words"}
MATRIX = (
    Row("POST", "/session", 200, 200, 200, 200, {"email": "viewer@carnet.test", "password": PASSWORD}),
    Row("DELETE", "/session", 401, 204, 204, 204),
    Row("GET", "/me", 401, 200, 200, 200),
    Row("GET", "/contacts", 401, 200, 200, 200),
    Row("POST", "/contacts", 401, 403, 201, 201, PROPERTIES),
    Row("GET", "/contacts/{contact}", 401, 200, 200, 200),
    Row("PATCH", "/contacts/{contact}", 401, 403, 200, 200, PROPERTIES),
    Row("GET", "/contacts/con_none", 401, 404, 404, 404),
    Row("PATCH", "/contacts/con_none", 401, 404, 404, 404, PROPERTIES),
    Row("GET", "/notes/{note}", 401, 200, 200, 200),
    Row("PATCH", "/notes/{note}", 401, 403, 200, 200, WORDS),
    Row("POST", "/notes/{note}/append", 401, 403, 200, 200, WORDS),
    Row("GET", "/notes/act_none", 401, 404, 404, 404),
    Row("PATCH", "/notes/act_none", 401, 404, 404, 404, WORDS),
    Row("POST", "/notes/act_none/append", 401, 404, 404, 404, WORDS),
    Row("POST", "/tickets", 401, 201, 201, 201, {"document": "note/{note}"}),
    Row("POST", "/tickets", 401, 404, 404, 404, {"document": "note/act_none"}),
    Row("POST", "/tickets", 401, 404, 404, 404, {"document": "nothing"}),
)
TESTED_ELSEWHERE = {("GET", "/changes")}  # test_changes.py: a stream has no end to wait for here


async def test_every_route_has_its_row() -> None:
    known = {(route.method, route.path.removeprefix(API)) for route in routes if isinstance(route, Operation)}
    told = {(row.method, row.path.replace("{contact}", "{id}").replace("{note}", "{id}")) for row in MATRIX}
    assert known - told - TESTED_ELSEWHERE == set()


@pytest.mark.parametrize("role", [STRANGER, "viewer", "editor", "admin"])
@pytest.mark.parametrize("row", MATRIX, ids=lambda row: f"{row.method} {row.path}")
async def test_a_role_may_do_what_it_may_and_no_more(world: World, row: Row, role: str) -> None:
    contact = await world.new_contact()
    ids = {"contact": contact["id"], "note": contact["main_note_id"]}
    body = row.body and {
        key: value.format(**ids) if isinstance(value, str) else value for key, value in row.body.items()
    }
    async with world.client(None if role == STRANGER else role) as rest:
        answer = await rest.request(row.method, row.path.format(**ids), json=body)
    assert answer.status_code == row.expected(role), answer.text


async def test_what_one_may_not_see_looks_like_what_does_not_exist(world: World) -> None:
    async with world.client("viewer") as rest:
        answers = [await rest.get(path) for path in ("/contacts/con_none", "/contacts/act_none", "/notes/con_none")]
    bodies = [{**answer.json(), "request_id": ""} for answer in answers]
    assert bodies[0] == bodies[1] == bodies[2]


async def test_a_refused_write_leaves_no_trace(world: World) -> None:
    contact = await world.new_contact()
    async with world.client("viewer") as rest:
        await rest.patch(f"/contacts/{contact['id']}", json={"properties": {"firstname": "Eve"}})
        await rest.patch(f"/notes/{contact['main_note_id']}", json=WORDS)
        await rest.post(f"/notes/{contact['main_note_id']}/append", json=WORDS)
        after = (await rest.get(f"/contacts/{contact['id']}")).json()
    assert after["properties"]["firstname"] == "Ada"
    assert after["notes_text"] == ""
    assert after["permissions"] == {"edit": False}
    assert contact["permissions"] == {"edit": True}
