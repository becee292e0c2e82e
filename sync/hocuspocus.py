"""The Hocuspocus dialect: many documents on one socket, each under the address its provider chose.

A provider does not wait for its Auth to be answered, so frames for an address are kept until it is decided, and read
then. Every refusal is an Auth answer on its address: the provider stays attached, and a later Auth is a fresh try. A
socket is closed only where no address is to blame, or where nothing but a new handshake helps.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial

from sync.errors import Malformed, Overload, Restart, SyncError, Unauthenticated
from sync.kinds import Actor
from sync.protocol import (
    NOBODY,
    PING_FRAME,
    PONG_FRAME,
    Auth,
    Awareness,
    Close,
    Message,
    Pong,
    QueryAwareness,
    Stateless,
    SyncStep1,
    SyncStep2,
    Update,
    accepted_body,
    address_prefix,
    awareness_body,
    decode_hocuspocus,
    denied_body,
    document_of,
    short_update,
)
from sync.room import Room
from sync.rooms import Rooms
from sync.server import Connection, Socket
from sync.session import Session
from sync.statuses import Statuses
from sync.structs import read_update
from sync.trace import trace

log = logging.getLogger(__name__)

Authenticate = Callable[[str], Awaitable[Actor | None]]
"""The token of an Auth message (empty: whatever the request itself carried) → who that is."""


@dataclass(slots=True)
class Waiting:
    """No Auth has come yet: frames are kept, within the socket's bounds."""

    since: float
    messages: list[tuple[Message, int]] = field(default_factory=list)


@dataclass(slots=True)
class Open:
    """The actor is in."""

    room: Room
    session: Session


@dataclass(slots=True)
class Refused:
    """Turned away; what comes now is only counted, for the next Auth."""


class Channel:
    """One address on the socket. Its account of statuses outlives a refusal."""

    def __init__(self, address: str, *, marked: bool, now: float) -> None:
        self.address = address
        self.prefix = address_prefix(address)
        self.state: Waiting | Open | Refused = Waiting(now)
        self.statuses = Statuses(self._pay, marked=marked)
        self.heard_at = now
        self.closing = False  # a Close came that a SyncStep2 may still overtake

    def _pay(self, status: bytes) -> None:
        if isinstance(self.state, Open):
            self.state.session.say(status)


class HocuspocusConnection(Connection):
    """A socket with any number of documents."""

    def __init__(self, socket: Socket, rooms: Rooms, authenticate: Authenticate) -> None:
        super().__init__(socket, rooms)
        self._authenticate = authenticate
        self._channels: dict[str, Channel] = {}
        self._short_ways: dict[bytes, Channel] = {}  # by what their frames begin with
        self._pings = False  # the client knows ping and pong: its first Auth tells
        self._marked = True  # its offline queue is through
        self._decided = False  # an Auth was accepted: larger frames may come
        self._opened_at = self.clock()
        self._decides_since: float | None = None  # an Auth is being decided, for which its client can only wait
        self._decided_seconds = 0.0

    async def read(self) -> None:
        """Frames, one message each."""
        while (frame := await self.next_frame()) is not None:
            if self._receive_keystroke(frame):
                continue
            if not self._decided and len(frame) > self.limits.frame_before_auth_bytes_max:
                raise Malformed(f"a frame of {len(frame)} bytes before anybody signed in")
            await self.pace()
            match decode_hocuspocus(frame):
                case None:
                    self.outbox.push(PONG_FRAME)
                case Pong():
                    self._mark()
                case address, message:
                    await self._receive(self._channel(address), message, len(frame))

    def _channel(self, address: str) -> Channel:
        channel = self._channels.get(address)
        if channel is None:
            if len(self._channels) >= self.limits.waiting_for_auth_documents_max:
                raise Overload(f"{len(self._channels)} documents on one socket")
            channel = Channel(address, marked=self._marked, now=self.clock())
            self._channels[address] = self._short_ways[channel.prefix] = channel
        return channel

    def _mark(self) -> None:
        if not self._marked:
            self._marked = True
            for channel in self._channels.values():
                channel.statuses.mark()
                self._watch_doubt(channel)

    # --- who is there ---

    def tick(self, now: float) -> None:
        """A deadline, which no traffic extends, for a socket and for each address without an Auth.

        Only our own time does, in line at the door and behind it: nothing is read from the socket meanwhile.
        """
        super().tick(now)
        if self._decides_since is not None:
            return
        oldest = now - self.limits.auth_seconds_max - self._decided_seconds
        if not self._decided and self._opened_at < oldest:
            self.end(Unauthenticated("nobody signed in on this socket in time"))
        for channel in list(self._channels.values()):
            if isinstance(channel.state, Waiting) and channel.state.since < oldest:
                self._refuse(channel, Unauthenticated("no Auth came in time"))

    async def _sign_in(self, channel: Channel, auth: Auth) -> None:
        """Decide an Auth, then read what was kept for it. A second Auth keeps the session."""
        if not self._pings and auth.version is not None:
            # Our first frame on the socket: what the client made offline comes before its pong.
            self._pings, self._marked = True, False
            for other in self._channels.values():
                other.statuses.unmark()
            self.outbox.push(PING_FRAME)
        waiting = channel.state.messages if isinstance(channel.state, Waiting) else []
        async with self._turn():
            try:
                opened = await self._admit(channel, auth.token)
            except SyncError as error:
                self._refuse(channel, error)
                opened = None
            if opened:
                vector = channel.statuses.accept()
                if vector is not None:
                    await opened.room.join(opened.session, vector)
        for message, _ in waiting:
            await self._receive(channel, message, 0)

    @asynccontextmanager
    async def _turn(self) -> AsyncIterator[None]:
        self._decides_since = self.clock()
        try:
            async with self.rooms.admission.turn():
                yield
        finally:
            self._decided_seconds += self.clock() - self._decides_since
            self._decides_since = None

    async def _admit(self, channel: Channel, token: str) -> Open | None:
        """Let the actor in. None: it is in already. Raises SyncError."""
        name = document_of(channel.address)
        actor = await self._authenticate(token)
        if actor is None:
            raise Unauthenticated("no such token or session, or it has ended")
        role = await self.rooms.authorise(actor, name)
        self._decided = True
        if isinstance(channel.state, Open) and channel.state.session.actor.id == actor.id:
            session = channel.state.session
            if role == session.role:
                session.say(accepted_body(role))
            session.regrade(actor, role)
            return None
        if len(self._channels) > self.limits.documents_per_socket_max:
            raise Overload(f"{len(self._channels)} documents on one socket")
        room = await self.rooms.open(name)
        self._leave(channel)
        session = Session(
            address=channel.address,
            actor=actor,
            role=role,
            outbox=self.outbox,
            statuses=channel.statuses,
            end=partial(self._refuse, channel),
            fell_behind=partial(self.catch_up, room),
            trace=trace.get(),
        )
        opened = channel.state = Open(room, session)
        room.enter(session)
        log.info("document opened", extra={"document": name, "user": actor.id, "role": session.role})
        self.outbox.push(channel.prefix + accepted_body(session.role))
        return opened

    def _refuse(self, channel: Channel, error: SyncError) -> None:
        """Say no on one address; only what a new handshake mends ends the socket."""
        if isinstance(error, Restart | Overload):
            self.end(error)
            return
        self.rooms.figures.refusals[error.reason] += 1
        log.info("document refused", extra={"reason": error.reason})
        self._leave(channel)
        channel.state = Refused()
        channel.statuses.refuse()
        self.outbox.push(channel.prefix + denied_body(error.reason))

    def _leave(self, channel: Channel) -> None:
        if isinstance(channel.state, Open):
            channel.state.room.leave(channel.state.session)

    # --- what they say ---

    def _receive_keystroke(self, frame: bytes) -> bool:
        """Most frames of a day: an Update of a few bytes in a document that is open. Everything else takes its time."""
        address_end = frame[0] + 1 if frame else 0
        channel = self._short_ways.get(frame[:address_end])
        if channel is None or not isinstance(channel.state, Open):
            return False
        update = short_update(frame, address_end)
        if update is None:
            return False
        channel.heard_at = self.clock()
        return self.receive_keystroke(channel.state.room, channel.state.session, update)

    async def _receive(self, channel: Channel, message: Message, size_bytes: int) -> None:
        channel.heard_at = self.clock()
        if isinstance(message, Auth):
            await self._sign_in(channel, message)
            return
        match channel.state:
            case Waiting(messages=messages):
                messages.append((message, size_bytes))
                self._bound_waiting()
            case Open(room, session):
                try:
                    await self._act(channel, room, session, message)
                except SyncError as error:
                    self._refuse(channel, error)
                    if isinstance(channel.state, Refused):
                        self._count(channel, message)
            case Refused():
                self._count(channel, message)

    def _bound_waiting(self) -> None:
        waiting = [c.state.messages for c in self._channels.values() if isinstance(c.state, Waiting)]
        kept = [size for messages in waiting for _, size in messages]
        limits = self.limits
        if len(kept) > limits.waiting_for_auth_frames_max or sum(kept) > limits.waiting_for_auth_bytes_max:
            raise Overload("too much was sent before an Auth")

    def _count(self, channel: Channel, message: Message) -> None:
        """A refused address still counts, so that a later Auth pays what its provider then waits for."""
        match message:
            case SyncStep1(vector):
                channel.statuses.step1(vector)
            case Update(update):
                try:
                    structs = read_update(update, self.limits).structs
                except SyncError:
                    return  # not even its author's Yjs could read it
                channel.statuses.update([(client, own[0].clock) for client, own in structs.items()])
            case _:
                pass

    async def _act(self, channel: Channel, room: Room, session: Session, message: Message) -> None:
        match message:
            case SyncStep1(vector):
                if channel.statuses.step1(vector):
                    await self.pace(self.limits.join_cost_updates)
                    async with self._turn():
                        await room.join(session, vector)
            case SyncStep2(update):
                channel.closing = False
                await room.receive(session, update, step2=True)
            case Update(update):
                await room.receive(session, update, step2=False)
            case Awareness(entries):
                room.receive_awareness(session, entries)
            case QueryAwareness():
                if everybody := room.awareness.encode():
                    session.say(awareness_body(everybody))
            case Close():
                self._close(channel)
            case Stateless() | Auth():
                pass  # nothing of ours is asked by it

    def _close(self, channel: Channel) -> None:
        """A provider detached. Where another took its address in between, a SyncStep2 follows: then nobody left."""
        if channel.statuses.awaits_step2:
            channel.closing = True
            self.tasks.start_soon(self._close_later, channel)
        else:
            self._forget(channel)

    async def _close_later(self, channel: Channel) -> None:
        await asyncio.sleep(self.limits.close_seconds_max)
        if channel.closing:
            self._forget(channel)

    def _forget(self, channel: Channel) -> None:
        self._leave(channel)
        self._channels.pop(channel.address, None)
        self._short_ways.pop(channel.prefix, None)

    # --- doubt ---

    def _watch_doubt(self, channel: Channel) -> None:
        if channel.statuses.in_doubt:
            self.tasks.start_soon(self._end_doubt, channel, self.clock())

    async def _end_doubt(self, channel: Channel, since: float) -> None:
        """Only a fresh handshake tells what the client counts: close when it is quiet, at the latest soon."""
        limits = self.limits
        while channel.statuses.in_doubt:
            now = self.clock()
            quiet = not channel.statuses.owes and now - channel.heard_at >= limits.doubt_quiet_seconds
            if quiet or now - since >= limits.doubt_seconds_max:
                self.end(Restart("deletions made offline leave the count in doubt"))
            await asyncio.sleep(limits.doubt_quiet_seconds / 5)

    # --- the end ---

    def leave_all(self) -> None:
        """Leave every room."""
        for channel in self._channels.values():
            self._leave(channel)

    def ping(self) -> None:
        """A ping, or for a 3.x client its presence again."""
        if self._pings:
            self.outbox.push(PING_FRAME)
            return
        for channel in self._channels.values():
            if isinstance(channel.state, Open):
                channel.state.session.show_presence(NOBODY)
                return


async def serve_hocuspocus(socket: Socket, rooms: Rooms, authenticate: Authenticate) -> None:
    """Serve one accepted socket until it ends."""
    await HocuspocusConnection(socket, rooms, authenticate).run()
