"""A TCP proxy on loopback between two ends: it passes on, delays, distorts, swallows, cuts, or stands still."""

import asyncio
import random
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

Distortion = Callable[[bytes], bytes]
CUT_SECONDS = 0.1


@dataclass(slots=True)
class Proxy:
    """`swallow`: once an answer holds these bytes, it is kept back and its connection cut, as often as `times` says.

    `distort` gives each connection what its answers go through; each portion waits for `delay_seconds_max` at most.
    """

    target_port: int
    port: int = 0
    swallow: bytes = b""
    times: int = 0
    distort: Callable[[], Distortion] | None = None
    delay_seconds_max: float = 0.0
    chance: random.Random = field(default_factory=random.Random)
    flowing: asyncio.Event = field(default_factory=asyncio.Event)
    connections: set[asyncio.Task[None]] = field(default_factory=set)
    _writers: set[asyncio.StreamWriter] = field(default_factory=set)

    def take(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Somebody connects."""
        task = asyncio.create_task(self.serve(reader, writer))
        self.connections.add(task)
        task.add_done_callback(self.connections.discard)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection, both ways."""
        try:
            there = await asyncio.open_connection("127.0.0.1", self.target_port)
        except OSError:  # nobody listens there now
            writer.transport.abort()
            return
        self._writers |= {writer, there[1]}
        ways = [
            asyncio.create_task(self._pass_on(reader, there[1], answers=False)),
            asyncio.create_task(self._pass_on(there[0], writer, answers=True)),
        ]
        await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        for way in ways:
            way.cancel()
        await asyncio.wait(ways)
        for end in (writer, there[1]):
            end.transport.abort()
            self._writers.discard(end)

    async def _pass_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, answers: bool) -> None:
        distort = self.distort() if self.distort and answers else bytes
        with suppress(OSError, RuntimeError):  # the latter: it was half closed
            while some := await reader.read(65536):
                if self.delay_seconds_max:
                    await asyncio.sleep(self.chance.uniform(0, self.delay_seconds_max))
                await self.flowing.wait()
                if answers and self.times and self.swallow in some:
                    self.times -= 1
                    return
                writer.write(distort(some))
                await writer.drain()

    def cut(self) -> None:
        """End every connection without a word."""
        for writer in list(self._writers):
            writer.transport.abort()

    def half_close(self) -> None:
        """Tell each end that the other has nothing more to say; what an end does say still arrives."""
        for writer in list(self._writers):
            with suppress(OSError):
                writer.write_eof()

    def freeze(self) -> None:
        """Connections stay, and nothing comes through."""
        self.flowing.clear()

    def thaw(self) -> None:
        """It flows again."""
        self.flowing.set()


@asynccontextmanager
async def proxy(target_port: int) -> AsyncIterator[Proxy]:
    """A proxy to this port of ours, until the end."""
    made = Proxy(target_port)
    made.thaw()
    listening = await asyncio.start_server(made.take, "127.0.0.1")
    made.port = listening.sockets[0].getsockname()[1]
    yield made
    listening.close()
    made.thaw()
    while made.connections:
        made.cut()
        await asyncio.wait(made.connections, timeout=CUT_SECONDS)
