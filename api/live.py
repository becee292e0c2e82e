"""The sockets: `/sync` (Hocuspocus, many documents) and `/sync/{document}` (y-websocket, one), for browsers and apps.

Origins and hosts were checked before a socket gets here (middleware.py). A socket is accepted and, where it is refused,
closed with a code, since stock clients retry an HTTP refusal for ever; only where they shall, the upgrade is refused.
"""

from __future__ import annotations

from contextlib import suppress
from functools import partial

from starlette.routing import BaseRoute, WebSocketRoute
from starlette.websockets import WebSocket

from api import auth, carnet, tickets
from api.errors import Unavailable, respond
from api.middleware import serve_afterwards
from api.transport import EXTENSION, FrameProtocol
from sync.errors import Malformed, Overload, Restart, SyncError, Unauthenticated
from sync.hocuspocus import serve_hocuspocus
from sync.kinds import Actor
from sync.store import StoreUnavailable
from sync.y_websocket import serve_y_websocket

_GONE = (OSError, RuntimeError)
"""What is raised on writing to a socket whose other side has left."""


class FrameSocket:
    """An accepted WebSocket as the engine wants it (sync/server.py `Socket`): frames go past ASGI (transport.py)."""

    def __init__(self, frames: FrameProtocol) -> None:
        self._frames = frames
        self.offer = frames.offer

    async def receive(self) -> bytes | None:
        """The next binary frame; None once the other side is gone."""
        item = await self._frames.next_frame()
        if isinstance(item, bytes):
            return item
        if item["type"] == "websocket.disconnect":
            return None
        raise Malformed("a text frame; both dialects are binary")

    async def writable(self) -> None:
        """Return when the transport takes more."""
        await self._frames.writable.wait()

    async def close(self, code: int, reason: str) -> None:
        """Close with a code and a reason."""
        try:
            await self._frames.send({"type": "websocket.close", "code": code, "reason": reason})
        except _GONE:
            return


async def let_in(websocket: WebSocket) -> bool:
    """Accept the upgrade when its turn has come.

    A process that stops, or at whose door too many wait, cannot serve it now: 503, with which a proxy asks another
    process, and which stock clients take as a reason to try again.
    """
    server = carnet.of(websocket)
    with suppress(OSError):  # they left while they stood in line
        try:
            async with server.rooms.admission.turn():
                if server.draining.is_set():
                    raise Restart
                await websocket.accept()
                return True
        except (Overload, Restart):
            await respond(websocket, Unavailable())(websocket.scope, websocket.receive, websocket.send)
    return False


def accepted(websocket: WebSocket) -> FrameSocket:
    """An accepted socket."""
    return FrameSocket(websocket.scope["extensions"][EXTENSION])


async def many_documents(websocket: WebSocket) -> None:
    """Hocuspocus: each document's Auth carries an API token, or nothing beside a session cookie."""
    if not await let_in(websocket):
        return
    rooms, authenticate = carnet.of(websocket).rooms, auth.authenticator(websocket)
    serve_afterwards(websocket, partial(serve_hocuspocus, accepted(websocket), rooms, authenticate))


async def one_document(websocket: WebSocket) -> None:
    """y-websocket: a ticket, an Authorization header or the session cookie at the upgrade."""
    if not await let_in(websocket):
        return
    name = websocket.path_params["document"]
    ticket = websocket.query_params.get("ticket")
    refusal: SyncError = Unauthenticated()
    actor: Actor | None = None
    try:
        if ticket is not None:
            actor = await tickets.redeem_for(websocket, ticket, name)
        else:
            actor = await auth.authenticator(websocket)("")
    except StoreUnavailable:
        refusal = Overload()
    socket = accepted(websocket)
    if actor is None:
        await socket.close(refusal.close_code, refusal.reason)
        return
    serve_afterwards(websocket, partial(serve_y_websocket, socket, carnet.of(websocket).rooms, name, actor))


routes: list[BaseRoute] = [
    WebSocketRoute("/sync", many_documents),
    WebSocketRoute("/sync/{document:path}", one_document),
]
