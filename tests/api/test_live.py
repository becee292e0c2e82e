"""Sockets whose people leave while they stand at the door: nobody's failure."""

import asyncio
import socket
import struct
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import replace

import pytest
import pytest_asyncio
import structlog
import uvicorn

from api.serve import server_config
from sync.admission import Admission
from tests.support.server import free_port
from tests.support.waiting import until
from tests.support.world import World

pytestmark = pytest.mark.asyncio(loop_scope="module")

RESET = struct.pack("ii", 1, 0)


@pytest_asyncio.fixture(loop_scope="module")
async def running(world: World) -> AsyncIterator[uvicorn.Server]:
    """The world's application behind uvicorn, on a port of its own."""
    config = server_config(world.app, "127.0.0.1", free_port(), world.carnet.settings)
    server = uvicorn.Server(config)
    config.lifespan = "off"  # the world has begun
    serving = asyncio.create_task(server.serve())
    await until(lambda: asyncio.sleep(0, server.started), what=lambda: "uvicorn listens")
    yield server
    server.should_exit = True
    await serving


@pytest.mark.parametrize("path", ["/sync", "/sync/note/act_1", "/sync/note/act_1?ticket=none"])
@pytest.mark.parametrize("way", ["politely", "reset"])
async def test_who_leaves_while_they_wait_at_the_door_is_no_failure_of_ours(
    world: World, running: uvicorn.Server, monkeypatch: pytest.MonkeyPatch, path: str, way: str
) -> None:
    limits = replace(world.carnet.settings.limits, turn_seconds_max=3600.0)  # a turn ends when the test ends it
    admission = Admission(limits)
    monkeypatch.setattr(world.carnet.rooms, "admission", admission)
    with structlog.testing.capture_logs() as log:
        async with AsyncExitStack() as turns:
            for _ in range(limits.handshakes_at_once_max):
                await turns.enter_async_context(admission.turn())
            knock = (
                f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{running.config.port}\r\nUpgrade: websocket\r\n"
                "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
                "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
            )
            _, writer = await asyncio.open_connection("127.0.0.1", running.config.port)
            writer.write(knock.encode())
            await until(lambda: asyncio.sleep(0, admission.waiting == 1), what=lambda: "somebody waits")
            if way == "reset":
                writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
            writer.close()
            gone = running.server_state.connections
            await until(lambda: asyncio.sleep(0, not gone), what=lambda: "the connection is seen to be gone")
        await until(lambda: asyncio.sleep(0, "socket ended" in events(log)), what=lambda: "the socket has ended")
    assert events(log) == ["socket", "socket ended"]


def events(log: list[structlog.typing.EventDict]) -> list[str]:
    return [str(line["event"]) for line in log]
