"""Serving: what is said, what is kept silent, and how it ends."""

import asyncio
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import httpx
import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from websockets.exceptions import ConnectionClosed

from api.serve import server_config
from tests.support.events import listening
from tests.support.hostile import PARAGRAPH, STRING, TEXT_INSIDE, inside, string, update
from tests.support.server import Server, free_port
from tests.support.waiting import allowed, until
from tests.support.wire import Status, wire
from tests.support.world import settings_in

STOP_SECONDS_MAX = 10
FAILING = (sys.executable, "-m", "tests.support.failing_server", "serve")
CLIENT = "198.51.100.7"


@pytest.mark.timed
async def test_a_server_that_is_asked_to_stop_lets_its_listeners_go(own_server: Callable[..., Server]) -> None:
    server = own_server()
    async with server.rest("mia") as mia, listening(mia) as stream:
        await stream.next()
        note = await server.new_note()
        began = time.monotonic()
        stopping = asyncio.create_task(asyncio.to_thread(server.stop))
        while await stream.next():
            pass
        await stopping
        assert time.monotonic() - began < allowed(STOP_SECONDS_MAX)
    server.start()
    assert await note.text() == ""


async def test_words_written_just_before_a_stop_are_there_after_it(own_server: Callable[..., Server]) -> None:
    server = own_server()
    note = await server.new_note()
    async with server.rest() as rest:
        await rest.patch(f"/notes/{note.id}", json={"body": "just before"})
    server.stop()
    server.start()
    assert await note.text() == "just before"


async def test_a_server_whose_engine_fails_ends_and_says_why(own_server: Callable[..., Server]) -> None:
    server = own_server(command=FAILING)
    note = await server.new_note()
    async with wire(note, "lea") as lea:
        await lea.update(update(PARAGRAPH, TEXT_INSIDE, inside(1, STRING, string("Bonjour"))))
        with pytest.raises(ConnectionClosed):
            await lea.until(Status)

    process = server.process
    assert process
    assert await asyncio.to_thread(process.wait, STOP_SECONDS_MAX) == 1
    server.process = None
    assert "LookupError" in server.log()


@pytest.mark.parametrize(
    ("trusted", "seen"),
    [
        ((), "127.0.0.1"),
        (("127.0.0.1",), "198.51.100.7"),
        (("10.0.0.0/8",), "127.0.0.1"),
        (("127.0.0.0/8",), "198.51.100.7"),
    ],
)
async def test_only_a_proxy_that_was_named_is_believed(tmp_path: Path, trusted: tuple[str, ...], seen: str) -> None:
    async def who(request: Request) -> PlainTextResponse:
        assert request.client
        return PlainTextResponse(f"{request.client.host} {request.url.scheme}")

    config = server_config(
        Starlette(routes=[Route("/", who)]), "127.0.0.1", free_port(), settings_in(tmp_path, trusted_proxies=trusted)
    )
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server.serve())
    async with httpx.AsyncClient() as proxy:

        async def answered() -> str:
            with suppress(httpx.TransportError):
                headers = {"X-Forwarded-For": f"203.0.113.9, {CLIENT}", "X-Forwarded-Proto": "https"}
                return (await proxy.get(f"http://127.0.0.1:{config.port}/", headers=headers)).text
            return ""

        assert await until(answered) == f"{seen} {'http' if seen == '127.0.0.1' else 'https'}"
    server.should_exit = True
    await serving
