"""A Hocuspocus client that writes whatever bytes it is given: what the published provider would never send."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from sync.lib0 import Reader, Writer
from tests.support.server import Note

PING, PONG = b"\x09", b"\x0a"
SYNC, AUTH, SYNC_STATUS = 0, 2, 8
EMPTY_UPDATE = b"\x00\x00"


@dataclass(frozen=True, slots=True)
class Accepted:
    """The answer to an Auth: what we may do."""

    role: str


@dataclass(frozen=True, slots=True)
class Refused:
    """The answer to an Auth, or later: why we may not (any longer)."""

    reason: str


@dataclass(frozen=True, slots=True)
class Status:
    """An owed status: taken or not."""

    taken: bool


@dataclass(frozen=True, slots=True)
class Other:
    """Anything else: sync, awareness."""

    kind: int


@dataclass(frozen=True, slots=True)
class Wire:
    """One socket and one document on it."""

    socket: ClientConnection
    address: str
    token: str

    async def send(self, body: bytes) -> None:
        """One frame: the address, then the body."""
        await self.socket.send(Writer().var_string(self.address).raw(body).finish())

    async def authenticate(self) -> None:
        """Auth, as provider 4.8 writes it."""
        await self.send(Writer().var_uint(AUTH).var_uint(0).var_string(self.token).var_string("4.8.0").finish())

    async def step1(self, vector: bytes = b"\x00") -> None:
        """SyncStep1."""
        await self.send(Writer().var_uint(SYNC).var_uint(0).var_bytes(vector).finish())

    async def step2(self, update: bytes = EMPTY_UPDATE) -> None:
        """SyncStep2."""
        await self.send(Writer().var_uint(SYNC).var_uint(1).var_bytes(update).finish())

    async def update(self, update: bytes) -> None:
        """Update."""
        await self.send(Writer().var_uint(SYNC).var_uint(2).var_bytes(update).finish())

    async def receive(self) -> Accepted | Refused | Status | Other:
        """The next frame of this document; pings are answered on the way. Raises ConnectionClosed."""
        while True:
            frame = await self.socket.recv(decode=False)
            if frame == PING:
                await self.socket.send(PONG)
                continue
            reader = Reader(frame)
            reader.var_string()
            match reader.var_uint():
                case 2:
                    accepted, word = reader.var_uint() == 2, reader.var_string()
                    return Accepted(word) if accepted else Refused(word)
                case 8:
                    return Status(reader.var_uint() == 1)
                case kind:
                    return Other(kind)

    async def until(self, *kinds: type) -> Accepted | Refused | Status | Other:
        """The next frame of one of these kinds."""
        while not isinstance(message := await self.receive(), kinds):
            pass
        return message

    async def survives(self) -> bool:
        """Whether the server still answers here: ask it who we are. False once it has closed the socket."""
        try:
            await self.authenticate()
            while not isinstance(await self.receive(), Accepted):
                pass
        except ConnectionClosed:
            return False
        return True


@asynccontextmanager
async def wire(note: Note, name: str, *, document: str | None = None, token: str | None = None) -> AsyncIterator[Wire]:
    """Connect, authenticate and shake hands, with nothing of our own."""
    async with connect(note.server.sync_url, max_size=None, compression=None) as socket:
        opened = Wire(socket, document or note.document, note.server.token(name) if token is None else token)
        await opened.authenticate()
        await opened.step1()
        yield opened
