"""One process of the engine within a simulation: started, asked to end, or killed in the middle of anything."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from sync.admission import Admission
from sync.errors import SyncError
from sync.hocuspocus import serve_hocuspocus
from sync.kinds import Actor
from sync.rooms import Rooms
from sync.y_websocket import serve_y_websocket
from tests.simulation.clients import Device, HocuspocusDevice
from tests.simulation.faults import Link, StoreEnd, Weather, Wire

if TYPE_CHECKING:
    from tests.simulation.world import World

RIGHTS_LOOK_SECONDS = 0.5


@dataclass(frozen=True, slots=True)
class Known(Actor):
    """An actor as they were known under some epoch of rights."""

    epoch: int = 0


class InPlace:
    """`sync.workers.Workers` for a simulation: the same functions, called here.

    What comes this far is our own clients' bytes, or has passed the scanner.
    """

    suspects: tuple[str, ...] = ()

    def __init__(self, weather: Weather) -> None:
        self._weather = weather

    async def run(self, name: str, function: Callable[..., Any], *args: Any) -> Any:
        await asyncio.sleep(self._weather.moment())
        return function(*args)

    apart = run

    async def survives(self, seconds: float, function: Callable[..., None], *args: Any) -> bool:
        try:
            await self.run("", function, *args)
        except SyncError:
            return False
        return True

    def forgive(self, name: str) -> None:
        """Nothing is held against anybody."""


class Node:
    """One process: an engine, its connections, and its end."""

    def __init__(self, world: World, name: str) -> None:
        self.world, self.name = world, name
        self.store = StoreEnd(world.store, world.weather, world.own)
        self.store.crash = self.crash
        self.wire = Wire(name, world.wire, world.weather)
        self.rooms = Rooms(
            self.store,  # type: ignore[arg-type]
            InPlace(world.weather),  # type: ignore[arg-type]
            self.wire,
            world.kinds,
            limits=world.limits,
            node=name,
            clock=world.clock,
            wall_clock=world.wall_clock,
        )
        self.rooms.admission = Admission(world.limits, world.chance)
        self.links: dict[Link, asyncio.Task[None]] = {}
        self._stop = asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()
        self.task = world.own(self._live())

    async def _live(self) -> None:
        async with self.rooms, asyncio.TaskGroup() as tasks:
            looking = tasks.create_task(self._look_at_rights())
            await self._stop.wait()
            looking.cancel()

    @property
    def alive(self) -> bool:
        return self.store.alive and not self._stop.is_set()

    def crash(self) -> None:
        """Pull the plug: what was on its way to the database may arrive, nothing else will."""
        if not self.store.alive:
            return
        self.store.alive = False
        self.wire.cut()
        self.world.lost_node(self)
        for link, task in self.links.items():
            link.cut()
            task.cancel()
        for task in (self.task, *self._tasks):
            task.cancel()

    def own(self, work: Coroutine[Any, Any, None]) -> None:
        """Something this process does beside serving sockets."""
        task = self.world.own(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def stop(self) -> None:
        """Ask it to end: it drains."""
        self._stop.set()

    def connect(self, device: Device) -> None:
        link = Link(self.world.weather, device.hear, partial(self.world.lost_link, device))
        if isinstance(device, HocuspocusDevice):
            serving = serve_hocuspocus(link, self.rooms, self.world.authenticate)
        else:
            serving = serve_y_websocket(link, self.rooms, device.name, self.world.actor(device.who))
        self.links[link] = task = self.world.own(serving)
        task.add_done_callback(lambda _: self.links.pop(link, None))
        device.connect(link)

    async def _look_at_rights(self) -> None:
        """As api/rights.py does: sessions that came in under other rights are looked at anew."""
        while True:
            await asyncio.sleep(RIGHTS_LOOK_SECONDS)
            for name, session in self.rooms.sessions():
                actor = self.world.actor(session.actor.id)
                if session.actor == actor:
                    continue
                try:
                    session.regrade(actor, await self.rooms.authorise(actor, name))
                except SyncError as error:
                    session.end(error)
