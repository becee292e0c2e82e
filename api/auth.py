"""Who is asking: passwords, session cookies and API tokens; what a request or a socket brings becomes a `Member`.

Secrets are 256 random bits and kept as SHA-256 hashes: nothing in the database lets anyone in. Passwords are argon2id,
computed off the event loop, and an unknown account costs the same time as a wrong password.
"""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

import anyio
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import delete, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection
from starlette.requests import HTTPConnection

from api import carnet
from api.access import Member
from api.errors import Unauthenticated
from api.tables import AnyRow, credentials, users

COOKIE = "carnet_session"
TOKEN_PREFIX = "carnet_"
SESSION_DAYS = 30
TOKEN_DAYS = 365

Kind = Literal["session", "token"]

COLORS = (
    "#2672b7", "#ad4b47", "#1d7d3e", "#8656a6", "#02787d", "#9f5102",
    "#6861b6", "#9f4d86", "#7c6702", "#027493", "#587502", "#aa4964",
)  # fmt: skip
"""What a person is drawn in: twelve hues of one weight, each 5:1 or more on white."""

# One hash is 64 MiB of memory and both of a small machine's cores: few at a time, the others wait their turn.
_HASHER = PasswordHasher()
_HASHES_AT_ONCE = anyio.CapacityLimiter(2)
NOBODYS_HASH = "$argon2id$v=19$m=65536,t=3,p=4$eQl6WRL5bWsewhVYRF8Zhg$HAyAuDlzraGDfUAcwKKMN7DYvz3JEiimvDGaWv5tGLQ"
"""Of a password nobody knows. A test sees to it that it costs what everybody's costs."""


@dataclass(frozen=True, slots=True)
class Credential:
    """A valid session or API token, and whose it is."""

    secret_hash: str
    kind: Kind
    member: Member


def hash_secret(secret: str) -> str:
    """What is kept of a secret. It has 256 random bits, so there is nothing for a slow hash to protect."""
    return hashlib.sha256(secret.encode(errors="replace")).hexdigest()


async def hash_password(password: str) -> str:
    """An argon2id hash, computed in a thread."""
    return await anyio.to_thread.run_sync(_HASHER.hash, password, limiter=_HASHES_AT_ONCE)


async def verify_password(password_hash: str | None, password: str) -> bool:
    """Whether the password is right; without a hash (no such account) no, after the same work."""
    right = await anyio.to_thread.run_sync(_verify, password_hash or NOBODYS_HASH, password, limiter=_HASHES_AT_ONCE)
    return right and password_hash is not None


def _verify(password_hash: str, password: str) -> bool:
    try:
        return _HASHER.verify(password_hash, password)
    except (VerificationError, InvalidHashError):
        return False


def member_of(row: AnyRow) -> Member:
    """A row of `users` as an actor. The engine stamps `user` into what others see of their presence."""
    color = COLORS[hashlib.sha256(row.id.encode()).digest()[0] % len(COLORS)]
    stamp = {"id": row.id, "name": row.name, "color": color}
    return Member(id=row.id, user=stamp, name=row.name, email=row.email, role=row.role, color=color)


async def find_member(tx: AsyncConnection, user_id: str) -> Member | None:
    """The member as the database has them now: a role may have changed since a socket opened."""
    row = (await tx.execute(select(users).where(users.c.id == user_id))).first()
    return member_of(row) if row else None


async def issue(tx: AsyncConnection, user_id: str, kind: Kind, now: datetime) -> str:
    """Make a session or an API token and return its secret, which is not to be had again.

    The user's expired ones go at the same time.
    """
    secret = (TOKEN_PREFIX if kind == "token" else "") + secrets.token_urlsafe(32)
    days = TOKEN_DAYS if kind == "token" else SESSION_DAYS
    await tx.execute(delete(credentials).where(credentials.c.user_id == user_id, credentials.c.expires_at <= now))
    await tx.execute(
        insert(credentials).values(
            secret_hash=hash_secret(secret),
            kind=kind,
            user_id=user_id,
            created_at=now,
            expires_at=now + timedelta(days=days),
        )
    )
    return secret


async def withdraw(tx: AsyncConnection, secret_hash: str) -> None:
    """End a session or an API token, and the tickets that were made with it."""
    await tx.execute(delete(credentials).where(credentials.c.secret_hash == secret_hash))


async def find_credential(tx: AsyncConnection, secret_hash: str, now: datetime) -> Credential | None:
    """The credential with this hash, while it is valid."""
    valid = (
        select(credentials.c.kind, users)
        .join(users, users.c.id == credentials.c.user_id)
        .where(credentials.c.secret_hash == secret_hash, credentials.c.expires_at > now)
    )
    row = (await tx.execute(valid)).first()
    return Credential(secret_hash, row.kind, member_of(row)) if row else None


def _presented(connection: HTTPConnection) -> tuple[str, Kind] | None:
    """The secret a connection brings. An Authorization header, even a useless one, is never overridden by a cookie."""
    if (authorization := connection.headers.get("authorization")) is not None:
        scheme, _, secret = authorization.partition(" ")
        return (secret.strip(), "token") if scheme.lower() == "bearer" else ("", "token")
    cookie = connection.cookies.get(COOKIE)
    return (cookie, "session") if cookie else None


async def _find(connection: HTTPConnection, presented: tuple[str, Kind] | None) -> Credential | None:
    if presented is None:
        return None
    server = carnet.of(connection)
    secret, kind = presented
    now = server.clock()
    found = await server.database.read(lambda tx: find_credential(tx, hash_secret(secret), now))
    return found if found and found.kind == kind else None


async def require_credential(connection: HTTPConnection) -> Credential:
    """The credential of a request. Raises Unauthenticated."""
    found = await _find(connection, _presented(connection))
    if found is None:
        raise Unauthenticated(headers={"WWW-Authenticate": "Bearer"})
    return found


async def require_member(connection: HTTPConnection) -> Member:
    """Whoever makes a request. Raises Unauthenticated."""
    return (await require_credential(connection)).member


async def authenticate_socket(connection: HTTPConnection, token: str) -> Member | None:
    """Whoever is behind a socket: by the API token they sent in it, or, when that is empty, by the upgrade request.

    The origin of a socket with a cookie was checked before it got here (middleware.py).
    """
    found = await _find(connection, (token, "token") if token else _presented(connection))
    return found.member if found else None
