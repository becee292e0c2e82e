"""What stands between the nodes, and what may go wrong there: the database, the wire, the sockets."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial
from random import Random
from typing import Any, Literal

from sync.broker import LocalBroker, Message, Missed
from sync.store import Store, StoreUnavailable

When = Literal["before", "after"]

MOMENTS = (0.0, 0.0, 0.001, 0.004, 0.02)
"""How long a question to the database, or its answer, or a frame is on its way."""


@dataclass
class Weather:
    """How bad things are just now; `fair()` ends it all."""

    chance: Random
    store_fails: float = 0.0  # how many of ten calls
    wire_loses: float = 0.0

    def fair(self) -> None:
        self.store_fails = self.wire_loses = 0.0

    def happens(self, of_ten: float) -> bool:
        return self.chance.random() * 10 < of_ten

    def moment(self) -> float:
        return self.chance.choice(MOMENTS)


class StoreEnd:
    """One node's connection to the database: slow, or down before the call, after it, or while it is on its way.

    Of a node that has crashed nothing comes through any more, but for what was on its way already.
    """

    CALLS = (
        *("append", "load", "since", "heads", "write", "put_snapshot", "confirm_snapshot", "thin"),
        *("foldable", "thinnable", "put_in_quarantine", "release", "quarantines"),
    )

    def __init__(self, store: Store, weather: Weather, own: Callable[[Awaitable[Any]], asyncio.Task[Any]]) -> None:
        self._store, self._weather, self._own = store, weather, own
        self.alive = True
        self.crash_at: tuple[str, When] | None = None  # which call, and before it is made or after
        self.crash: Callable[[], None]
        for name in self.CALLS:
            setattr(self, name, self._through(name))

    def distrust(self, why: str) -> None:
        """It never goes back in time here, so the engine's own complaint is a violation."""

    def _through(self, name: str) -> Callable[..., Awaitable[Any]]:
        async def call(*args: Any, **options: Any) -> Any:
            await self._passes(name, "before")
            work = partial(getattr(self._store, name), *args, **options)
            if self._weather.happens(self._weather.store_fails / 3):
                self._own(self._late(work))
                raise StoreUnavailable("on its way, and nobody waits for it")
            answer = await asyncio.shield(self._own(work()))
            await self._passes(name, "after")
            return answer

        return call

    async def _passes(self, name: str, when: When) -> None:
        if self.crash_at == (name, when):
            self.crash_at = None
            self.crash()
        if not self.alive:
            await asyncio.Future()
        await asyncio.sleep(self._weather.moment())
        if not self.alive:
            await asyncio.Future()
        if self._weather.happens(self._weather.store_fails):
            raise StoreUnavailable(f"{when} the call")

    async def _late(self, work: Callable[[], Awaitable[Any]]) -> None:
        """The database does it when nobody listens any more; what it answers is lost."""
        await asyncio.sleep(self._weather.chance.choice([0.0, 0.05, 0.5, 3.0]))
        try:
            await work()
        except Exception:  # noqa: BLE001 - its caller was told StoreUnavailable
            return


class Wire(LocalBroker):
    """One node's end of the wire, which loses, doubles and reorders what it carries."""

    def __init__(self, node: str, ends: list[LocalBroker], weather: Weather) -> None:
        super().__init__(node, ends)
        self._ends, self._weather = ends, weather

    def publish(self, message: Message) -> None:
        weather, loop = self._weather, asyncio.get_running_loop()
        for end in list(self._ends):
            if end is self:
                continue
            while not weather.happens(weather.wire_loses):
                pause = weather.moment() if weather.wire_loses else 0.001
                loop.call_later(pause, end._hear, message)
                if not weather.happens(weather.wire_loses):
                    break

    def cut(self) -> None:
        """The node is gone."""
        if self in self._ends:
            self._ends.remove(self)
        self._receivers.clear()

    def begin_anew(self) -> None:
        """The connection was lost and is there again."""
        for name, receive in list(self._receivers.items()):
            receive(Missed(name))


class Link:
    """A connection between a client and a node, frames in order, each some time on its way; either side may cut it.

    The node's end is a `sync.server.Socket`; `sees` looks at each frame as it goes out to the client.
    """

    def __init__(self, weather: Weather, hear: Callable[[bytes], None], ended: Callable[[int], None]) -> None:
        self._weather, self._hear, self._ended = weather, hear, ended
        self._inbox: asyncio.Queue[bytes | None] = asyncio.Queue()
        self._flowing = asyncio.Event()
        self._flowing.set()
        self._last = {"up": 0.0, "down": 0.0}
        self.is_cut = False
        self.sees: Callable[[bytes], None] = lambda frame: None

    # The client's side.

    def send(self, frame: bytes) -> None:
        self._carry("up", self._inbox.put_nowait, frame)

    def cut(self) -> None:
        """Everything on its way is lost; both sides notice."""
        if not self.is_cut:
            self.is_cut = True
            self._inbox.put_nowait(None)
            self._flowing.set()
            self._ended(1006)

    def read(self, *, on: bool) -> None:
        """The client reads on, or stops reading."""
        self._flowing.set() if on or self.is_cut else self._flowing.clear()

    # The node's side.

    async def receive(self) -> bytes | None:
        return await self._inbox.get()

    def offer(self, frame: bytes) -> bool:
        if self.is_cut:
            return True
        if self._flowing.is_set():
            self.sees(frame)
            self._carry("down", self._hear, frame)
        return self._flowing.is_set()

    async def writable(self) -> None:
        await self._flowing.wait()

    async def close(self, code: int, reason: str) -> None:
        self._carry("down", self._close, code)

    def _close(self, code: int) -> None:
        self.is_cut = True
        self._inbox.put_nowait(None)
        self._ended(code)

    def _carry(self, way: str, arrive: Callable[[Any], None], what: Any) -> None:
        loop = asyncio.get_running_loop()
        at = self._last[way] = max(loop.time() + self._weather.moment(), self._last[way] + 1e-6)
        loop.call_at(at, lambda: None if self.is_cut else arrive(what))
