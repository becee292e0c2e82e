"""What every request and socket passes before a route: name it, harden the reply, know its host, know its origin.

Plain ASGI, so that streams and sockets pass untouched. From the outside in: `Naming`, `Hardening`, `Hosts`, `Origins`.
`Startup` stands before them for the start and the end of the server itself, `Afterwards` around the whole application.
"""

from __future__ import annotations

import re
import secrets
import time
from collections.abc import Awaitable, Callable
from functools import partial
from ipaddress import ip_address
from typing import Any

import structlog
from starlette.datastructures import MutableHeaders
from starlette.requests import HTTPConnection
from starlette.routing import Route, WebSocketRoute
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from starlette.websockets import WebSocket

from api.auth import COOKIE
from api.errors import HeaderRequired, Internal, Problem, WrongHost, WrongOrigin, respond
from api.figures import Requests
from api.http import API
from api.logs import chain_of
from api.settings import Settings, origin_of
from sync.store import StoreUnavailable
from sync.trace import trace

log = structlog.get_logger("carnet.http")

_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{8,64}")
_ASKED_OFTEN = frozenset({"/healthz", "/readyz", "/metrics"})
_ID = re.compile(r"(?:[a-z]+/)?[a-z]{2,5}_[0-9a-f]{32}")

_CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data: blob:",
        "font-src 'self'",
        "connect-src 'self'",
        "manifest-src 'self'",
        "worker-src 'self'",
        "base-uri 'none'",
        "form-action 'self'",
        "frame-ancestors 'none'",
    )
)

_HEADERS = {
    "Content-Security-Policy": _CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
}

_SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


class Startup:
    """Say in the log why the server does not start, or does not end well.

    Starlette hands a whole traceback on as the text of its event, past everything that api/logs.py keeps out; and that
    the database is away is no fault of ours: one line tells it.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve the lifespan; requests and sockets pass."""
        if scope["type"] != "lifespan":
            await self.app(scope, receive, send)
            return

        async def send_without_text(event: Message) -> None:
            await send({"type": event["type"]} if event["type"].endswith(".failed") else event)

        try:
            await self.app(scope, receive, send_without_text)
        except BaseException as error:
            causes = [one for one in chain_of(error) if isinstance(one, StoreUnavailable)]
            if causes:
                log.error("cannot start: the database is away", error=str(causes[0]))
            else:
                log.exception("cannot start, or end")
            raise


_AFTERWARDS = "afterwards"


def serve_afterwards(websocket: WebSocket, serve: Callable[[], Awaitable[None]]) -> None:
    """Serve an accepted socket once all have returned through whom its request came (`Afterwards`)."""
    websocket.scope["state"][_AFTERWARDS] = serve


class Afterwards:
    """Serve sockets last, outside of everything else: they stay for hours.

    An idle one would hold a coroutine of each application between, and all that came with its request: 10 kB.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve the socket that was let in; of its request nothing is left then."""
        await self.app(scope, receive, send)
        if serve := scope.get("state", {}).get(_AFTERWARDS):
            scope.clear()
            await serve()


class Naming:
    """Give the request or socket an id (its own, where a proxy gave it one), log it, answer for what nobody caught.

    The log holds the route and the ids in it. What else stands in an address, its query above all, may be a secret.
    """

    def __init__(self, app: ASGIApp, requests: Requests) -> None:
        self.app = app
        self._requests = requests
        self._paths: dict[Any, str] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request or socket."""
        if scope["type"] not in ("http", "websocket"):
            await self.app(scope, receive, send)
            return
        given = HTTPConnection(scope).headers.get("x-request-id", "")
        request_id = given if _REQUEST_ID.fullmatch(given) else secrets.token_hex(8)
        scope.setdefault("state", {})["request_id"] = request_id
        token = trace.set(request_id)
        try:
            await (self._answer if scope["type"] == "http" else self._let_in)(scope, receive, send)
        finally:
            trace.reset(token)

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        began, status = time.perf_counter(), 0

        async def send_named(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                MutableHeaders(scope=message)["X-Request-Id"] = scope["state"]["request_id"]
            await send(message)

        try:
            await self.app(scope, receive, send_named)
        except Exception:
            log.exception("request failed", method=scope["method"], **self._address(scope))
            if status:
                raise
            await respond(HTTPConnection(scope), Internal())(scope, receive, send_named)
        seconds, address = time.perf_counter() - began, self._address(scope)
        self._requests.add(scope["method"], address["route"], status, seconds)
        say = log.debug if address["route"] in _ASKED_OFTEN else log.info
        say("request", method=scope["method"], **address, status=status, ms=round(seconds * 1000, 1))

    async def _let_in(self, scope: Scope, receive: Receive, send: Send) -> None:
        began, state = time.perf_counter(), scope["state"]
        log.info("socket")
        try:
            await self.app(scope, receive, send)
        except Exception:
            log.exception("socket failed", **self._address(scope))
            raise
        finally:
            address = self._address(scope)
            if serve := state.get(_AFTERWARDS):
                state[_AFTERWARDS] = partial(self._serve, serve, state["request_id"], address, began)
            else:
                self._tell_end(address, began)

    async def _serve(
        self, serve: Callable[[], Awaitable[None]], request_id: str, address: dict[str, str], began: float
    ) -> None:
        trace.set(request_id)  # for all of its task, which ends with the socket
        try:
            await serve()
        except Exception:
            log.exception("socket failed", **address)
            raise
        finally:
            self._tell_end(address, began)

    @staticmethod
    def _tell_end(address: dict[str, str], began: float) -> None:
        log.info("socket ended", **address, seconds=round(time.perf_counter() - began, 1))

    def _address(self, scope: Scope) -> dict[str, str]:
        """The route that was taken, and the ids in its address. `other`: files, pages, and what no route was asked."""
        if not self._paths and "app" in scope:
            routes = (route for route in scope["app"].routes if isinstance(route, Route | WebSocketRoute))
            self._paths = {route.endpoint: route.path for route in routes}
        ids = [value for value in scope.get("path_params", {}).values() if _ID.fullmatch(str(value))]
        return {"route": self._paths.get(scope.get("endpoint"), "other"), **({"of": " ".join(ids)} if ids else {})}


class Hardening:
    """Put the headers on every reply that keep a browser from doing more than our page asks of it."""

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self.app = app
        self._headers = dict(_HEADERS)
        if settings.secure:
            self._headers["Strict-Transport-Security"] = "max-age=31536000"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request or socket."""

        async def send_hardened(message: Message) -> None:
            if message["type"] in ("http.response.start", "websocket.http.response.start"):
                headers = MutableHeaders(scope=message)
                for name, value in self._headers.items():
                    headers.setdefault(name, value)
                if scope["path"].startswith(API):
                    headers.setdefault("Cache-Control", "no-store")
            await send(message)

        await self.app(scope, receive, send_hardened)


class Hosts:
    """Answer only under names that are ours, so that no foreign name can be pointed at this server.

    Ours are the public address's name, loopback names, and bare addresses: to be re-pointed one must be a name.
    """

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self.app = app
        self._names: set[str | None] = {"localhost"}
        if settings.public_url:
            self._names.add(_name_of(settings.public_url.partition("://")[2]))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request or socket."""
        if scope["type"] not in ("http", "websocket"):
            await self.app(scope, receive, send)
            return
        connection = HTTPConnection(scope)
        hosts = connection.headers.getlist("host")
        name = _name_of(hosts[0]) if len(hosts) == 1 else None
        if name in self._names or _is_address(name):
            await self.app(scope, receive, send)
            return
        await respond(connection, WrongHost(host=", ".join(hosts)))(scope, receive, send)


PORT_MAX = 65_535

_HOST = re.compile(r"(?:\[([0-9A-Fa-f:.]+)\]|([^\s/?#@:\[\]]+))(?::(\d{1,5}))?")


def _name_of(host: str) -> str | None:
    """The host without its port, `[::1]:8000` → `::1`; None where it is not one."""
    found = _HOST.fullmatch(host)
    if found is None or int(found[3] or 0) > PORT_MAX:
        return None
    return (found[1] or found[2]).lower()


def _is_address(name: str | None) -> bool:
    try:
        ip_address(name or "")
    except ValueError:
        return False
    return True


class Origins:
    """Refuse what another site's page asks a signed-in browser to do.

    An Origin, where there is one, must be the request's own or the public address; `null` never is. Only without a
    cookie may it be absent from a write or a socket (a browser sends it with both). A write with a cookie, other than
    signing in, also carries X-Carnet: 1, which a foreign page cannot send unasked.
    """

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self.app = app
        self._public_url = settings.public_url

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request or socket."""
        if scope["type"] not in ("http", "websocket"):
            await self.app(scope, receive, send)
            return
        connection = HTTPConnection(scope)
        if problem := self._problem(connection):
            await respond(connection, problem)(scope, receive, send)
            return
        await self.app(scope, receive, send)

    def _problem(self, connection: HTTPConnection) -> Problem | None:
        scope, headers = connection.scope, connection.headers
        writes = scope["type"] == "http" and scope["method"] not in _SAFE_METHODS
        cookie = COOKIE in connection.cookies
        origins = headers.getlist("origin")
        if any(origin not in self._own(connection) for origin in origins):
            return WrongOrigin()
        if cookie and not origins and (writes or scope["type"] == "websocket"):
            return WrongOrigin()
        signing_in = scope["path"] == f"{API}/session" and scope.get("method") == "POST"
        by_cookie = cookie and "authorization" not in headers
        if writes and by_cookie and not signing_in and headers.get("x-carnet") != "1":
            return HeaderRequired()
        return None

    def _own(self, connection: HTTPConnection) -> set[str]:
        scheme = {"ws": "http", "wss": "https"}.get(connection.scope["scheme"], connection.scope["scheme"])
        own = {origin_of(f"{scheme}://{connection.headers['host']}")}
        return own | {self._public_url} if self._public_url else own
