"""Serving: what is said, what is kept silent, and how it ends."""

import asyncio
import time
from collections.abc import Callable

import httpx
from websockets.asyncio.client import connect

from tests.support.events import listening
from tests.support.server import DEMO_PASSWORD, Server

STOP_SECONDS_MAX = 10
SYNC_STEP_1 = b"\0\0\1\0"


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
        assert time.monotonic() - began < STOP_SECONDS_MAX
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


async def test_no_secret_is_in_the_log_of_a_whole_run(own_server: Callable[..., Server]) -> None:
    server = own_server()
    note = await server.new_note()
    async with server.rest() as rest:
        await rest.patch(f"/notes/{note.id}", json={"body": "private words"})
        ticket = (await rest.post("/tickets", json={"document": note.document})).json()["ticket"]
    async with httpx.AsyncClient(base_url=f"{server.url}/api/v1", timeout=30) as browser:
        body = {"email": "lea@carnet.test", "password": DEMO_PASSWORD}
        cookie = (await browser.post("/session", json=body)).cookies["carnet_session"]
        await browser.post("/session", json={**body, "password": "a wrong password"})
        await browser.get(f"/me?ticket={ticket}")
    async with connect(f"{server.sync_url}/{note.document}?ticket={ticket}") as socket:
        await socket.send(SYNC_STEP_1)
        assert await socket.recv()
    server.stop()
    log = server.log()
    secrets = [*server.tokens.values(), cookie, ticket, DEMO_PASSWORD, "a wrong password", "private words"]
    assert [secret for secret in secrets if secret in log] == []
    assert f"http://127.0.0.1:{server.port}" in log
