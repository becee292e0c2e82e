"""The y-websocket dialect: one document on one socket, no address, no acknowledgement but the echo of one's update."""

from __future__ import annotations

import logging
from functools import partial

from sync.errors import Overload, SyncError
from sync.kinds import Actor, Role
from sync.protocol import (
    NOBODY,
    Awareness,
    Message,
    QueryAwareness,
    SyncStep1,
    SyncStep2,
    Update,
    awareness_body,
    decode_y_websocket,
    short_update,
)
from sync.room import Room
from sync.rooms import Rooms
from sync.server import Connection, Socket
from sync.session import Session
from sync.store import StoreUnavailable
from sync.trace import trace

log = logging.getLogger(__name__)


class YWebsocketConnection(Connection):
    """A socket on one document. `actor` and `role` were decided at the upgrade."""

    def __init__(self, socket: Socket, rooms: Rooms, room: Room, actor: Actor, role: Role) -> None:
        super().__init__(socket, rooms)
        self.room = room
        self.session = Session(
            address="",
            actor=actor,
            role=role,
            outbox=self.outbox,
            statuses=None,
            end=self.end,
            fell_behind=partial(self.catch_up, room),
            trace=trace.get(),
        )

    async def read(self) -> None:
        """Frames, one message each."""
        while (frame := await self.next_frame()) is not None:
            update = short_update(frame, 0)
            if update is not None and self.receive_keystroke(self.room, self.session, update):
                continue
            await self.pace()
            await self._receive(decode_y_websocket(frame))

    async def _receive(self, message: Message) -> None:
        match message:
            case SyncStep1(vector):
                await self.pace(self.limits.join_cost_updates)
                async with self.rooms.admission.turn():
                    await self.room.join(self.session, vector)
            case SyncStep2(update):
                await self.room.receive(self.session, update, step2=True)
            case Update(update):
                await self.room.receive(self.session, update, step2=False)
            case Awareness(entries):
                self.room.receive_awareness(self.session, entries)
            case QueryAwareness():
                if everybody := self.room.awareness.encode():
                    self.session.say(awareness_body(everybody))

    def leave_all(self) -> None:
        """Leave the room."""
        self.room.leave(self.session)

    def ping(self) -> None:
        """An awareness frame without entries."""
        self.session.show_presence(NOBODY)


async def serve_y_websocket(socket: Socket, rooms: Rooms, name: str, actor: Actor) -> None:
    """Serve an accepted socket on one document. A refusal is a close code: an HTTP answer would be retried for ever."""
    try:
        async with rooms.admission.turn():
            role = await rooms.authorise(actor, name)
            room = await rooms.open(name)
    except (SyncError, StoreUnavailable) as error:
        refusal = error if isinstance(error, SyncError) else Overload()
        log.info("document refused: %s", error, extra={"reason": refusal.reason})
        await socket.close(refusal.close_code, refusal.reason)
        return
    log.info("document opened", extra={"document": name, "user": actor.id, "role": role})
    connection = YWebsocketConnection(socket, rooms, room, actor, role)
    room.enter(connection.session)
    await connection.run()
