"""A few nodes on one database and one wire, people at their devices, and everything that may befall them.

    World(story) → live: one step after another, in virtual time → heal → what must be true in the end

The nodes run the engine as it is: rooms, gate, log, sessions, both dialects, settling, compaction. Each step is taken
at once and may find the engine at any of its awaits; then some moments pass. What must always hold is asked after each.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from functools import partial
from random import Random
from typing import Any

from sync import documents
from sync.admission import Admission
from sync.broker import LocalBroker
from sync.errors import SyncError
from sync.hocuspocus import serve_hocuspocus
from sync.kinds import Actor, Kind, Role
from sync.limits import Limits
from sync.rooms import Rooms
from sync.y_websocket import serve_y_websocket
from tests.simulation.clients import Device, HocuspocusDevice, YWebsocketDevice
from tests.simulation.faults import JournalStore, Link, StoreEnd, Weather, Wire
from tests.simulation.oracle import Document, Oracle, Violation
from tests.simulation.stories import Step, Story
from tests.simulation.virtual_time import run
from tests.sync.wire import SCHEMA

DAY = 24 * 60 * 60
PEOPLE = ("lea", "tom", "mia")
LIMITS = replace(
    Limits(),
    rows_before_snapshot=8,
    room_idle_seconds=1.0,
    compaction_look_seconds=4.0,
    outbox_frames_max=6,
    held_seconds_max=3.0,
)
RIGHTS_LOOK_SECONDS = 0.5
BARRED_SECONDS = 1.5
"""After so long nobody works under a right that was taken away: looks at rights, and what is on its way."""
HEALED_SECONDS = 10.0


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
        self.task.cancel()

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


class _Complaints(logging.Handler):
    """The engine's own reports of what should never happen."""

    EXPECTED = ("stopping with words that the database did not take",)

    def __init__(self, oracle: Oracle) -> None:
        super().__init__(logging.ERROR)
        self._oracle = oracle

    def emit(self, record: logging.LogRecord) -> None:
        said = record.getMessage()
        if not said.startswith(self.EXPECTED):
            cause = f": {record.exc_info[1]!r}" if record.exc_info else ""
            self._oracle.blame(f"the engine reports: {said}{cause}")


class World:
    """Everything there is."""

    def __init__(self, story: Story) -> None:
        self.story, self.chance = story, Random(story.seed)
        self.oracle = Oracle()
        self.weather = Weather(self.chance)
        self._loop = asyncio.get_running_loop()
        self._began, self._days = self._loop.time(), 0
        self.store = JournalStore(self.oracle, self.wall_clock)
        self.wire: list[LocalBroker] = []
        self.limits = replace(LIMITS, sweep_seconds=2.0 if story.sweeps else 3600.0)
        self.kinds = [Kind("note/", SCHEMA, self._authorise, settled=self._settled, unsettled=self._unsettled)]
        self.names = [f"note/{number}" for number in range(story.documents)]
        self._rights: dict[tuple[str, str], Role | None] = {}
        self._rights_epoch = 0
        self._tasks: set[asyncio.Task[Any]] = set()
        self._pause = 0.0
        self._node_number = 0
        self.nodes: list[Node] = []
        self.devices: list[Device] = []
        self._offline: set[Device] = set()

    # --- what all have in common ---

    def clock(self) -> float:
        return self._loop.time()

    def wall_clock(self) -> float:
        return 1_700_000_000 + self._days * DAY + self._loop.time() - self._began

    def own(self, work: Awaitable[Any]) -> asyncio.Task[Any]:
        """Whatever runs in this world ends with it, and is blamed for what it raises."""
        task: asyncio.Task[Any] = asyncio.ensure_future(work)  # type: ignore[assignment]
        self._tasks.add(task)
        task.add_done_callback(self._ended)
        return task

    def _ended(self, task: asyncio.Task[Any]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()):
            self.oracle.blame(f"something of the engine ended with {_innermost(error)!r}")

    def actor(self, who: str) -> Actor:
        return Known(who, {"id": who, "name": who}, self._rights_epoch)

    async def authenticate(self, token: str) -> Actor | None:
        return self.actor(token)

    async def _authorise(self, actor: Actor, name: str) -> Role | None:
        return self._rights.get((actor.id, name), "read-write")

    async def _settled(self, tx: Any, name: str, drawn: Any, seq: int) -> None:
        self.oracle.drawn(name, seq, drawn)

    async def _unsettled(self) -> list[str]:
        found = self.oracle.documents.items()
        return [name for name, document in found if document.drawn[0] < len(document.updates)]

    # --- a life ---

    async def live(self) -> None:
        """All of the story, and its happy end."""
        complaints = _Complaints(self.oracle)
        engine_log = logging.getLogger("sync")
        engine_log.addHandler(complaints)
        try:
            await self._begin()
            for step in self.story.steps:
                await self._take(step)
            await self._heal()
        finally:
            engine_log.removeHandler(complaints)
            await self._end()
        self.oracle.check()

    async def _begin(self) -> None:
        for name in self.names:
            self.oracle.documents[name] = Document(SCHEMA)
            await self.store.write(partial(self.store.create, name=name))
        for _ in range(self.story.nodes):
            self._start_node()
        for number in range(self.story.devices):
            dialect = HocuspocusDevice if self.chance.random() < 0.7 else YWebsocketDevice
            name, who = self.names[number % len(self.names)], PEOPLE[number % len(PEOPLE)]
            device = dialect(name, who, SCHEMA, self.oracle, self.chance)
            self.devices.append(device)
            self._come_online(device)

    async def _take(self, step: Step) -> None:
        getattr(self, f"_do_{step.verb}")(step.a, step.b)
        await asyncio.sleep(self._pause or self.chance.choice([0.0, 0.0, 0.001, 0.003, 0.01, 0.05, 0.3]))
        self._pause = 0.0
        self.oracle.check()

    async def _end(self) -> None:
        for device in self.devices:
            device.put_away()
        for task in list(self._tasks):
            task.remove_done_callback(self._ended)
            task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks)

    # --- the steps ---

    def _device(self, a: int) -> Device:
        return self.devices[a % len(self.devices)]

    def _node(self, a: int) -> Node | None:
        return self.nodes[a % len(self.nodes)] if self.nodes else None

    def _do_edit(self, a: int, b: int) -> None:
        self._device(a).edit(b % 64, b // 64)

    def _do_rest(self, a: int, b: int) -> None:
        """Nobody does anything, for a while."""
        self._pause = (0.5, 1.5, 5.0, 12.0)[a % 4]

    def _do_cut(self, a: int, b: int) -> None:
        if link := self._device(a).link:
            link.cut()

    def _do_offline(self, a: int, b: int) -> None:
        self._offline.add(self._device(a))
        self._do_cut(a, b)

    def _do_online(self, a: int, b: int) -> None:
        self._offline.discard(self._device(a))
        self._come_online(self._device(a))

    def _do_reload(self, a: int, b: int) -> None:
        self._do_cut(a, b)
        self._device(a).reload()

    def _do_crash(self, a: int, b: int) -> None:
        node = self._node(a)
        if not node:
            return
        if b % 3 == 0:
            node.crash()
        else:
            node.store.crash_at = "before the commit" if b % 3 == 1 else "after the commit"

    def _do_deploy(self, a: int, b: int) -> None:
        if node := self._node(a):
            node.stop()

    def _do_weather(self, a: int, b: int) -> None:
        self.weather.store_fails = (0, 0, 1, 3, 10)[a % 5]
        self.weather.wire_loses = (0, 0, 3, 6, 10)[b % 5]

    # --- nodes and connections come and go ---

    def _start_node(self) -> None:
        self._node_number += 1
        node = Node(self, f"node-{self._node_number}")
        self.nodes.append(node)
        node.task.add_done_callback(lambda _: self.lost_node(node))

    def lost_node(self, node: Node) -> None:
        """It crashed, or ended in order: another one takes its place."""
        node.wire.cut()
        if node in self.nodes:
            self.nodes.remove(node)
            self._loop.call_later(self.chance.choice([0.05, 1.0]), self._start_node)

    def lost_link(self, device: Device, code: int) -> None:
        device.ended(code)
        if device not in self._offline:
            self._loop.call_later(0.05 + self.chance.random(), self._come_online, device)

    def _come_online(self, device: Device) -> None:
        if device.link or device in self._offline:
            return
        alive = [node for node in self.nodes if node.alive]
        if alive:
            self.chance.choice(alive).connect(device)
        else:
            self._loop.call_later(0.2, self._come_online, device)

    # --- the happy end ---

    async def _heal(self) -> None:
        """Everything works again. Nobody is helped along: who is connected has to come right as they are."""
        self.weather.fair()
        for end in list(self.wire):
            assert isinstance(end, Wire)
            end.begin_anew()
        for node in self.nodes:
            node.store.crash_at = None
        self._rights.clear()
        self.oracle.barred.clear()
        self._rights_epoch += 1
        self._offline.clear()
        for device in self.devices:
            if device.link:
                device.link.read(on=True)
            self._come_online(device)
        deadline = self._loop.time() + HEALED_SECONDS
        while problem := self._unhealed():
            self.oracle.check()
            if self._loop.time() > deadline:
                raise Violation(f"{HEALED_SECONDS:.0f} s after everything healed {problem}")
            await asyncio.sleep(0.25)
        await self._agree()

    def _unhealed(self) -> str | None:
        """What is not yet as it should be, as far as it can be told cheaply."""
        for device in self.devices:
            if not device.settled:
                return f"{device.who} is not in sync with {device.name} ({device.refused or 'not refused'})"
            if self.oracle.documents[device.name].missing(device.made):
                return f"{device.name} lacks words of {device.who}"
        for name, document in self.oracle.documents.items():
            if self.story.sweeps and document.drawn[0] < len(document.updates):
                return f"the projection of {name} stands at {document.drawn[0]} of {len(document.updates)}"
            for node in self.nodes:
                if (room := node.rooms.peek(name)) and room.head != len(document.updates):
                    return f"{node.name} has {name} at {room.head} of {len(document.updates)}"
        return self._disagreement()

    def _disagreement(self) -> str | None:
        truths = {name: document.reading() for name, document in self.oracle.documents.items()}
        for device in self.devices:
            if documents.read(None, [device.state()], device.schema) != truths[device.name]:
                return f"{device.who} sees another {device.name} than the log has"
        return None

    async def _agree(self) -> None:
        """What is asked once, in the end: everything that is derived from the log says the same."""
        for name in self.names:
            stored = await self.store.load(name, whole=True)
            assert stored
            self.oracle.folded(name, stored)
        self.oracle.check()


def play(story: Story) -> None:
    """The whole of it. A promise that is not kept is raised with the story's line."""

    async def life() -> None:
        await World(story).live()

    try:
        run(life(), Random(story.seed))
    except BaseException as error:
        error.add_note(f"seed {story.seed}; to keep it: {story.line()}")
        raise


def _innermost(error: BaseException) -> BaseException:
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error
