"""Requests in, responses out: parsing with pydantic, answering with JSON, and routes that can describe themselves.

What cannot be read is 400, what nobody reads (an unknown parameter or property) is 400 and named, a value that cannot
be taken is 422. A route here is an `Operation`: it knows its models, so that openapi.py can tell the truth about it.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Callable, Coroutine, Mapping
from typing import Any, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, PlainSerializer, ValidationError
from pydantic_core import PydanticCustomError
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Match, Route
from starlette.types import Receive, Scope, Send

from api.errors import (
    Invalid,
    InvalidParameter,
    Malformed,
    MethodNotAllowed,
    PreconditionFailed,
    TooLarge,
    UnknownParameter,
    UnknownProperty,
    UnsupportedMediaType,
    field_errors,
)

KIB = 1024
BODY_BYTES_MAX = 64 * KIB

API = "/api/v1"


class Query(BaseModel):
    """The parameters of an address. Everything not named here is refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Body(BaseModel):
    """The JSON body of a request. Everything not named here is refused."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class Answer(BaseModel):
    """The JSON body of a response."""

    model_config = ConfigDict(frozen=True)


M = TypeVar("M", bound=BaseModel)

Handler = Callable[[Request], Coroutine[Any, Any, Response]]


def _plain(value: str) -> str:
    if any(ord(character) < 32 or ord(character) == 127 for character in value):
        raise PydanticCustomError("control_characters", "control characters")
    return value


LINE = AfterValidator(_plain)
"""A text of one line: no control characters, neither newline nor NUL."""


def _iso(value: Any) -> str:
    text: str = value.isoformat(timespec="milliseconds")
    return text.replace("+00:00", "Z")


ISO = PlainSerializer(_iso, return_type=str)
"""How a moment is written: 2026-11-22T10:42:00.000Z."""


class Operation(Route):
    """One method at one address: its handler, and what it takes and gives.

    `headers` are those of `openapi.HEADERS` that it heeds. `public` ones need nobody signed in; a `stream` is
    server-sent events instead of JSON; an `upload` takes a form with one file (uploads.py). `status_again` answers what
    was done before; one that `leads_on` may answer 308 with another address.
    """

    def __init__(
        self,
        method: str,
        path: str,
        handler: Handler,
        summary: str,
        *,
        query: type[Query] | None = None,
        body: type[Body] | None = None,
        answer: type[Answer] | None = None,
        status: int = 200,
        status_again: int | None = None,
        refusals: tuple[int, ...] = (),
        headers: tuple[str, ...] = (),
        public: bool = False,
        stream: bool = False,
        upload: bool = False,
        leads_on: bool = False,
    ) -> None:
        super().__init__(API + path, handler, methods=[method])
        self.methods = {method}
        self.method, self.summary, self.status, self.public, self.stream = method, summary, status, public, stream
        self.query, self.body, self.answer, self.refusals = query, body, answer, refusals
        self.headers, self.upload, self.status_again, self.leads_on = headers, upload, status_again, leads_on

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Refuse other methods and parameters that nobody reads, for every handler alike, then go on."""
        if scope["method"] != self.method:
            raise MethodNotAllowed(method=scope["method"], headers={"Allow": ", ".join(_methods(scope))})
        known = self.query.model_fields if self.query else {}
        for name in Request(scope).query_params:
            if name not in known:
                raise UnknownParameter(name=name)
        await super().handle(scope, receive, send)


def _methods(scope: Scope) -> list[str]:
    """What the address takes: /contacts/merge is no contact's id, though it reads like one."""
    there = [route for route in scope["app"].routes if isinstance(route, Operation)]
    there = [route for route in there if route.matches(scope)[0] is not Match.NONE]
    names = min(route.path.count("{") for route in there)
    return sorted({route.method for route in there if route.path.count("{") == names})


def parse_query(request: Request, model: type[M]) -> M:
    """The parameters of the address as `model`; a parameter given twice is refused."""
    names = [name for name, _ in request.query_params.multi_items()]
    for name in names:
        if names.count(name) > 1:
            raise InvalidParameter(name=name)
    try:
        return model.model_validate(dict(request.query_params))
    except ValidationError as error:
        raise InvalidParameter(name=str(error.errors()[0]["loc"][0])) from error


async def read_json(request: Request, *, bytes_max: int = BODY_BYTES_MAX) -> bytes:
    """The body of the request, which must say that it is JSON."""
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type != "application/json":
        raise UnsupportedMediaType(expected="application/json")
    return await read_body(request, bytes_max=bytes_max)


def parse_json(body: bytes, model: type[M]) -> M:
    """JSON as `model`."""
    try:
        return model.model_validate_json(body)
    except ValidationError as error:
        raise _body_problem(error) from error


async def parse_body(request: Request, model: type[M], *, bytes_max: int = BODY_BYTES_MAX) -> M:
    """The JSON body of the request as `model`."""
    return parse_json(await read_json(request, bytes_max=bytes_max), model)


def _body_problem(error: ValidationError) -> Exception:
    errors = field_errors(error)
    faults = error.errors(include_url=False, include_input=False)
    if any(fault["type"] == "json_invalid" for fault in faults):
        return Malformed(reason="the body is not JSON")
    if any(fault["type"] == "model_type" and not fault["loc"] for fault in faults):
        return Malformed(reason="the body is not a JSON object")
    unknown = tuple(one for one in errors if one.code == "unknown_property")
    if unknown:
        return UnknownProperty(name=unknown[0].field.rpartition(".")[2], errors=unknown)
    return Invalid(errors=errors)


async def read_body(request: Request, *, bytes_max: int) -> bytes:
    """The body, read no further than it may be long."""
    declared = request.headers.get("content-length", "0")
    if declared.isdigit() and int(declared) > bytes_max:
        raise TooLarge(bytes_max=bytes_max)
    read = bytearray()
    async for chunk in request.stream():
        read += chunk
        if len(read) > bytes_max:
            raise TooLarge(bytes_max=bytes_max)
    return bytes(read)


def reply(answer: Answer, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """A model as JSON."""
    return Response(answer.model_dump_json(exclude_unset=True), status, headers, "application/json")


def no_content() -> Response:
    """Done, and nothing to say."""
    return Response(status_code=204)


def require_version(request: Request, current: int) -> bool:
    """`If-Match`, where there is one, must name the current version: `"12"`, `12` or `*`. True: it names one."""
    wanted = request.headers.get("if-match")
    if wanted is None or wanted.strip() == "*":
        return False
    versions = [version.strip().removeprefix("W/").strip('"') for version in wanted.split(",")]
    if str(current) not in versions:
        raise PreconditionFailed(expected=", ".join(versions), current=current)
    return True


def write_cursor(*place: str) -> str:
    """An opaque word for a place in a list."""
    return base64.urlsafe_b64encode(json.dumps(place).encode()).decode().rstrip("=")


def read_cursor(word: str, length: int) -> list[str]:
    """The place that `write_cursor` made a word of; whatever else comes is an invalid parameter."""
    try:
        place = json.loads(base64.urlsafe_b64decode(word + "=" * (-len(word) % 4)))
        json.dumps(place, ensure_ascii=False).encode()  # half a surrogate pair is no text
    except (binascii.Error, ValueError):
        place = None
    if not isinstance(place, list) or len(place) != length or not all(isinstance(part, str) for part in place):
        raise InvalidParameter(name="after")
    return place
