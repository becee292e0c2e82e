"""Tickets for the URL of a socket."""

import httpx
import pytest
from starlette.requests import HTTPConnection

from api.auth import COOKIE, authenticator
from api.tickets import redeem_for
from tests.support.world import World

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.both_databases]

OURS = {"Origin": "http://localhost", "X-Carnet": "1"}


def connection(world: World, **headers: str) -> HTTPConnection:
    raw = [(name.lower(), value) for name, value in httpx.Headers(headers).raw]
    return HTTPConnection({"type": "websocket", "app": world.app, "headers": raw})


async def document(world: World) -> str:
    return f"note/{(await world.new_contact())['main_note_id']}"


async def ticket_for(world: World, name: str, role: str = "viewer") -> str:
    async with world.client(role) as rest:
        answer = await rest.post("/tickets", json={"document": name})
    assert answer.status_code == 201, answer.text
    assert answer.json()["expires_in"] == 30
    return answer.json()["ticket"]


async def holder(world: World, ticket: str, name: str) -> str | None:
    member = await redeem_for(connection(world), ticket, name)
    return member.role if member else None


async def test_a_ticket_opens_its_document_as_who_asked_for_it(world: World) -> None:
    name = await document(world)
    assert await holder(world, await ticket_for(world, name), name) == "viewer"


async def test_a_ticket_opens_no_other_document(world: World) -> None:
    name, other = await document(world), await document(world)
    assert await holder(world, await ticket_for(world, name), other) is None
    assert await holder(world, "forged", name) is None
    assert await holder(world, "", name) is None


async def test_a_ticket_that_was_not_used_in_time_is_no_more(world: World) -> None:
    name = await document(world)
    ticket = await ticket_for(world, name)
    with world.later(seconds=31):
        assert await holder(world, ticket, name) is None


async def test_a_used_ticket_is_good_for_reconnects_for_twelve_hours(world: World) -> None:
    name = await document(world)
    ticket = await ticket_for(world, name)
    assert await holder(world, ticket, name)
    for hours, expected in ((1, "viewer"), (11.9, "viewer"), (12.1, None)):
        with world.later(hours=hours):
            assert await holder(world, ticket, name) == expected


async def test_a_ticket_ends_with_the_session_it_was_made_in(world: World) -> None:
    name = await document(world)
    async with world.client(**OURS) as rest:
        rest.cookies.set(COOKIE, await world.cookie("admin"))
        ticket = (await rest.post("/tickets", json={"document": name})).json()["ticket"]
        assert await holder(world, ticket, name) == "admin"
        await rest.delete("/session")
    assert await holder(world, ticket, name) is None


async def test_a_socket_is_whose_token_it_sends_or_whose_request_it_was(world: World) -> None:
    admin, viewer = world.tokens["admin"], world.tokens["viewer"]
    cookie = {"Cookie": f"{COOKIE}={await world.cookie('editor')}"}

    async def who(token: str, **headers: str) -> str | None:
        member = await authenticator(connection(world, **headers))(token)
        return member.role if member else None

    assert await who(admin) == "admin"
    assert await who("", **cookie) == "editor"
    assert await who("", Authorization=f"Bearer {viewer}") == "viewer"
    assert await who(admin, **cookie) == "admin"
    assert await who("forged", **cookie) is None
    assert await who("") is None
    assert await who(await world.cookie("editor")) is None
