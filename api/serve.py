"""uvicorn, set up for Carnet: sockets of our own (transport.py), no access log of its own, and a drain before it stops.

uvicorn's own log would write the whole address of every request, with the tickets in it; ours (middleware.py) does not.
"""

from __future__ import annotations

import gc
import socket
from collections.abc import Callable
from contextlib import suppress

import uvicorn
from starlette.applications import Starlette

from api.app import drain
from api.settings import Settings
from api.transport import FrameProtocol

STOP_SECONDS_MAX = 5
"""So long requests that are under way are waited for, once the sockets are gone (`Limits.drain_seconds_max`)."""

GARBAGE_OBJECTS = 20_000

BACKLOG = 4096
"""So many connections the kernel keeps while we are busy with others, as far as net.core.somaxconn lets it."""


class Server(uvicorn.Server):
    """A uvicorn server that says when it is ready, and drains before it lets go of its connections."""

    def __init__(self, config: uvicorn.Config, app: Starlette, say: Callable[[str], None]) -> None:
        super().__init__(config)
        self._app = app
        self._say = say

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Listen, then say where."""
        await super().startup(sockets)
        _search_less_for_garbage()
        if self.started:
            host, port = self.servers[0].sockets[0].getsockname()[:2]
            with suppress(OSError):  # the disk may be full that the log is on; people can work all the same
                self._say(f"Carnet is at http://{f'[{host}]' if ':' in host else host}:{port}")

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Commit what is under way and tell everybody to come back, then close."""
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
        app,
        host=host,
        port=port,
        loop="uvloop",
        http="httptools",
        ws=FrameProtocol,
        ws_max_size=settings.limits.frame_bytes_max,
        ws_per_message_deflate=False,
        lifespan="on",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=bool(settings.trusted_proxies),
        forwarded_allow_ips=list(settings.trusted_proxies),
        backlog=BACKLOG,
        timeout_graceful_shutdown=STOP_SECONDS_MAX,
    )
