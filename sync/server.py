"""The pump: frames of one socket in, frames out; what both dialects share. Knows no HTTP framework.

A socket is read by one task, strictly in order: whatever a frame must wait for (who is this? the room, the gate) simply
delays the next one. A second task there is only while there is work for it, so that an idle socket costs little: what
is due with time, `Rooms` looks at for all sockets together (`tick`). The dialects are in sync/hocuspocus.py and
sync/y_websocket.py.
"""

from __future__ import annotations

import asyncio
import logging
from abc import ABC, abstractmethod
from typing import Protocol

import anyio
from anyio.abc import TaskGroup

from sync.errors import Overload, Restart, SyncError
from sync.room import Room
from sync.rooms import Rooms
from sync.session import Outbox, Session
from sync.store import StoreUnavailable

log = logging.getLogger(__name__)

DRAIN_POLL_SECONDS = 0.01
LEAVE_SECONDS_MAX = 2.0
"""So long a socket that has to go waits for the frame it is at, and for its words to be committed."""


class Socket(Protocol):
    """One WebSocket, already accepted."""

    async def receive(self) -> bytes | None:
        """The next binary frame; None once the other side is gone. Raises Malformed for a text frame."""

    def offer(self, frame: bytes) -> bool:
        """Write a frame; False while the transport's buffer is full. Silent (True) once the other side is gone."""

    async def writable(self) -> None:
        """Return when a frame may be offered again."""

    async def close(self, code: int, reason: str) -> None:
        """Close with a code of sync/errors.py. Silent once the other side is gone."""


class Connection(ABC):
    """One socket: its outbox, and its end."""

    def __init__(self, socket: Socket, rooms: Rooms) -> None:
        self.socket, self.rooms, self.limits, self.clock = socket, rooms, rooms.limits, rooms.clock
        self.tasks: TaskGroup
        self._serving = False
        self._reading = anyio.CancelScope()
        self.outbox = Outbox(self.limits, socket.offer, self._write_later)
        self._ended: SyncError | None = None
        self._between_frames = False
        self._frame_read: asyncio.Event | None = None  # somebody waits until the next one is asked for
        self._refilled_at = self._quiet_since = self.clock()
        self._written = 0  # how much the outbox had written then
        self._tokens = float(self.limits.updates_burst)

    async def run(self) -> None:
        """Serve until the socket ends, or something here ends it; then close it with the reason."""
        try:
            async with anyio.create_task_group() as self.tasks:
                self._serving = True
                self.rooms.admission.come_in(self)
                try:
                    with self._reading:
                        await self.read()
                    if self._reading.cancelled_caught:
                        await self._leave_in_order()
                except SyncError as error:
                    self.end(error)
                except StoreUnavailable as error:
                    self._end_for_want_of_the_database(error)
                self.tasks.cancel_scope.cancel()
        finally:
            self._serving = False
            self.leave_all()
            with anyio.CancelScope(shield=True):
                await self._say_goodbye()
            self.rooms.admission.go(self)
            log.info("socket closed", extra={"reason": self._ended.reason if self._ended else "left"})

    async def next_frame(self) -> bytes | None:
        """The next frame; None once the other side is gone."""
        self._between_frames = True
        if self._frame_read:
            self._frame_read.set()
        frame = await self.socket.receive()
        self._between_frames = False
        return frame

    @abstractmethod
    async def read(self) -> None:
        """Read frames until the socket ends. A SyncError ends the whole socket."""

    @abstractmethod
    def leave_all(self) -> None:
        """Leave every room."""

    @abstractmethod
    def ping(self) -> None:
        """Queue a frame that the client takes without harm."""

    def end(self, error: SyncError) -> None:
        """End the whole socket."""
        if self._ended is None:
            self._ended = error
            self.rooms.figures.refusals[error.reason] += 1
        self.tasks.cancel_scope.cancel()

    def _end_for_want_of_the_database(self, error: StoreUnavailable) -> None:
        """What this session lacks cannot be read: its client has its words, and comes back with them."""
        log.warning("a socket ends, as the database does not answer: %s", error)
        self.end(Overload("the database does not answer"))

    async def pace(self, cost: int = 1) -> None:
        """Before each frame: wait while the log is too far behind, and read a flood more slowly. `cost` in updates."""
        if self.rooms.log.full:
            await self.rooms.log.has_room()
        if self._spend(cost) < 0:
            self._tokens = 0.0
            await asyncio.sleep(self.limits.flood_pause_seconds * cost)

    def _spend(self, cost: int) -> float:
        """What is left of the tokens."""
        now = self.clock()
        earned = (now - self._refilled_at) * self.limits.updates_per_second_sustained
        self._tokens = min(self._tokens + earned, self.limits.updates_burst) - cost
        self._refilled_at = now
        return self._tokens

    def receive_keystroke(self, room: Room, session: Session, update: bytes) -> bool:
        """Deal at once with a writer's next words while neither log nor pace has to be waited for.

        False: nothing has happened, it goes the long way.
        """
        if self.rooms.log.full or self._tokens < 1 or not room.receive_keystroke(session, update):
            return False
        self._spend(1)
        return True

    def catch_up(self, room: Room, session: Session) -> None:
        """A session lacks rows: bring them as its outbox drains."""
        self.rooms.figures.slow_reader_catchups += 1
        self.tasks.start_soon(self._catch_up, room, session)

    async def _catch_up(self, room: Room, session: Session) -> None:
        try:
            while not await room.catch_up(session):
                deadline = self.clock() + self.limits.behind_seconds_max
                while not self.outbox.drained:
                    if self.clock() > deadline:
                        self.end(Overload("the socket is read too slowly"))
                    await asyncio.sleep(DRAIN_POLL_SECONDS)
        except StoreUnavailable as error:
            self._end_for_want_of_the_database(error)

    def _write_later(self) -> None:
        """The socket did not take all at once."""
        if self._serving:
            self.tasks.start_soon(self._flush)

    async def _flush(self) -> None:
        while not self.outbox.empty:
            await self.socket.writable()
            self.outbox.flush()

    def tick(self, now: float) -> None:
        """Stock clients reconnect after 30 s without a frame."""
        if self.outbox.written > self._written:
            self._written, self._quiet_since = self.outbox.written, now
        elif now - self._quiet_since > self.limits.ping_seconds:
            self.ping()

    def leave_in(self, seconds: float) -> None:
        """The server stops: go then, once the frame that is being read has been dealt with."""
        if self._serving:
            self.tasks.start_soon(self._leave_in, seconds)

    async def _leave_in(self, seconds: float) -> None:
        await asyncio.sleep(seconds)
        if not self._between_frames:
            self._frame_read = asyncio.Event()
            with anyio.move_on_after(LEAVE_SECONDS_MAX):
                await self._frame_read.wait()
        self._reading.cancel()

    async def _leave_in_order(self) -> None:
        """Nothing more is read: what was taken is committed and acknowledged, then the client is told to come back."""
        with anyio.move_on_after(LEAVE_SECONDS_MAX):
            await self.rooms.log.caught_up()
        self.end(Restart("the server restarts"))

    async def _say_goodbye(self) -> None:
        """What is queued goes out before the close, as far as the other side takes it in a second."""
        with anyio.move_on_after(1):
            await self._flush()
        if self._ended:
            with anyio.move_on_after(1):
                await self.socket.close(self._ended.close_code, self._ended.reason)
