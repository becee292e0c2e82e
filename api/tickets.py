"""Tickets: a word for a URL, so that no lasting secret ever stands in one. y-websocket clients need them.

A ticket is for one document, must be used within 30 seconds, and is then good for reconnects to that document until the
session or token it was made with ends, 12 hours at most: such a client reconnects with the same URL.
"""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta

from pydantic import Field
from sqlalchemy import delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection
from starlette.requests import HTTPConnection, Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from api import carnet
from api.access import Member
from api.auth import require_credential
from api.credentials import find_credential, hash_secret
from api.errors import NotFound
from api.http import Answer, Body, Operation, parse_body, reply
from api.tables import tickets
from sync.errors import NotFound as NoDocument

FIRST_USE_SECONDS = 30
LIFE_HOURS = 12


class WantTicket(Body):
    """The document a ticket is for."""

    document: str = Field(max_length=200)


class Ticket(Answer):
    """A ticket, and how many seconds there are to use it first."""

    ticket: str
    expires_in: int


async def issue(tx: AsyncConnection, document: str, credential_hash: str, now: datetime) -> str:
    """Make a ticket; those past their life go at the same time."""
    secret = secrets.token_urlsafe(32)
    await tx.execute(delete(tickets).where(tickets.c.created_at <= now - timedelta(hours=LIFE_HOURS)))
    await tx.execute(
        insert(tickets).values(
            secret_hash=hash_secret(secret), document=document, credential_hash=credential_hash, created_at=now
        )
    )
    return secret


async def redeem(tx: AsyncConnection, ticket: str, document: str, now: datetime) -> Member | None:
    """Whose ticket for this document it is, and mark its first use; None where it does not open anything (any more)."""
    mine = tickets.c.secret_hash == hash_secret(ticket)
    row = (await tx.execute(select(tickets).where(mine, tickets.c.document == document))).first()
    if row is None or now >= row.created_at + timedelta(hours=LIFE_HOURS):
        return None
    if row.used_at is None:
        if now >= row.created_at + timedelta(seconds=FIRST_USE_SECONDS):
            return None
        await tx.execute(update(tickets).where(mine).values(used_at=now))
    credential = await find_credential(tx, row.credential_hash, now)
    return credential.member if credential else None


async def redeem_for(connection: HTTPConnection, ticket: str, document: str) -> Member | None:
    """`redeem` for a socket."""
    server = carnet.of(connection)
    now = server.clock()
    return await server.database.write(lambda tx: redeem(tx, ticket, document, now))


async def post_ticket(request: Request) -> Response:
    """POST /tickets."""
    server, credential = carnet.of(request), await require_credential(request)
    wanted = await parse_body(request, WantTicket)
    try:
        await server.rooms.authorise(credential.member, wanted.document)
    except NoDocument as error:
        raise NotFound from error
    now = server.clock()
    made = await server.database.write(lambda tx: issue(tx, wanted.document, credential.secret_hash, now))
    return reply(Ticket(ticket=made, expires_in=FIRST_USE_SECONDS), 201)


routes: list[BaseRoute] = [
    Operation(
        "POST", "/tickets", post_ticket, "A word for the URL of one document's socket.",
        body=WantTicket, answer=Ticket, status=201, refusals=(404, 415, 422),
    )
]  # fmt: skip
