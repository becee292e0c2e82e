"""What a process does whenever certain things happen, wherever they do: it reads them from the feed."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection
from contextlib import suppress

import structlog

from api.carnet import Carnet
from sync.store import StoreUnavailable

LOOK_SECONDS = 30.0

log = structlog.get_logger("carnet.following")


async def follow(server: Carnet, types: Collection[str], look: Callable[[Carnet], Awaitable[None]]) -> None:
    """Run `look` after changes of these types, and now and then in any case, until the server drains."""
    number = server.feed.head
    while not server.draining.is_set():
        with suppress(TimeoutError):
            async with asyncio.timeout(LOOK_SECONDS):
                await server.feed.wait(number)
        try:
            changes = await server.feed.after(number)
            if not changes or any(change.type in types for change in changes):
                await look(server)
        except StoreUnavailable as error:
            log.warning("what has happened could not be read", of=sorted(types), error=str(error))
            changes = None
        number = changes[-1].number if changes else server.feed.head
