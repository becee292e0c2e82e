"""`GET /changes`: what happened, as server-sent events, for as long as the listener's session or token lasts.

The first event only carries the number at which the stream begins, so that a client which reconnects (with
`Last-Event-ID`) misses nothing. Who was away for more changes than are kept is sent `reset`: read afresh. Clients read
what changed by REST; an event says only what to read.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator
from contextlib import suppress

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import BaseRoute

from api import carnet
from api.access import hears_of
from api.auth import require_credential
from api.carnet import Carnet
from api.credentials import Credential, find_credential
from api.errors import Malformed
from api.feed import Change
from api.http import Operation
from sync.store import StoreUnavailable

HEARTBEAT_SECONDS = 15.0
SESSION_CHECK_SECONDS = 5.0
RETRY_MS = 1000


def event(change: Change) -> bytes:
    """A change as a server-sent event."""
    told = {
        "type": change.type,
        "id": change.id,
        "contact_id": change.contact_id,
        "seq": change.seq,
        "actor_id": change.actor_id,
    }
    return f"id: {change.number}\ndata: {json.dumps(told)}\n\n".encode()


async def listen(server: Carnet, credential: Credential, after: int | None) -> AsyncIterator[bytes]:
    """Events after this number (None: from now on), heartbeats in between. Ends with the session, or when draining."""
    number = server.feed.head if after is None else after
    yield f"retry: {RETRY_MS}\nid: {number}\n\n".encode()
    said = checked = time.monotonic()
    while not server.draining.is_set():
        if time.monotonic() - checked >= SESSION_CHECK_SECONDS:
            found = await _still_valid(server, credential)
            if found is None:
                return
            credential, checked = found, time.monotonic()
        changes = await server.feed.after(number)
        if changes is None:
            number = server.feed.head
            yield f"event: reset\nid: {number}\ndata: {{}}\n\n".encode()
            continue
        if told := b"".join(event(one) for one in changes if hears_of(credential.member, one.contact_id)):
            said = time.monotonic()
            yield told
        if changes:
            number = changes[-1].number
            continue
        if time.monotonic() - said >= HEARTBEAT_SECONDS:
            said = time.monotonic()
            yield b": still here\n\n"
        await _wait(server, number)


async def _until_unavailable(stream: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """A database that does not answer ends the stream: the client comes back and resumes where it was."""
    with suppress(StoreUnavailable):
        async for events in stream:
            yield events


async def _still_valid(server: Carnet, credential: Credential) -> Credential | None:
    now = server.clock()
    return await server.database.read(lambda tx: find_credential(tx, credential.secret_hash, now))


async def _wait(server: Carnet, number: int) -> None:
    """Until there is more, or it is time to look at the session again."""
    with suppress(TimeoutError):
        async with asyncio.timeout(SESSION_CHECK_SECONDS):
            await server.feed.wait(number)


async def get_changes(request: Request) -> Response:
    """GET /changes."""
    server, credential = carnet.of(request), await require_credential(request)
    last = request.headers.get("last-event-id")
    if last is not None and not (last.isdecimal() and len(last) < 18):
        raise Malformed(reason="Last-Event-ID is not a number of this feed")
    stream = _until_unavailable(listen(server, credential, int(last) if last is not None else None))
    headers = {"X-Accel-Buffering": "no"}
    return StreamingResponse(stream, headers=headers, media_type="text/event-stream")


routes: list[BaseRoute] = [
    Operation(
        "GET",
        "/changes",
        get_changes,
        "Changes as they happen (server-sent events).",
        stream=True,
        headers=("Last-Event-ID",),
    ),
]
