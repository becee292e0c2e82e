"""A few nodes on one database and one wire, people at their devices, and everything that may befall them.

    World(story).live(): one step after another (acts.py), in virtual time, and then a happy end (healing.py)

The nodes run the engine as it is: rooms, gate, log, sessions, both dialects, settling, compaction. Each step is taken
at once and may find the engine at any of its awaits; then some moments pass. What must always hold is asked after each.
"""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import replace
from functools import partial
from random import Random
from typing import Any

from sync.broker import LocalBroker
from sync.kinds import Actor, Role
from sync.limits import Limits
from tests.simulation.acts import ACTS
from tests.simulation.clients import Device, HocuspocusDevice, YWebsocketDevice
from tests.simulation.faults import Weather
from tests.simulation.healing import heal
from tests.simulation.journals import open_journal
from tests.simulation.kinds import NOTE, TOY, kinds_of, schema_of
from tests.simulation.nodes import Known, Node
from tests.simulation.oracle import Barred, Document, Oracle
from tests.simulation.stories import Step, Story
from tests.simulation.strangers import READER, WRITER, Stranger, is_stranger
from tests.simulation.virtual_time import run

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
BARRED_SECONDS = 1.5
"""After so long nobody works under a right that was taken away: looks at rights, and what is on its way."""


class _Complaints(logging.Handler):
    """The engine's own reports of what should never happen."""

    EXPECTED = (
        "stopping with words that the database did not take",
        "the log was thinned while this process stood still",  # for it, a month went by in a moment
        TORN := "is torn: what is older, or the log, serves",  # a bit flipped, and was noticed
    )
    BEHIND_TORN = "does not go on from its snapshot"
    """The one before the torn one, which somebody has thinned past: the log serves."""

    def __init__(self, oracle: Oracle) -> None:
        super().__init__(logging.ERROR)
        self._oracle = oracle
        self._torn = False

    def emit(self, record: logging.LogRecord) -> None:
        said = record.getMessage()
        self._torn |= self.TORN in said
        if self._torn and self.BEHIND_TORN in said:
            return
        if not any(expected in said for expected in self.EXPECTED):
            cause = f": {record.exc_info[1]!r}" if record.exc_info else ""
            self._oracle.blame(f"the engine reports: {said}{cause}")


class World:
    """Everything there is."""

    def __init__(self, story: Story) -> None:
        self.story, self.chance = story, Random(story.seed)
        self.oracle = Oracle(strangers={READER, WRITER})
        self.weather = Weather(self.chance)
        self._loop = asyncio.get_running_loop()
        self._began, self.days = self._loop.time(), 0
        self.store: Any
        self.wire: list[LocalBroker] = []
        self.limits = replace(LIMITS, sweep_seconds=2.0 if story.sweeps else 3600.0)
        self.kinds = kinds_of(self.oracle, self._authorise)
        prefixes = [NOTE] if story.sql else [NOTE, NOTE, TOY]
        self.names = [f"{self.chance.choice(prefixes)}{number}" for number in range(story.documents)]
        self._rights: dict[tuple[str, str], tuple[Role | None, int]] = {}
        self.rights_epoch = 0
        self._tasks: set[asyncio.Task[Any]] = set()
        self.pause = 0.0
        self._node_number = 0
        self.nodes: list[Node] = []
        self.devices: list[Device] = []
        self.offline: set[Device] = set()

    # --- what all have in common ---

    def clock(self) -> float:
        return self._loop.time()

    def wall_clock(self) -> float:
        return 1_700_000_000 + self.days * DAY + self._loop.time() - self._began

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
        return Known(who, {"id": who, "name": who}, self.rights_epoch)

    async def authenticate(self, token: str) -> Actor | None:
        return self.actor(token)

    # --- a life ---

    async def live(self) -> None:
        """All of the story, and its happy end."""
        complaints = _Complaints(self.oracle)
        engine_log = logging.getLogger("sync")
        engine_log.addHandler(complaints)
        async with open_journal(self.oracle, self.wall_clock, sql=self.story.sql) as self.store:
            try:
                await self._begin()
                for step in self.story.steps:
                    await self._take(step)
                await heal(self)
            finally:
                engine_log.removeHandler(complaints)
                await self._end()
        self.oracle.check()

    async def _begin(self) -> None:
        for name in self.names:
            self.oracle.documents[name] = Document(schema_of(name))
            await self.store.write(partial(self.store.create, name=name))
        for _ in range(self.story.nodes):
            self._start_node()
        for number in range(self.story.devices):
            dialect = HocuspocusDevice if self.chance.random() < 0.7 else YWebsocketDevice
            name, who = self.names[number % len(self.names)], PEOPLE[number % len(PEOPLE)]
            device = dialect(name, who, schema_of(name), self.oracle, self.chance)
            self.devices.append(device)
            self.come_online(device)

    async def _take(self, step: Step) -> None:
        ACTS[step.verb](self, step.a, step.b)
        await asyncio.sleep(self.pause or self.chance.choice([0.0, 0.0, 0.001, 0.003, 0.01, 0.05, 0.3]))
        self.pause = 0.0
        self.oracle.check()

    async def _end(self) -> None:
        for device in self.devices:
            device.put_away()
        for task in list(self._tasks):
            task.remove_done_callback(self._ended)
            task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks)

    # --- whom a step befalls ---

    def device(self, a: int) -> Device:
        return self.devices[a % len(self.devices)]

    def with_node(self, a: int, befall: Callable[[Node], object]) -> None:
        if self.nodes:
            befall(self.nodes[a % len(self.nodes)])

    def later(self, seconds: float, act: Callable[..., None], *args: Any) -> None:
        self._loop.call_later(seconds, act, *args)

    # --- rights ---

    async def _authorise(self, actor: Actor, name: str) -> Role | None:
        default: Role = "readonly" if actor.id == READER else "read-write"
        return self._rights.get((actor.id, name), (default, 0))[0]

    def give_right(self, who: str, name: str, role: Role | None) -> None:
        """From a moment later on nobody works under the right before."""
        self.rights_epoch += 1
        self._rights[who, name] = right = (role, self.rights_epoch)
        self.oracle.barred.pop((who, name), None)
        self._loop.call_later(BARRED_SECONDS, self._bar, who, name, right)

    def give_all_rights(self) -> None:
        self.rights_epoch += 1
        self._rights.clear()
        self.oracle.barred.clear()

    def _bar(self, who: str, name: str, right: tuple[Role | None, int]) -> None:
        if right[0] != "read-write" and self._rights.get((who, name)) == right:
            made: Counter[int] = Counter()
            for device in self.devices:
                if (device.who, device.name) == (who, name):
                    made |= Counter(device.made.clocks)  # the greater of two
            shown = dict(self.oracle.documents[name].items.clocks) if right[0] is None else None
            self.oracle.barred[who, name] = Barred(made, shown)

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
        if is_stranger(device):
            device.put_away()
        elif device not in self.offline:
            self._loop.call_later(0.05 + self.chance.random(), self.come_online, device)

    def come_online(self, device: Device) -> None:
        if device.link or device in self.offline:
            return
        alive = [node for node in self.nodes if node.alive]
        if alive:
            self.chance.choice(alive).connect(device)
        else:
            self._loop.call_later(0.2, self.come_online, device)

    def let_in_stranger(self, who: str, name: str) -> None:
        stranger = Stranger(name, who, schema_of(name), self.oracle, self.chance)
        self.with_node(self.chance.randrange(100), lambda node: node.connect(stranger))


def play(story: Story) -> Oracle:
    """The whole of it, and what was written down. A promise that is not kept is raised with the story's line."""

    async def life() -> Oracle:
        world = World(story)
        await world.live()
        return world.oracle

    try:
        return run(life(), Random(f"the engine's own dice in {story.seed}"))
    except BaseException as error:
        error.add_note(f"seed {story.seed}; a line to keep it by: {story.line(str(error))}")
        raise


def _innermost(error: BaseException) -> BaseException:
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error
