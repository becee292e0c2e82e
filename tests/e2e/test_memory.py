"""What is opened and closed leaves nothing behind in memory."""

import asyncio
import sys
from collections.abc import Callable
from itertools import cycle, islice

import pytest

from tests.support.processes import memory_bytes
from tests.support.server import Note, Server
from tests.support.waiting import until
from tests.support.wire import Other, Wire, wire

FORGETFUL = (sys.executable, "-m", "tests.support.forgetful_server", "serve")
MIB = 2**20
GROWTH_BYTES_MAX = 20 * MIB
DOCUMENTS = 50
PEOPLE = 8
SYNC = 0


async def open_and_close(notes: list[Note], times: int) -> None:
    """Some people look into note after note, so many in all: each on a socket of its own."""
    turns = islice(cycle(notes), times)

    async def look() -> None:
        for note in turns:
            async with wire(note, "lea") as socket:
                await synced(socket)

    async with asyncio.TaskGroup() as tasks:
        for _ in range(PEOPLE):
            tasks.create_task(look())


async def synced(socket: Wire) -> None:
    """Its SyncStep1 was answered: our own comes, then what we lack."""
    for _ in range(2):
        while await socket.until(Other) != Other(SYNC):
            pass


async def all_closed(server: Server) -> int:
    """Bytes, once no document is in memory."""

    async def forgotten() -> bool:
        return await asyncio.to_thread(server.metric, "carnet_open_documents") == 0

    await until(forgotten)
    assert server.process
    return memory_bytes([server.process.pid])


@pytest.mark.parametrize("times", [300, pytest.param(100_000, marks=[pytest.mark.soak, pytest.mark.timeout(2 * 3600)])])
async def test_documents_opened_and_closed_leave_nothing_in_memory(
    own_server: Callable[..., Server], times: int
) -> None:
    server = own_server(command=FORGETFUL)
    notes = [await server.new_note() for _ in range(DOCUMENTS)]
    await open_and_close(notes, times // 10)
    before = await all_closed(server)
    await open_and_close(notes, times)
    grown = await all_closed(server) - before
    print(f"{times} documents opened and closed: {grown / MIB:+.1f} MiB")
    assert grown < GROWTH_BYTES_MAX
