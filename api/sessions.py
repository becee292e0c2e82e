"""Signing in and out: `POST /session` trades an e-mail address and a password for a cookie, `DELETE /session` ends it.

Guessing is slowed by account and by address. The answer to a wrong address is the answer to a wrong password, and takes
the same time.
"""

from __future__ import annotations

from pydantic import Field
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from api import carnet
from api.auth import COOKIE, require_credential, verify_password
from api.carnet import Carnet
from api.credentials import SESSION_DAYS, issue, withdraw
from api.errors import Throttled, WrongCredentials
from api.http import Body, Operation, no_content, parse_body, reply
from api.throttle import address_key
from api.users import User, find_password_hash, find_user, present


class SignIn(Body):
    """What one signs in with."""

    email: str = Field(max_length=320)
    password: str = Field(max_length=1024)


async def check_password(server: Carnet, wanted: SignIn, address: str) -> None:
    """Raise Throttled or WrongCredentials unless this is the account's password."""
    email, now = wanted.email.strip().lower(), server.clock()
    for throttle, key in ((server.address_throttle, address), (server.account_throttle, email)):
        if seconds := throttle.take(key, now):
            raise Throttled(seconds)
    password_hash = await server.database.read(lambda tx: find_password_hash(tx, email))
    if not await verify_password(password_hash, wanted.password):
        raise WrongCredentials
    server.account_throttle.forget(email)
    server.address_throttle.give_back(address)


async def sign_in(request: Request) -> Response:
    """POST /session."""
    server = carnet.of(request)
    wanted = await parse_body(request, SignIn)
    await check_password(server, wanted, address_key(request.client.host if request.client else None))
    member = await server.database.read(lambda tx: find_user(tx, wanted.email.strip().lower()))
    if member is None:
        raise WrongCredentials
    secret = await server.database.write(lambda tx: issue(tx, member.id, "session", server.clock()))
    response = reply(present(member))
    _set_cookie(response, server, secret, SESSION_DAYS * 86_400)
    return response


async def sign_out(request: Request) -> Response:
    """DELETE /session. An API token has no session to end; it is withdrawn on the command line."""
    server = carnet.of(request)
    credential = await require_credential(request)
    if credential.kind == "session":
        await server.database.write(lambda tx: withdraw(tx, credential.secret_hash))
        server.rights.wake()
    response = no_content()
    _set_cookie(response, server, "", 0)
    return response


def _set_cookie(response: Response, server: Carnet, secret: str, seconds: int) -> None:
    response.set_cookie(COOKIE, secret, max_age=seconds, httponly=True, samesite="lax", secure=server.settings.secure)


routes: list[BaseRoute] = [
    Operation(
        "POST", "/session", sign_in, "Sign in; sets the session cookie.",
        body=SignIn, answer=User, refusals=(401, 415, 422, 429), public=True,
    ),
    Operation("DELETE", "/session", sign_out, "Sign out.", status=204),
]  # fmt: skip
