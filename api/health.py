"""How the server is: alive, ready for work, and a few figures in the Prometheus text format."""

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


async def show_metrics(request: Request) -> Response:
    """GET /metrics: counts only, no names."""
    server = carnet.of(request)
    figures = (
        ("carnet_changes_total", "counter", server.feed.head),
        ("carnet_worker_deaths_total", "counter", server.workers.deaths),
        ("carnet_draining", "gauge", int(server.draining.is_set())),
    )
    lines = [f"# TYPE {name} {kind}\n{name} {value}\n" for name, kind, value in figures]
    return PlainTextResponse("".join(lines), media_type="text/plain; version=0.0.4")


routes: list[BaseRoute] = [
    Route("/healthz", is_alive),
    Route("/readyz", is_ready),
    Route("/metrics", show_metrics),
]
