"""How the server is: alive, and ready for work."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from api import carnet, feed
from api.errors import Unavailable
from sync.store import StoreUnavailable


async def is_alive(request: Request) -> Response:
    """GET /healthz: the process answers."""
    return PlainTextResponse("ok\n")


async def is_ready(request: Request) -> Response:
    """GET /readyz: the database answers and nobody asked the server to stop."""
    server = carnet.of(request)
    if server.draining.is_set():
        raise Unavailable
    try:
        await server.database.read(feed.last_number)
    except StoreUnavailable as error:
        raise Unavailable from error
    return PlainTextResponse("ok\n")


routes: list[BaseRoute] = [
    Route("/healthz", is_alive),
    Route("/readyz", is_ready),
]
