"""What may befall a world: one function for each verb of a story, with two numbers to say whom and how."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from sync.errors import SyncError
from sync.kinds import Actor, Role
from sync.store import StoreUnavailable
from sync.tree import Element, Text
from tests.simulation.clients import HocuspocusDevice
from tests.simulation.kinds import NOTE
from tests.simulation.strangers import READER, WRITER

if TYPE_CHECKING:
    from tests.simulation.nodes import Node
    from tests.simulation.world import World

WRITES = ("append", "append", "append", "write", "put_snapshot", "confirm_snapshot", "thin")
ROLES: tuple[Role | None, ...] = ("readonly", None, "read-write", "read-write")


def edit(world: World, a: int, b: int) -> None:
    world.device(a).edit(b % 64, b // 64)


def type_fast(world: World, a: int, b: int) -> None:
    """A burst: more than a slow reader's outbox takes."""
    for more in range(2 + b % 12):
        world.device(a).edit(9, b // 12 + more)


def hurry(world: World, a: int, b: int) -> None:
    """Somebody loses the connection, types on, is there again, and has never stopped typing."""
    cut(world, a, b)
    edit(world, a, b)
    online(world, a, b)
    for more in range(1, 4):
        world.later(0.004 * more, edit, world, a, b + more)


def rest(world: World, a: int, b: int) -> None:
    """Nobody does anything, for a while."""
    world.pause = (0.5, 1.5, 5.0, 12.0)[a % 4]


def cut(world: World, a: int, b: int) -> None:
    if link := world.device(a).link:
        link.cut()


def offline(world: World, a: int, b: int) -> None:
    world.offline.add(world.device(a))
    cut(world, a, b)


def online(world: World, a: int, b: int) -> None:
    world.offline.discard(world.device(a))
    world.come_online(world.device(a))


def reload(world: World, a: int, b: int) -> None:
    cut(world, a, b)
    world.device(a).reload()


def stall(world: World, a: int, b: int) -> None:
    """Somebody's device reads no more, or reads on."""
    if link := world.device(a).link:
        link.read(on=b % 3 == 0)


def crash(world: World, a: int, b: int) -> None:
    """Now, or at the next time that it writes, before that or after."""

    def befall(node: Node) -> None:
        if b % 3 == 0:
            node.crash()
        else:
            node.store.crash_at = WRITES[b // 3 % len(WRITES)], "before" if b % 3 == 1 else "after"

    world.with_node(a, befall)


def deploy(world: World, a: int, b: int) -> None:
    """A node is asked to end; another one comes."""
    world.with_node(a, lambda node: node.stop())


def weather(world: World, a: int, b: int) -> None:
    world.weather.store_fails = (0, 0, 1, 3, 10)[a % 5]
    world.weather.wire_loses = (0, 0, 3, 6, 10)[b % 5]


def mend_wire(world: World, a: int, b: int) -> None:
    """A node's connection to the wire begins anew."""
    world.with_node(a, lambda node: node.wire.begin_anew())


def rights(world: World, a: int, b: int) -> None:
    """Somebody may do less in a document, or everything again."""
    device = world.device(a)
    world.give_right(device.who, device.name, ROLES[b % 4])
    if device.refused and isinstance(device, HocuspocusDevice) and b // 4 % 2:
        device.sign_in()


def month(world: World, a: int, b: int) -> None:
    """What was written so far leaves the window of history."""
    world.days += 31


def flip(world: World, a: int, b: int) -> None:
    """A bit of a stored snapshot flips."""
    world.own(world.store.flip(world.names[a % len(world.names)], world.chance))


def stranger(world: World, a: int, b: int) -> None:
    """Somebody means harm."""
    world.let_in_stranger(READER if a % 2 else WRITER, world.names[b % len(world.names)])


def program(world: World, a: int, b: int) -> None:
    """Somebody writes by REST: a live edit by the server."""
    name = world.names[b % len(world.names)]
    if not name.startswith(NOTE):
        return

    async def write(node: Node) -> None:
        block = Element("paragraph", children=(Text(f"by program {a}"),))
        try:
            seq = await node.rooms.append_content(name, Actor("program"), (block,))
        except (SyncError, StoreUnavailable):
            return  # whoever asked is told
        if block not in world.oracle.documents[name].reading(seq).content.children:
            world.oracle.blame(f"{name}: a program was told that its words are stored")

    world.with_node(a, lambda node: node.own(write(node)))


ACTS: dict[str, Callable[[World, int, int], None]] = {
    act.__name__: act
    for act in (
        *(edit, type_fast, hurry, rest, cut, offline, online, reload, stall, crash, deploy, weather, mend_wire),
        *(rights, month, flip, stranger, program),
    )
}
