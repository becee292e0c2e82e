"""Serving: what is said, what is kept silent, and how it ends."""

import asyncio
import time
from collections.abc import Callable

from tests.support.events import listening
from tests.support.server import Server

STOP_SECONDS_MAX = 10


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
