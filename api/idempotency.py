"""A POST that is sent again with the same Idempotency-Key is done once: the first answer is given again for 24 hours.

The key is reserved before the work and the answer kept after it. Should the server stop in between, nobody knows how it
ended; the key then answers 409, so that a client reads before it tries again under a new key. The same key with another
request is refused with 422.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

from sqlalchemy import Row, delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection
from starlette.requests import Request
from starlette.responses import Response

from api import carnet
from api.access import Member
from api.errors import KeyReused, Malformed, RequestPending
from api.tables import idempotency

KEPT_HOURS = 24
KEY_PATTERN = "^[!-~]{1,255}$"


async def once(request: Request, member: Member, body: bytes, work: Callable[[], Awaitable[Response]]) -> Response:
    """Run `work` unless this request was answered before, and keep its answer; without a key just run it."""
    key = request.headers.get("idempotency-key")
    if key is None:
        return await work()
    if not re.fullmatch(KEY_PATTERN, key):
        raise Malformed(reason="an Idempotency-Key has 1 to 255 visible ASCII characters")
    server = carnet.of(request)
    fingerprint = hashlib.sha256(b"\0".join((request.method.encode(), request.url.path.encode(), body))).hexdigest()
    now = server.clock()
    if earlier := await server.database.write(lambda tx: _reserve(tx, member.id, key, fingerprint, now)):
        return _again(earlier, fingerprint)
    try:
        response = await work()
    except Exception:
        # Refused or failed: nothing was done under this key, so it is free again.
        await server.database.write(lambda tx: _release(tx, member.id, key))
        raise
    text = bytes(response.body).decode()
    await server.database.write(lambda tx: _keep(tx, member.id, key, response.status_code, text))
    return response


def _again(earlier: Row[str, int | None, str | None], fingerprint: str) -> Response:
    if earlier.fingerprint != fingerprint:
        raise KeyReused
    if earlier.status is None:
        raise RequestPending
    return Response(earlier.body, earlier.status, {"Idempotent-Replayed": "true"}, "application/json")


async def _reserve(
    tx: AsyncConnection, user_id: str, key: str, fingerprint: str, now: datetime
) -> Row[str, int | None, str | None] | None:
    """The earlier request under this key, or None after reserving it. Keys older than a day are dropped."""
    await tx.execute(delete(idempotency).where(idempotency.c.created_at <= now - timedelta(hours=KEPT_HOURS)))
    columns = select(idempotency.c.fingerprint, idempotency.c.status, idempotency.c.body)
    earlier = (await tx.execute(columns.where(idempotency.c.user_id == user_id, idempotency.c.key == key))).first()
    if earlier is None:
        await tx.execute(insert(idempotency).values(user_id=user_id, key=key, fingerprint=fingerprint, created_at=now))
    return earlier


async def _keep(tx: AsyncConnection, user_id: str, key: str, status: int, body: str) -> None:
    mine = (idempotency.c.user_id == user_id, idempotency.c.key == key)
    await tx.execute(update(idempotency).where(*mine).values(status=status, body=body))


async def _release(tx: AsyncConnection, user_id: str, key: str) -> None:
    await tx.execute(delete(idempotency).where(idempotency.c.user_id == user_id, idempotency.c.key == key))
