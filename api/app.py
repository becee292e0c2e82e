"""The application: its routes, its middleware and its lifespan, as lists built once.

The lifespan opens what a server holds, in this order, and closes it in the reverse one: the database, the worker
processes, the rooms (the engine), the feed of changes. Handlers find it all as one `Carnet` on `app.state.carnet`
(api/carnet.py).
"""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import replace
from datetime import datetime
from functools import partial
from importlib.metadata import version
from typing import Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from api import (
    avatars,
    carnet,
    changes,
    combinations,
    contact_list,
    contact_merges,
    contact_notes,
    contacts,
    definitions,
    deleted_contacts,
    deleted_notes,
    demo,
    duplicates,
    evictions,
    health,
    imports,
    late_values,
    live,
    merge_preview,
    merges,
    metrics,
    note_history,
    notes,
    openapi,
    property_history,
    purge,
    resolutions,
    review_items,
    search,
    sessions,
    sure_merges,
    tickets,
    unmerge,
    users,
)
from api.carnet import Carnet, utc_now
from api.catalogue import Catalogue
from api.contact_documents import contact_kind
from api.errors import Problem, Unavailable, answer_http_exception, answer_problem, respond
from api.feed import Feed
from api.figures import Requests
from api.http import API
from api.middleware import Hardening, Hosts, Naming, Origins, Startup
from api.pages import pages
from api.projection import note_kind
from api.rights import WORD, Rights
from api.schema import open_database
from api.settings import Settings
from api.suggestions import Suggestions
from sync.broker import Broker, Control, LocalBroker
from sync.history import Histories
from sync.redis_broker import RedisBroker
from sync.rooms import Rooms
from sync.sql_store import SqlStore
from sync.store import StoreUnavailable
from sync.workers import Workers

_NOUNS = (
    *(
        sessions,
        users,
        definitions,
        contact_list,
        contacts,
        deleted_contacts,
        property_history,
        avatars,
        contact_notes,
        notes,
        note_history,
        deleted_notes,
        combinations,
        search,
        merge_preview,
        merges,
        unmerge,
        contact_merges,
        duplicates,
        sure_merges,
        review_items,
        imports,
    ),
    *(tickets, changes),
)


async def show_openapi(request: Request) -> Response:
    """GET /openapi.json."""
    return JSONResponse(describe(carnet.of(request).catalogue.definitions))


routes: list[BaseRoute] = [
    *(route for noun in _NOUNS for route in noun.routes),
    Route(f"{API}/openapi.json", show_openapi),
    *live.routes,
    *health.routes,
    *metrics.routes,
]


def describe(property_names: Iterable[str]) -> dict[str, Any]:
    """The description of REST (OpenAPI 3.1), with the names of a contact's properties."""
    return openapi.describe(routes, version=version("carnet"), property_names=property_names)


async def _answer_store(request: Request, error: Exception) -> Response:
    """The database did not answer. Nothing is known about a write's outcome; a read may be tried again."""
    return respond(request, Unavailable())


async def _answer_nobody(request: Request, error: Exception) -> Response:
    """The client left while it was sending: nobody is there to read this."""
    return Response(status_code=400)


exception_handlers = {
    Problem: answer_problem,
    HTTPException: answer_http_exception,
    StoreUnavailable: _answer_store,
    ClientDisconnect: _answer_nobody,
}


def create_app(settings: Settings, *, with_demo: bool = False, clock: Callable[[], datetime] = utc_now) -> Starlette:
    """A Carnet application. The database must be migrated (cli.py does so before it serves)."""
    requests = Requests()

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        async with open_carnet(settings, clock=clock, requests=requests) as carnet:
            await imports.mark_interrupted(carnet)
            if with_demo:
                await demo.fill(carnet)
            app.state.carnet = carnet
            yield

    middleware = [
        Middleware(Startup),
        Middleware(Naming, requests),
        Middleware(Hardening, settings),
        Middleware(Hosts, settings),
        Middleware(Origins, settings),
    ]
    app = Starlette(routes=routes, middleware=middleware, exception_handlers=exception_handlers, lifespan=lifespan)
    app.router.redirect_slashes = False
    app.router.default = pages
    return app


@asynccontextmanager
async def open_carnet(
    settings: Settings,
    *,
    serving: bool = True,
    clock: Callable[[], datetime] = utc_now,
    requests: Requests | None = None,
) -> AsyncIterator[Carnet]:
    """Everything a running server holds, opened and, at the end, closed.

    Not `serving`, nobody opens a document here, nor does this process settle those that others write in, nor purge.
    """
    node = secrets.token_hex(8)
    async with AsyncExitStack() as stack:
        database = await stack.enter_async_context(open_database(settings))
        workers = Workers(settings.limits)
        stack.push_async_callback(workers.close)
        await workers.start()
        store = SqlStore(database, node, lambda: clock().timestamp())
        broker = await stack.enter_async_context(open_broker(settings, node))
        feed = Feed(database, partial(broker.publish, Control("changes", node)))
        broker.listen("changes", feed.look)
        await feed.start()
        catalogue = Catalogue()
        await catalogue.refresh(database)
        remark = partial(resolutions.read_remark, database)
        of_contact, of_note = contact_kind(database, catalogue, feed.wake), note_kind(database, feed.wake)
        kinds = [replace(kind, remark=remark) for kind in (of_contact, of_note)]
        rooms = Rooms(
            store, workers, broker, kinds, limits=settings.limits, node=node, wall_clock=lambda: clock().timestamp()
        )
        if serving:
            await stack.enter_async_context(rooms)
        rights = Rights(database, rooms, clock, partial(broker.publish, Control(WORD, node)))
        broker.listen(WORD, rights.look)
        carnet = Carnet(
            *(settings, database, store, workers, rooms, Histories(store, workers), feed, catalogue, rights),
            *(Suggestions(database, workers), clock),
            requests=requests or Requests(),
            lag_seconds=lambda: broker.lag_seconds,
        )
        logging.getLogger().addHandler(carnet.errors)
        stack.callback(logging.getLogger().removeHandler, carnet.errors)
        running = [asyncio.create_task(feed.run(), name="changes")]
        if serving:
            running.append(asyncio.create_task(purge.run(carnet), name="purge"))
            running.append(asyncio.create_task(evictions.run(carnet), name="evictions"))
            running.append(asyncio.create_task(resolutions.run(carnet), name="resolutions"))
            running.append(asyncio.create_task(rights.run(), name="rights"))
            running.append(asyncio.create_task(late_values.run(carnet), name="late values"))
        for task in running:
            stack.push_async_callback(_end, task)
        stack.push_async_callback(carnet.background.close)
        stack.push_async_callback(carnet.suggestions.close)
        yield carnet


@asynccontextmanager
async def open_broker(settings: Settings, node: str) -> AsyncIterator[Broker]:
    """The wire to the other processes, where these settings have one."""
    if settings.redis_url is None:
        yield LocalBroker(node)
        return
    async with RedisBroker(settings.redis_url, node, settings.secret.encode(), settings.limits) as broker:
        yield broker


async def _end(task: asyncio.Task[None]) -> None:
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task


async def drain(carnet: Carnet) -> None:
    """No new work: not ready, listeners end, and the rooms commit what they have and send their people away."""
    carnet.draining.set()
    carnet.feed.stop()
    await carnet.rooms.drain()
