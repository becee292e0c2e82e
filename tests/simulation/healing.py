"""The end of every story: everything works again, and ten seconds later everybody has, and says, the same.

Nobody is helped along: who is connected has to come right as they are. Only who was turned away opens the page anew.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from sync import documents
from sync.history import read_past, readings, versions
from tests.simulation.faults import Wire
from tests.simulation.kinds import NOTE
from tests.simulation.oracle import Violation

if TYPE_CHECKING:
    from tests.simulation.world import World

HEALED_SECONDS = 10.0
TYPING = 9
"""A kind of edit that always has something to say."""


async def heal(world: World) -> None:
    """Raises Violation where something does not come right."""
    world.weather.fair()
    if not world.story.sweeps:
        await _miss_the_last_words(world)
    for node in world.nodes:
        node.store.crash_at = None
    world.give_all_rights()
    world.offline.clear()
    for device in world.devices:
        if device.link:
            device.link.read(on=True)
        world.come_online(device)
    deadline = world.clock() + HEALED_SECONDS
    while problem := _unhealed(world):
        world.oracle.check()
        if world.clock() > deadline:
            raise Violation(f"{HEALED_SECONDS:.0f} s after everything healed {problem}")
        for device in world.devices:
            if device.link and device.refused:
                device.link.cut()
        await asyncio.sleep(0.25)
    await _agree(world)


async def _miss_the_last_words(world: World) -> None:
    """Without a sweep a node hears that it lacks something: when the wire begins anew, or by the next word."""
    world.weather.wire_loses = 10
    for device in world.devices:
        device.edit(TYPING, 0)
    await asyncio.sleep(1)
    world.weather.fair()
    if world.chance.random() < 0.5:
        for end in list(world.wire):
            assert isinstance(end, Wire)
            end.begin_anew()
    else:
        for device in world.devices:
            world.later(5.0, device.edit, TYPING, 0)


def _unhealed(world: World) -> str | None:
    """What is not yet as it should be."""
    for device in world.devices:
        if not device.settled:
            return f"{device.who} is not in sync with {device.name} ({device.refused or 'not refused'})"
        if world.oracle.documents[device.name].missing(device.made):
            return f"{device.name} lacks words of {device.who}"
    for name, document in world.oracle.documents.items():
        if world.story.sweeps and name.startswith(NOTE) and document.drawn[0] < len(document.updates):
            return f"the projection of {name} stands at {document.drawn[0]} of {len(document.updates)}"
        for node in world.nodes:
            if (room := node.rooms.peek(name)) and room.head != len(document.updates):
                return f"{node.name} has {name} at {room.head} of {len(document.updates)}"
    return _disagreement(world)


def _disagreement(world: World) -> str | None:
    truths = {name: document.reading() for name, document in world.oracle.documents.items()}
    for device in world.devices:
        if documents.read(None, [device.state()], device.schema) != truths[device.name]:
            return f"{device.who} sees another {device.name} than the log has"
    return None


async def _agree(world: World) -> None:
    """Whatever is derived from the log says the same: snapshot and tail, the thinned log, each version of the past."""
    for name, document in world.oracle.documents.items():
        stored = await world.store.load(name, whole=True)
        assert stored
        world.oracle.folded(name, stored)
        if name.startswith(NOTE):
            past = await read_past(world.store, name)
            ends = [version.last for version in versions(past)]
            if readings(past, "default", ends) != [document.reading(end).content for end in ends]:
                world.oracle.blame(f"{name}: its history shows what never was")
    world.oracle.check()
