"""Who is asking: passwords, session cookies and API tokens; what a request or a socket brings becomes a `Member`.

Passwords are argon2id, computed off the event loop, and an unknown account costs the same time as a wrong password.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace

import anyio
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from starlette.requests import HTTPConnection

from api import carnet
from api.access import Member
from api.carnet import Carnet
from api.credentials import Credential, Kind, find_credential, hash_secret
from api.errors import Unauthenticated
from api.messages import language_of

COOKIE = "carnet_session"

# One hash is 64 MiB of memory and both of a small machine's cores: few at a time, the others wait their turn.
_HASHER = PasswordHasher()
_HASHES_AT_ONCE = anyio.CapacityLimiter(2)
NOBODYS_HASH = "$argon2id$v=19$m=65536,t=3,p=4$eQl6WRL5bWsewhVYRF8Zhg$HAyAuDlzraGDfUAcwKKMN7DYvz3JEiimvDGaWv5tGLQ"
"""Of a password nobody knows. A test sees to it that it costs what everybody's costs."""


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


def _presented(connection: HTTPConnection) -> tuple[str, Kind] | None:
    """The secret a connection brings. An Authorization header, even a useless one, is never overridden by a cookie."""
    if (authorization := connection.headers.get("authorization")) is not None:
        scheme, _, secret = authorization.partition(" ")
        return (secret.strip(), "token") if scheme.lower() == "bearer" else ("", "token")
    cookie = connection.cookies.get(COOKIE)
    return (cookie, "session") if cookie else None


async def _find(server: Carnet, presented: tuple[str, Kind] | None) -> Credential | None:
    if presented is None:
        return None
    secret, kind = presented
    now = server.clock()
    found = await server.database.read(lambda tx: find_credential(tx, hash_secret(secret), now))
    return found if found and found.kind == kind else None


async def require_credential(connection: HTTPConnection) -> Credential:
    """The credential of a request. Raises Unauthenticated."""
    found = await _find(carnet.of(connection), _presented(connection))
    if found is None:
        raise Unauthenticated(headers={"WWW-Authenticate": "Bearer"})
    return found


async def require_member(connection: HTTPConnection) -> Member:
    """Whoever makes a request, in the language of it. Raises Unauthenticated."""
    member = (await require_credential(connection)).member
    return replace(member, language=language_of(connection.headers.get("accept-language")))


def authenticator(connection: HTTPConnection) -> Callable[[str], Awaitable[Member | None]]:
    """Whoever is behind a socket: by the API token they sent in it, or, when that is empty, by the upgrade request.

    The origin of a socket with a cookie was checked before it got here (middleware.py). Of the request nothing else is
    kept, as sockets stay for hours.
    """
    server, presented = carnet.of(connection), _presented(connection)

    async def authenticate(token: str) -> Member | None:
        found = await _find(server, (token, "token") if token else presented)
        return found.member if found else None

    return authenticate
