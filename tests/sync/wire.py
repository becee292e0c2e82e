"""The engine without a network: sockets in memory, clients of both dialects in Python, a store with a gate.

The clients edit a real Yjs document (pycrdt, in the test's own process) and count as the published provider counts.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any

from pycrdt import Doc, XmlElement, XmlFragment, XmlText

from sync import protocol
from sync.broker import LocalBroker
from sync.errors import Malformed
from sync.hocuspocus import serve_hocuspocus
from sync.kinds import Actor, Kind, Role, Schema
from sync.lib0 import Reader, Writer
from sync.limits import Limits
from sync.memory_store import MemoryStore
from sync.rooms import Rooms
from sync.store import Append, Outcome, Store
from sync.workers import Workers
from sync.y_websocket import serve_y_websocket

NAME = "note/one"
SCHEMA = Schema(
    roots={"default": "xml"},
    children={"default": frozenset({"paragraph"}), "paragraph": frozenset({"#text"})},
    marks=frozenset({"bold"}),
)
LEA = Actor("usr_lea", {"id": "usr_lea", "name": "Léa"})
TOM = Actor("usr_tom", {"id": "usr_tom", "name": "Tom"})
MIA = Actor("usr_mia", {"id": "usr_mia", "name": "Mia"})
ACTORS = {"lea": LEA, "tom": TOM, "mia": MIA}


async def authenticate(token: str) -> Actor | None:
    return ACTORS.get(token)


async def authorise(actor: Actor, name: str) -> Role | None:
    if "secret" in name:
        return None
    return "readonly" if actor is MIA else "read-write"


class GatedStore(MemoryStore):
    """A store whose commits wait while the gate is shut."""

    def __init__(self) -> None:
        super().__init__()
        self.gate = asyncio.Event()
        self.gate.set()

    async def append(self, batch_id: int, appends: Sequence[Append]) -> list[Outcome]:
        await self.gate.wait()
        return await super().append(batch_id, appends)


@asynccontextmanager
async def engine(
    workers: Workers,
    store: Store | None = None,
    limits: Limits | None = None,
    broker: LocalBroker | None = None,
    wall_clock: Callable[[], float] = time.time,
    **kind: Any,
) -> AsyncIterator[Rooms]:
    """An engine with one document, NAME; another node where it is given a store and a broker of a common wire."""
    store, broker = store or MemoryStore(), broker or LocalBroker("here")
    await store.write(lambda tx: store.create(tx, NAME))
    note = Kind(**{"prefix": "note/", "schema": SCHEMA, "authorise": authorise, **kind})
    async with Rooms(store, workers, broker, [note], limits=limits, node=broker.node, wall_clock=wall_clock) as rooms:
        yield rooms


class MemorySocket:
    """The server's end; `inbox` holds frames for the server, `outbox` frames from it."""

    def __init__(self) -> None:
        self.inbox: asyncio.Queue[bytes | None] = asyncio.Queue()
        self.outbox: asyncio.Queue[bytes] = asyncio.Queue()
        self.flowing = asyncio.Event()
        self.flowing.set()
        self.closed: tuple[int, str] | None = None

    async def receive(self) -> bytes | None:
        return await self.inbox.get()

    def offer(self, frame: bytes) -> bool:
        if self.flowing.is_set():
            self.outbox.put_nowait(frame)
        return self.flowing.is_set()

    async def writable(self) -> None:
        await self.flowing.wait()

    async def close(self, code: int, reason: str) -> None:
        self.closed = (code, reason)


class Client:
    """A Yjs document with one paragraph of text, and whatever its dialect says."""

    def __init__(self, rooms: Rooms) -> None:
        self.rooms = rooms
        self.socket = MemorySocket()
        self.doc: Doc[Any] = Doc()
        self.doc["default"] = self.root = XmlFragment()
        self.synced = False
        self.denied: list[str] = []
        self.frames: list[bytes] = []
        self._applying = False
        self._subscription = self.doc.observe(self._changed)
        self.tasks: list[asyncio.Task[None]] = []

    # The text.

    @property
    def text(self) -> str:
        return "\n".join("".join(str(part) for part in block.children) for block in self.root.children)

    def type(self, text: str, at: int | None = None) -> None:
        """Insert into the first paragraph, which is made where there is none."""
        with self.doc.transaction():
            if not len(self.root.children):
                self.root.children.append(XmlElement("paragraph", contents=[XmlText("")]))
            run = self.root.children[0].children[0]
            run.insert(len(str(run)) if at is None else at, text)

    def erase(self, start: int, length: int) -> None:
        with self.doc.transaction():
            del self.root.children[0].children[0][start : start + length]

    def _changed(self, event: Any) -> None:
        if not self._applying:
            self.edited(event.update)

    def apply(self, update: bytes) -> None:
        self._applying = True
        self.doc.apply_update(update)
        self._applying = False

    def edited(self, update: bytes) -> None:
        raise NotImplementedError

    # The wire.

    async def serve(self) -> None:
        raise NotImplementedError

    def hear(self, frame: bytes) -> None:
        raise NotImplementedError

    def connect(self) -> None:
        self.tasks = [asyncio.create_task(self.serve()), asyncio.create_task(self._listen())]

    async def _listen(self) -> None:
        while True:
            frame = await self.socket.outbox.get()
            self.frames.append(frame)
            self.hear(frame)

    def send(self, frame: bytes) -> None:
        self.socket.inbox.put_nowait(frame)

    async def disconnect(self) -> None:
        self.socket.inbox.put_nowait(None)
        await self.tasks[0]
        self.tasks[1].cancel()
        self.doc.unobserve(self._subscription)

    @property
    def sync_step1(self) -> bytes:
        return protocol.step1_body(self.doc.get_state())

    def hear_sync(self, reader: Reader) -> bytes | None:
        """Read a Sync body after its type; the SyncStep2 to answer with, if any."""
        step, body = reader.var_uint(), reader.var_bytes()
        if step == protocol.STEP1:
            return protocol.step2_body(self.doc.get_update(body))
        self.apply(body)
        self.synced |= step == protocol.STEP2
        return None


class HocuspocusClient(Client):
    """Counts as @hocuspocus/provider does, once connected; what it makes before goes into the first SyncStep2."""

    def __init__(self, rooms: Rooms, token: str, name: str = NAME, version: str | None = "4.8.0") -> None:
        super().__init__(rooms)
        self.token, self.version = token, version
        self.prefix = protocol.address_prefix(name)
        self.role: str | None = None
        self.unsynced = 0
        self.refusals = 0

    @property
    def saved(self) -> bool:
        return self.synced and self.unsynced == 0

    async def serve(self) -> None:
        await serve_hocuspocus(self.socket, self.rooms, authenticate)

    def connect(self) -> None:
        super().connect()
        self.sign_in()
        self.unsynced = 1
        self.send(self.prefix + self.sync_step1)

    def sign_in(self) -> None:
        auth = Writer().raw(self.prefix).var_uint(protocol.AUTH).var_uint(0).var_string(self.token)
        if self.version:
            auth.var_string(self.version)
        self.send(auth.finish())

    def edited(self, update: bytes) -> None:
        if self.tasks:
            self.unsynced += 1
            self.send(self.prefix + protocol.update_body(update))

    def hear(self, frame: bytes) -> None:
        if frame == protocol.PING_FRAME:
            self.send(protocol.PONG_FRAME)
            return
        assert frame.startswith(self.prefix), frame
        reader = Reader(frame, len(self.prefix))
        match reader.var_uint():
            case protocol.SYNC:
                if answer := self.hear_sync(reader):
                    self.send(self.prefix + answer)
            case protocol.AUTH if reader.var_uint() == protocol.ACCEPTED:
                self.role = reader.var_string()
            case protocol.AUTH:
                self.denied.append(reader.var_string())
            case protocol.SYNC_STATUS if reader.byte() == 1:
                self.unsynced = max(0, self.unsynced - 1)
            case protocol.SYNC_STATUS:
                self.refusals += 1


class YWebsocketClient(Client):
    """One document on one socket; an update counts as saved when it is echoed."""

    def __init__(self, rooms: Rooms, actor: Actor, name: str = NAME) -> None:
        super().__init__(rooms)
        self.actor, self.name = actor, name
        self.sent: list[bytes] = []
        self.echoed: list[bytes] = []

    async def serve(self) -> None:
        await serve_y_websocket(self.socket, self.rooms, self.name, self.actor)

    def connect(self) -> None:
        super().connect()
        self.send(self.sync_step1)

    def edited(self, update: bytes) -> None:
        if self.tasks:
            self.sent.append(update)
            self.send(protocol.update_body(update))

    def hear(self, frame: bytes) -> None:
        reader = Reader(frame)
        match reader.var_uint():
            case protocol.SYNC:
                if frame[1] == protocol.UPDATE and Reader(frame, 2).var_bytes() in self.sent:
                    self.echoed.append(Reader(frame, 2).var_bytes())
                elif answer := self.hear_sync(reader):
                    self.send(answer)
            case protocol.AUTH:
                reader.var_uint()
                self.denied.append(reader.var_string())
            case protocol.AWARENESS | protocol.QUERY_AWARENESS:
                pass
            case kind:
                raise Malformed(f"type {kind}")


async def until(condition: Callable[[], bool], seconds: float = 10) -> None:
    """Wait for a condition; fail when it does not come true."""
    async with asyncio.timeout(seconds):
        while not condition():  # noqa: ASYNC110 - a condition of the test, whoever brings it about
            await asyncio.sleep(0.002)
