"""uvicorn, set up for Carnet: sockets of our own (transport.py), no access log of its own, and a drain before it stops.

uvicorn's own log would write the whole address of every request, with the tickets in it; ours (middleware.py) does not.
"""

from __future__ import annotations

import asyncio
import gc
import socket
from collections.abc import Callable
from contextlib import suppress

import uvicorn
from starlette.applications import Starlette
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from api.app import drain
from api.middleware import Afterwards
from api.settings import Settings
from api.transport import FrameProtocol

STOP_SECONDS_MAX = 5
"""So long requests that are under way are waited for, once the sockets are gone (`Limits.drain_seconds_max`)."""

TICKS_BETWEEN_LOOKS = 20
LOOK_SECONDS_MAX = 5.0
"""Every two seconds it is looked who is still there."""

GARBAGE_OBJECTS = 20_000

BACKLOG = 4096
"""So many connections the kernel keeps while we are busy with others, as far as net.core.somaxconn lets it."""


class Http(HttpToolsProtocol):
    """A connection before it becomes a socket."""

    def handle_websocket_upgrade(self) -> None:
        """Hand it over. It and its parser know each other, and would stay until garbage is searched for."""
        super().handle_websocket_upgrade()
        del self.parser


class Server(uvicorn.Server):
    """A uvicorn server that says when it is ready, and drains before it lets go of its connections."""

    def __init__(self, config: uvicorn.Config, app: Starlette, say: Callable[[str], None]) -> None:
        super().__init__(config)
        self._app = app
        self._say = say
        self._looked_at = 0.0

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Listen, then say where."""
        await super().startup(sockets)
        _search_less_for_garbage()
        if self.started:
            host, port = self.servers[0].sockets[0].getsockname()[:2]
            with suppress(OSError):  # the disk may be full that the log is on; people can work all the same
                self._say(f"Carnet is at http://{f'[{host}]' if ':' in host else host}:{port}")

    @property
    def died(self) -> bool:
        """What serves behind the sockets has ended by itself, and the log says why."""
        return "lifespan" in vars(self) and self.lifespan.error_occurred

    async def on_tick(self, counter: int) -> bool:
        """Ten times a second."""
        if self.died:
            return True  # to be started anew: a process that only listens is worse than none
        if counter % TICKS_BETWEEN_LOOKS == 0:
            self._look_who_is_there()
        return await super().on_tick(counter)

    def _look_who_is_there(self) -> None:
        """A process that stood still has read nobody's answer meanwhile, so it judges nobody before the next look."""
        now = asyncio.get_running_loop().time()
        stood_still, self._looked_at = now - self._looked_at > LOOK_SECONDS_MAX, now
        for connection in () if stood_still else list(self.server_state.connections):
            if isinstance(connection, FrameProtocol):
                connection.keep_alive(now)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Commit what is under way and tell everybody to come back, then close."""
        if not self.died:
            await drain(self._app.state.carnet)
        await super().shutdown(sockets)


def _search_less_for_garbage() -> None:
    """What stays for good is not searched again and again, a tenth of a second each time; what a keystroke leaves
    behind is no garbage of the kind that has to be searched for, so a search after every 700 objects finds nothing.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(GARBAGE_OBJECTS, *gc.get_threshold()[1:])


def server_config(app: Starlette, host: str, port: int, settings: Settings) -> uvicorn.Config:
    """How uvicorn serves us, whoever starts it."""
    return uvicorn.Config(
        Afterwards(app),
        host=host,
        port=port,
        loop="uvloop",
        http=Http,
        ws=FrameProtocol,
        ws_max_size=settings.limits.frame_bytes_max,
        ws_per_message_deflate=False,
        ws_ping_interval=None,  # `Server` sees to that
        ws_ping_timeout=None,
        lifespan="on",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=bool(settings.trusted_proxies),
        forwarded_allow_ips=list(settings.trusted_proxies),
        backlog=BACKLOG,
        timeout_graceful_shutdown=STOP_SECONDS_MAX,
    )
