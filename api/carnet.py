"""What a running server holds: made once by the lifespan of `app.py`, found on `app.state.carnet`.

Handlers and sockets reach it with `of(connection)`; nothing here is global.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime

from starlette.requests import HTTPConnection

from api.background import Background
from api.catalogue import Catalogue
from api.feed import Feed
from api.figures import Errors, Requests
from api.rights import Rights
from api.settings import Settings
from api.suggestions import Suggestions
from api.throttle import Throttle
from sync.database import Database
from sync.history import Histories
from sync.rooms import Rooms
from sync.sql_store import SqlStore
from sync.workers import Workers


def utc_now() -> datetime:
    """The clock of a running server; tests bring their own."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Carnet:
    """The parts of a running server. `draining` is set when it takes no new work and only finishes what it has.

    `requests`, `errors` and `lag_seconds` (of Redis) are for the metrics.
    """

    settings: Settings
    database: Database
    store: SqlStore
    workers: Workers
    rooms: Rooms
    histories: Histories
    feed: Feed
    catalogue: Catalogue
    rights: Rights
    suggestions: Suggestions
    clock: Callable[[], datetime] = utc_now
    draining: asyncio.Event = field(default_factory=asyncio.Event)
    background: Background = field(default_factory=Background)
    requests: Requests = field(default_factory=Requests)
    errors: Errors = field(default_factory=Errors)
    lag_seconds: Callable[[], float] = lambda: 0.0
    account_throttle: Throttle = field(default_factory=lambda: Throttle(attempts_max=10, window_seconds=300))
    address_throttle: Throttle = field(default_factory=lambda: Throttle(attempts_max=50, window_seconds=300))


def of(connection: HTTPConnection) -> Carnet:
    """The server that answers this request or socket."""
    carnet = connection.app.state.carnet
    assert isinstance(carnet, Carnet)
    return carnet
