"""Hosts, origins, and the headers that keep a browser in its place."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest
import structlog
from starlette.applications import Starlette
from starlette.types import Message, Receive, Scope, Send
from starlette.websockets import WebSocket
from uvicorn.server import ServerState

from api.auth import COOKIE
from api.figures import Requests
from api.middleware import Afterwards, Hardening, Hosts, Naming, Origins, Startup, serve_afterwards
from api.serve import server_config
from api.transport import EXTENSION, FrameProtocol
from sync.store import StoreUnavailable
from sync.trace import trace
from tests.support.world import PASSWORD, World, settings_in

pytestmark = pytest.mark.asyncio(loop_scope="module")

FOREIGN = [
    "https://evil.example",
    "null",
    "",
    "http://localhost.evil.example",
    "http://localhost:81",
    "https://localhost",
]
HOSTS_OF_OTHERS = ["evil.example", "", "localhost.evil.example", "127.0.0.1.evil.example", "localhost:x", "a@localhost",
                   "localhost/", "127.0.0.1:99999", "[::1", "localhost#"]  # fmt: skip


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST:8000", "127.0.0.1", "[::1]:8000", "192.0.2.1"])
async def test_names_of_ours_and_bare_addresses_are_answered(world: World, host: str) -> None:
    async with world.client("viewer", Host=host) as rest:
        assert (await rest.get("/me")).status_code == 200


@pytest.mark.parametrize("host", HOSTS_OF_OTHERS)
async def test_a_name_that_is_not_ours_is_not_answered(world: World, host: str) -> None:
    async with world.client("viewer", Host=host) as rest:
        answer = await rest.get("/me")
    assert answer.status_code == 400
    assert answer.json()["code"] == "wrong_host"


@pytest.mark.parametrize("origin", FOREIGN)
@pytest.mark.parametrize("method", ["GET", "POST", "PATCH", "DELETE"])
async def test_no_method_is_open_to_a_foreign_origin(world: World, origin: str, method: str) -> None:
    async with world.client("editor", Origin=origin) as rest:
        answer = await rest.request(method, "/contacts", json={"properties": {}})
    assert answer.status_code == 403
    assert answer.json()["code"] == "wrong_origin"


async def test_two_origins_are_as_foreign_as_the_worse_of_them(world: World) -> None:
    async with world.client("viewer") as rest:
        headers = [*rest.headers.multi_items(), ("Origin", "http://localhost"), ("Origin", "https://evil.example")]
        answer = await rest.get("/me", headers=httpx.Headers(headers))
    assert answer.status_code == 403


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Origin": "http://localhost", "X-Carnet": "1"}, 201),
        ({"Origin": "http://localhost"}, 403),
        ({"Origin": "http://localhost", "X-Carnet": "0"}, 403),
        ({"X-Carnet": "1"}, 403),
        ({"Origin": "https://evil.example", "X-Carnet": "1"}, 403),
    ],
)
async def test_a_write_with_a_cookie_needs_its_origin_and_our_header(
    world: World, headers: dict[str, str], status: int
) -> None:
    async with world.client() as rest:
        rest.cookies.set(COOKIE, await world.cookie("editor"))
        answer = await rest.post("/contacts", json={"properties": {}}, headers=headers)
    assert answer.status_code == status


async def test_a_read_with_a_cookie_needs_neither(world: World) -> None:
    async with world.client() as rest:
        rest.cookies.set(COOKIE, await world.cookie("editor"))
        assert (await rest.get("/me")).status_code == 200


async def test_a_write_with_a_token_needs_neither(world: World) -> None:
    async with world.client("editor") as rest:
        assert (await rest.post("/contacts", json={"properties": {}})).status_code == 201


@pytest.mark.parametrize(
    ("headers", "status"), [({"Origin": "http://localhost"}, 200), ({"Origin": "null"}, 403), ({}, 200)]
)
async def test_signing_in_needs_no_header_of_ours(world: World, headers: dict[str, str], status: int) -> None:
    async with world.client(**headers) as rest:
        answer = await rest.post("/session", json={"email": "viewer@carnet.test", "password": PASSWORD})
    assert answer.status_code == status


async def test_behind_a_public_address_its_origin_is_ours_and_others_are_not(tmp_path: Any) -> None:
    settings = settings_in(tmp_path, public_url="https://carnet.example")
    app = Hosts(Origins(_hello, settings), settings)

    async def status(host: str, origin: str) -> int:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=f"http://{host}") as client:
            return (await client.post("/", headers={"Origin": origin})).status_code

    assert await status("carnet.example", "https://carnet.example") == 200
    assert await status("localhost", "https://carnet.example") == 200
    assert await status("carnet.example", "https://evil.example") == 403
    assert await status("evil.example", "https://carnet.example") == 400


async def test_every_reply_is_hardened(world: World) -> None:
    async with world.client() as rest:
        for path in ("/me", "/openapi.json", "http://localhost/", "http://localhost/healthz"):
            headers = (await rest.get(path)).headers
            policy = headers["content-security-policy"]
            assert "unsafe" not in policy
            assert "default-src 'none'" in policy
            assert "frame-ancestors 'none'" in policy
            assert headers["x-content-type-options"] == "nosniff"
            assert headers["referrer-policy"] == "no-referrer"
            assert "server" not in headers
            assert "strict-transport-security" not in headers
        assert (await rest.get("/me")).headers["cache-control"] == "no-store"


async def test_over_https_a_browser_is_told_to_stay_there(tmp_path: Any) -> None:
    app = Hardening(_hello, settings_in(tmp_path, public_url="https://carnet.example"))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://localhost") as client:
        assert "max-age" in (await client.get("/")).headers["strict-transport-security"]


@pytest.mark.parametrize(("given", "kept"), [("abcd-1234", True), ("short", False), ("a b c d e f g", False)])
async def test_a_request_keeps_the_id_it_came_with_if_that_is_one(world: World, given: str, *, kept: bool) -> None:
    async with world.client("viewer", X_Request_Id=given) as rest:
        named = (await rest.get("/me")).headers["x-request-id"]
    assert (named == given) == kept
    assert re.fullmatch(r"[A-Za-z0-9._-]{8,64}", named)


async def test_what_nobody_caught_is_told_without_a_detail(capsys: pytest.CaptureFixture[str]) -> None:
    async def broken(scope: Scope, receive: Receive, send: Send) -> None:
        raise RuntimeError("a secret of ours")

    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(Naming(broken, Requests())), base_url="http://localhost"
    ) as client:
        answer = await client.get("/")
    assert answer.status_code == 500
    assert answer.json()["code"] == "internal"
    assert answer.json()["request_id"] == answer.headers["x-request-id"]
    assert "secret" not in answer.text
    assert "a secret of ours" in capsys.readouterr().out


async def test_the_log_names_the_path_and_never_the_query(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    async with world.client("viewer") as rest:
        await rest.get("/me?ticket=a-secret")
    said = capsys.readouterr().out
    assert "/api/v1/me" in said
    assert "a-secret" not in said


@pytest.mark.parametrize(
    ("headers", "accepted"),
    [
        ({"origin": "http://localhost"}, True),
        ({}, True),
        ({"cookie": f"{COOKIE}=x", "origin": "http://localhost"}, True),
        ({"cookie": f"{COOKIE}=x"}, False),
        *(({"origin": origin}, False) for origin in FOREIGN),
        *(({"cookie": f"{COOKIE}=x", "origin": origin}, False) for origin in FOREIGN),
        ({"host": "evil.example", "origin": "http://evil.example"}, False),
    ],
)
async def test_a_socket_of_a_foreign_page_is_never_accepted(
    world: World, headers: dict[str, str], *, accepted: bool
) -> None:
    sent = await upgrade(world, {"host": "localhost", **headers})
    assert (sent[0]["type"] == "websocket.accept") == accepted
    if not accepted:
        assert sent[0]["type"] == "websocket.http.response.start"
        assert sent[0]["status"] in (400, 403)


async def upgrade(world: World, headers: dict[str, str]) -> list[Message]:
    """What the server says to a WebSocket that asks for /sync and then leaves."""
    incoming: list[Message] = [{"type": "websocket.connect"}, {"type": "websocket.disconnect", "code": 1001}]
    sent: list[Message] = []

    async def receive() -> Message:
        return incoming.pop(0)

    async def send(message: Message) -> None:
        sent.append(message)

    scope: dict[str, Any] = {
        "type": "websocket", "path": "/sync", "raw_path": b"/sync", "query_string": b"", "root_path": "",
        "scheme": "ws", "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
        "client": ("127.0.0.1", 1), "server": ("127.0.0.1", 80), "subprotocols": [],
        "extensions": {"websocket.http.response": {}}, "asgi": {"version": "3.0", "spec_version": "2.4"},
    }  # fmt: skip
    connection = FrameProtocol(server_config(world.app, "127.0.0.1", 0, world.carnet.settings), ServerState(), {})
    connection.queue.put_nowait({"type": "websocket.disconnect", "code": 1001})
    scope["extensions"][EXTENSION] = connection
    await world.app(scope, receive, send)
    return sent


async def test_a_socket_is_served_when_everybody_between_has_returned(capsys: pytest.CaptureFixture[str]) -> None:
    order: list[str] = []

    async def serve() -> None:
        order.append(f"served as {trace.get()}, with {scope} left")
        raise RuntimeError("a secret of ours")

    async def route(scope: Scope, receive: Receive, send: Send) -> None:
        order.append("accepted")
        serve_afterwards(WebSocket(scope, receive, send), serve)

    async def between(scope: Scope, receive: Receive, send: Send) -> None:
        await route(scope, receive, send)
        order.append("returned")

    async def receive() -> Message:
        return {"type": "websocket.connect"}

    async def send(message: Message) -> None:
        order.append(message["type"])

    scope: dict[str, Any] = {"type": "websocket", "path": "/sync", "headers": [(b"x-request-id", b"of-a-proxy")]}
    with pytest.raises(RuntimeError):
        await Afterwards(Naming(between, Requests()))(scope, receive, send)
    assert order == ["accepted", "returned", "served as of-a-proxy, with {} left"]
    said = capsys.readouterr().out
    assert said.index("socket failed") < said.index("socket ended")


async def _hello(scope: Scope, receive: Receive, send: Send) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b""})


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        (StoreUnavailable("no route to host"), "cannot start: the database is away"),
        (ExceptionGroup("work", [StoreUnavailable("no route to host")]), "cannot start: the database is away"),
        (RuntimeError("a private word"), "cannot start, or end"),
    ],
)
async def test_why_a_server_does_not_start_is_told_by_us_and_not_as_starlettes_text(
    fault: Exception, said: str
) -> None:
    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        raise fault
        yield

    async def receive() -> Message:
        return {"type": "lifespan.startup"}

    async def send(event: Message) -> None:
        told.append(event)

    told: list[Message] = []
    with structlog.testing.capture_logs() as log, pytest.raises(type(fault)):
        await Startup(Starlette(lifespan=lifespan))({"type": "lifespan"}, receive, send)
    assert told == [{"type": "lifespan.startup.failed"}]
    assert [event["event"] for event in log] == [said]
