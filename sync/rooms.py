"""All open documents of this process: single-flight load, live edits by the server, sweep, idle eviction, drain.

    async with Rooms(store, workers, broker, kinds) as rooms: ...

It owns the tasks of the engine: the log's, the sweep of heads, presence, settling (sync/settling.py), compaction and
quarantine (sync/compaction.py, sync/quarantine.py).
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AsyncExitStack, suppress
from dataclasses import replace
from typing import Any

from sync import documents
from sync.admission import Admission
from sync.broker import Broker
from sync.compaction import Compaction
from sync.errors import Malformed, NotFound, Overload, Restart, SchemaBroken, SyncError
from sync.figures import Figures, Repair
from sync.index import Index, OtherFormat
from sync.kinds import Actor, Kind, Role
from sync.limits import Limits
from sync.log import Log
from sync.quarantine import Quarantines
from sync.room import Room, sound_part
from sync.session import Session
from sync.settling import Settling
from sync.store import Distrusted, Store, Stored, StoreUnavailable, older_copy
from sync.tree import Element
from sync.workers import WorkerFailed, Workers

log = logging.getLogger(__name__)


class Rooms:
    """The engine of one process."""

    def __init__(
        self,
        store: Store,
        workers: Workers,
        broker: Broker,
        kinds: Sequence[Kind],
        *,
        limits: Limits | None = None,
        node: str = "",
        clock: Callable[[], float] = time.monotonic,
        wall_clock: Callable[[], float] = time.time,
    ) -> None:
        self.store, self.workers, self.broker = store, workers, broker
        self.kinds: Sequence[Kind] = tuple(kinds)
        self.limits, self.node = limits or Limits(), node
        self.figures = Figures()
        self.log = Log(store, self.limits, clock, self.figures, node)
        self.clock, self.wall_clock = clock, wall_clock
        self.quarantines = Quarantines(self)
        self.compaction = Compaction(self, self.quarantines)
        self.settling = Settling(self, self.compaction)
        self.admission = Admission(self.limits)
        self._open: dict[str, Room] = {}
        self._opening: dict[str, asyncio.Event] = {}
        self._presence: dict[Room, None] = {}
        self._presence_work = asyncio.Event()
        self._behind: dict[str, None] = {}
        self._behind_work = asyncio.Event()
        self._stack = AsyncExitStack()
        self._tasks: asyncio.TaskGroup

    async def __aenter__(self) -> Rooms:
        self._tasks = await self._stack.enter_async_context(asyncio.TaskGroup())
        loops = (
            *(self.log.run, self._sweep, self._repair, self._show_presence, self._look_at_sockets, self.settling.run),
            *(self.quarantines.run, self.compaction.run, self.compaction.look),
        )
        running = [self._tasks.create_task(loop(), name=loop.__qualname__) for loop in loops]
        self._stack.callback(lambda: [task.cancel() for task in running])
        return self

    async def __aexit__(self, *error: Any) -> None:
        if error[0] is None:
            await self.drain()
        else:  # one of our tasks died, and perhaps the one that commits: whoever is here goes to another process
            self._drop_all(Restart("the server restarts"))
        await self._stack.__aexit__(*error)

    # --- documents ---

    def kind_of(self, name: str) -> Kind:
        """The kind whose prefix the name has. Raises NotFound."""
        for kind in self.kinds:
            if name.startswith(kind.prefix) and len(name) > len(kind.prefix):
                return kind
        raise NotFound("no document has such a name")

    async def authorise(self, actor: Actor, name: str) -> Role:
        """What `actor` may do in the document. Raises NotFound where it may not know that it exists."""
        role = await self.kind_of(name).authorise(actor, name)
        if role is None:
            raise NotFound("no such document")
        room = self._open.get(name)  # it may know of a quarantine before the first sweep does
        return "readonly" if self.quarantines.of(name) or (room and room.quarantine) else role

    async def open(self, name: str) -> Room:
        """The room of a document, loaded once however many ask. A failed load refuses; it never serves an empty one."""
        while True:
            if room := self._open.get(name):
                return room
            if (loading := self._opening.get(name)) is None:
                break
            await loading.wait()
        loading = self._opening[name] = asyncio.Event()
        try:
            return await self._load(name)
        except (StoreUnavailable, WorkerFailed) as error:
            raise Overload("the document cannot be loaded now") from error
        finally:
            del self._opening[name]
            loading.set()

    async def _load(self, name: str) -> Room:
        kind = self.kind_of(name)
        stored = await self._stored(name)
        try:
            index = await self._index(stored, kind)
        except (Malformed, SchemaBroken):
            self.quarantines.suspect(name)  # it was taken once
            raise
        except OtherFormat as error:
            log.warning("%s: %s; its log is read from the beginning", name, error)
            stored = replace(await self._stored(name, whole=True), snapshot=None)
            index = await self._index(stored, kind)
        self._open[name] = room = Room(stored, index, kind, self)
        return room

    async def _stored(self, name: str, *, whole: bool = False) -> Stored:
        stored = await self.store.load(name, whole=whole)
        if stored is None:
            raise NotFound("no such document")
        if stored.quarantine and stored.covered > stored.quarantine.seq and not whole:
            return replace(await self._stored(name, whole=True), snapshot=None)
        return sound_part(stored)

    async def _index(self, stored: Stored, kind: Kind) -> Index:
        dump = stored.snapshot.index if stored.snapshot else None
        if stored.rows:
            updates = [row.update for row in stored.rows]
            dump = await self.workers.run(stored.name, documents.index, dump, updates, kind.schema, self.limits)
        return Index.load(dump) if dump else Index()

    # --- the server's own edits ---

    async def replace_content(self, name: str, actor: Actor, target: Element) -> int:
        """Make a document read as `target` with the smallest difference, as a live edit by `actor`; its seq."""
        return await self._edit(name, actor, documents.replace_content, target)

    async def append_content(self, name: str, actor: Actor, blocks: tuple[Element, ...]) -> int:
        """Add blocks at the end, as a live edit by `actor`; its seq."""
        return await self._edit(name, actor, documents.append_content, blocks)

    async def remove_content(self, name: str, actor: Actor, blocks: tuple[Element, ...]) -> int:
        """Take blocks away that read as these, the last of each, as a live edit by `actor`; its seq."""
        return await self._edit(name, actor, documents.remove_content, blocks)

    async def set_values(self, name: str, actor: Actor, values: Mapping[str, Any], origin: Any = None) -> int:
        """Give keys of a map these values (None removes), as a live edit by `actor`; its seq.

        All of them or none: raises `Rejected` where one breaks its definition, and what `Kind.admitted` raises.
        `origin` is handed to that.
        """
        return await self._edit(name, actor, documents.set_values, values, origin)

    async def _edit(
        self, name: str, actor: Actor, make: Callable[..., bytes], wanted: object, origin: Any = None
    ) -> int:
        room = await self.open(name)
        (root,) = room.kind.schema.roots
        async with room.editing:
            _, state, updates = room.base()
            update = await self.workers.run(name, make, state, updates, root, wanted)
            return await room.write(actor, update, origin)

    async def settle(self, name: str) -> None:
        """Render the projection now if it is behind the log, also where another process has just written."""
        if room := self._open.get(name):
            with suppress(Restart):  # the room is dropped: it is rendered from the log
                await room.read_missing("sweep")
        await self.settling.settle(name)

    # --- what a room asks for ---

    def peek(self, name: str) -> Room | None:
        """The room, if it is open."""
        return self._open.get(name)

    def sessions(self) -> Iterator[tuple[str, Session]]:
        """Everybody in the rooms of this process, each with the document's name; safe to end them on the way."""
        for room in list(self._open.values()):
            for session in list(room.sessions):
                yield room.name, session

    def opened(self) -> list[Room]:
        """All open rooms."""
        return list(self._open.values())

    def changed(self, room: Room) -> None:
        """We committed rows. What other nodes commit they settle themselves; if they die, the durable list has it."""
        self.settling.note(room.name)

    def look(self, room: Room) -> None:
        """Rows of others may be missing: read them soon."""
        self._behind[room.name] = None
        self._behind_work.set()

    def presence_changed(self, room: Room) -> None:
        """Awareness is to be shown soon."""
        self._presence[room] = None
        self._presence_work.set()

    def end(self, name: str, error: SyncError) -> None:
        """Nobody may be in this document any more: its sessions in this process end with `error`."""
        if room := self._open.get(name):
            self.drop(room, error)

    def drop(self, room: Room, error: SyncError) -> None:
        """Forget a room at once; its sessions end with `error`. Once is enough: by now there may be another."""
        if self._open.get(room.name) is not room:
            return
        del self._open[room.name]
        room.close()
        room.fail(error)
        for session in list(room.sessions):
            session.end(error)

    def distrust(self, name: str, seen: int, head: int) -> None:
        """The database has less of a document than we have seen committed: serve nobody from it."""
        why = older_copy(f"{name} stood at {seen}, and now stands at {head}")
        log.critical("%s", why)
        self.store.distrust(why)
        self._drop_all(Overload("the database is an older copy"))

    def _drop_all(self, error: SyncError) -> None:
        for room in list(self._open.values()):
            self.drop(room, error)

    @property
    def open_rooms(self) -> Iterable[Room]:
        """Every document that is open in this process."""
        return self._open.values()

    # --- the engine's tasks ---

    async def _show_presence(self) -> None:
        while True:
            await self._presence_work.wait()
            self._presence_work.clear()
            rooms, self._presence = self._presence, {}
            for room in rooms:
                room.show_presence()
            await asyncio.sleep(self.limits.awareness_interval_seconds)

    async def _look_at_sockets(self) -> None:
        """A process that stood still has read nobody meanwhile, so it judges nobody before the next look."""
        pause = self.limits.auth_seconds_max / 5
        while True:
            began = self.clock()
            await asyncio.sleep(pause)
            if (now := self.clock()) - began < 2 * pause:
                self.admission.tick(now)

    async def _sweep(self) -> None:
        """Heads of the open documents: command-line verbs and other processes write beside us."""
        while True:
            await asyncio.sleep(self.limits.sweep_seconds)
            now = self.clock()
            for room in list(self._open.values()):
                room.tick(now)
                self._evict(room, now)
            await self._see_heads(list(self._open), "sweep")
            try:
                await self.quarantines.look()
            except StoreUnavailable as error:
                log.warning("cases of quarantine could not be read: %s", error)

    async def _repair(self) -> None:
        """What a broker told us that we lack, some milliseconds of it at once."""
        while True:
            await self._behind_work.wait()
            await asyncio.sleep(self.limits.repair_pause_seconds)
            self._behind_work.clear()
            names, self._behind = list(self._behind), {}
            await self._see_heads(names, "broker")

    async def _see_heads(self, names: Sequence[str], why: Repair) -> None:
        """Read what the log has and we have not. A document that is gone meanwhile is not looked for."""
        seen = {name: room.head for name in names if (room := self._open.get(name))}
        try:
            for name, (head, epoch) in (await self.store.heads(names)).items():
                if head < seen.get(name, 0):
                    self.distrust(name, seen[name], head)
                elif room := self._open.get(name):
                    with suppress(Restart):  # it is dropped, and has said why
                        await room.see_head(head, epoch, why)
        except Distrusted as error:
            self._drop_all(Overload(str(error)))
        except StoreUnavailable as error:
            log.warning("heads could not be read: %s", error)

    def _evict(self, room: Room, now: float) -> None:
        idle = (
            not room.sessions and not room.busy and not room.editing.locked() and not self.settling.pending(room.name)
        )
        if idle and now - room.idle_since > self.limits.room_idle_seconds:
            room.close()
            del self._open[room.name]

    async def drain(self) -> None:
        """The sockets go, one after another; what was taken is committed, within `drain_seconds_max`."""
        self.admission.drain()
        try:
            async with asyncio.timeout(self.limits.drain_seconds_max):
                await self.admission.everybody_gone()
                await self.log.flushed()
        except TimeoutError:
            log.error("stopping with words that the database did not take; their authors still have them")
        self._drop_all(Restart("the server restarts"))
