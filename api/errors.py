"""Every way the REST side says no: a status, a machine-readable code, one human sentence in the reader's language.

Raised anywhere below a handler, answered here as `application/problem+json` (RFC 9457). The sentences live in
`messages.py`; an error carries the values that fill them in.
"""

from __future__ import annotations

import dataclasses
import json
import random
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from pydantic import ValidationError
from starlette.exceptions import HTTPException
from starlette.requests import HTTPConnection
from starlette.responses import Response

from api.messages import FIELDS, PROBLEMS, Language, language_of

RETRY_SECONDS = (1, 5)
"""Between these everybody who could not be answered is told a moment of their own to come back at."""


@dataclass(frozen=True, slots=True)
class FieldError:
    """One value that was not taken: where it stands (`properties.firstname`), why, and what fills the sentence."""

    field: str
    code: str
    values: Mapping[str, Any] = dataclasses.field(default_factory=dict)


class Problem(Exception):
    """What a client is told when something is refused. Subclasses fix `status` and `code`.

    `values` fill the sentence; `members` stand in the answer beside it, for who reads on.
    """

    status = 500
    code = "internal"

    def __init__(
        self,
        *,
        errors: tuple[FieldError, ...] = (),
        headers: Mapping[str, str] | None = None,
        members: Mapping[str, object] | None = None,
        **values: object,
    ) -> None:
        super().__init__(self.code, values)
        self.errors = errors
        self.headers = headers or {}
        self.members = members or {}
        self.values = values


class Malformed(Problem):
    """The bytes are not the request this address takes. `reason` is a short English clause for developers."""

    status, code = 400, "malformed"


class WrongHost(Problem):
    """A Host header this server does not answer to."""

    status, code = 400, "wrong_host"


class UnknownParameter(Problem):
    """A query parameter nobody reads: a typing error is told, not ignored."""

    status, code = 400, "unknown_parameter"


class UnknownProperty(Problem):
    """A property of the body nobody reads."""

    status, code = 400, "unknown_property"


class InvalidParameter(Problem):
    """A query parameter whose value cannot be used."""

    status, code = 400, "invalid_parameter"


class Unauthenticated(Problem):
    """No credentials, or ones that are forged, expired or withdrawn."""

    status, code = 401, "unauthenticated"


class WrongCredentials(Problem):
    """An e-mail address and a password that do not match; which of the two is not told."""

    status, code = 401, "wrong_credentials"


class Forbidden(Problem):
    """The actor may read this, but not change it."""

    status, code = 403, "forbidden"


class WrongOrigin(Problem):
    """A request that another site's page made."""

    status, code = 403, "wrong_origin"


class HeaderRequired(Problem):
    """A write with a cookie and without the header that only our own page can send."""

    status, code = 403, "header_required"


class NotFound(Problem):
    """It does not exist, or its reader may not know that it does."""

    status, code = 404, "not_found"


class MethodNotAllowed(Problem):
    """The address exists, the method does not."""

    status, code = 405, "method_not_allowed"


class RequestPending(Problem):
    """The first request with this key is under way, or ended without anybody knowing how."""

    status, code = 409, "request_pending"


class MainNote(Problem):
    """The main note is for ever, without a title or a date of its own."""

    status, code = 409, "main_note"


class IdTaken(Problem):
    """An id that a client chose and that stands for something else."""

    status, code = 409, "id_taken"


class AlreadyMerged(Problem):
    """One of two contacts was merged into another: whoever chose it has not seen that one. It is named `root_id`."""

    status, code = 409, "already_merged"


class ContactDeleted(Problem):
    """What is deleted cannot be merged; it can be restored first. It is named `contact_id`."""

    status, code = 409, "contact_deleted"


class AddressTaken(Problem):
    """Restored, a contact would share an address with others, who are `candidates` to merge it with."""

    status, code = 409, "address_taken"


class PossibleDuplicate(Problem):
    """A new contact would share an address, or a name, with `candidates`."""

    status, code = 409, "possible_duplicate"


class PreviewStale(Problem):
    """A value that was to be chosen is another one now; `preview` is the fresh one."""

    status, code = 409, "preview_stale"


class SameContact(Problem):
    """A contact cannot be merged with itself."""

    status, code = 422, "same_contact"


class InQuarantine(Problem):
    """The engine shows the document as it stood before what harms it, and lets nobody write (sync/quarantine.py)."""

    status, code = 409, "quarantined"


class Gone(Problem):
    """It was deleted longer ago than deleted things are kept."""

    status, code = 410, "gone"


class ImportState(Problem):
    """What is asked of an import cannot be done in the state it is in."""

    status, code = 409, "import_state"


class PreconditionFailed(Problem):
    """`If-Match` names a version that is no longer the current one."""

    status, code = 412, "precondition_failed"


class TooLarge(Problem):
    """The body is larger than this address takes."""

    status, code = 413, "too_large"


class FileTooLarge(Problem):
    """The file is larger than this address takes."""

    status, code = 413, "file_too_large"


class UnsupportedMediaType(Problem):
    """The body is of a kind this address does not take."""

    status, code = 415, "unsupported_media_type"


class Invalid(Problem):
    """The body was read, but some of its values cannot be taken; `errors` name them."""

    status, code = 422, "validation"


class KeyReused(Problem):
    """An Idempotency-Key that came with another request before."""

    status, code = 422, "key_reused"


class Throttled(Problem):
    """Too many attempts; `seconds` says when to come back."""

    status, code = 429, "throttled"

    def __init__(self, seconds: int) -> None:
        super().__init__(seconds=seconds, headers={"Retry-After": str(seconds)})


class Internal(Problem):
    """A fault of ours."""


class Unavailable(Problem):
    """The server or its database cannot answer now; the same request may pass later."""

    status, code = 503, "unavailable"

    def __init__(self) -> None:
        super().__init__(headers={"Retry-After": str(random.randint(*RETRY_SECONDS))})


def respond(connection: HTTPConnection, problem: Problem) -> Response:
    """Put a problem into the words of the request's language."""
    language = language_of(connection.headers.get("accept-language"))
    title, detail = PROBLEMS[language][problem.code]
    body: dict[str, object] = {
        "type": f"urn:carnet:problem:{problem.code}",
        "title": title,
        "status": problem.status,
        "code": problem.code,
        "detail": detail.format(**problem.values),
        **problem.members,
    }
    if problem.errors:
        body["errors"] = [_field_body(error, language) for error in problem.errors]
    body["request_id"] = connection.scope.get("state", {}).get("request_id", "")
    headers = {**problem.headers, "Content-Language": language, "Vary": "Accept-Language"}
    content = json.dumps(body, ensure_ascii=False).encode(errors="replace")
    return Response(content, problem.status, headers, "application/problem+json")


def _field_body(error: FieldError, language: Language) -> dict[str, str]:
    message = FIELDS[language].get(error.code, FIELDS[language]["invalid"])
    return {"field": error.field, "code": error.code, "message": message.format(**error.values)}


async def answer_problem(connection: HTTPConnection, error: Exception) -> Response:
    """Starlette's exception handler for our own errors."""
    assert isinstance(error, Problem)
    return respond(connection, error)


async def answer_http_exception(connection: HTTPConnection, error: Exception) -> Response:
    """Starlette's exception handler for what its router raises: no such address, no such method."""
    assert isinstance(error, HTTPException)
    if error.status_code == HTTPStatus.NOT_FOUND:
        return respond(connection, NotFound())
    if error.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
        return respond(connection, MethodNotAllowed(method=connection.scope["method"], headers=error.headers))
    return respond(connection, Malformed(reason=error.detail))


# What pydantic calls a fault → our code and the names of the values its sentence needs.
_FAULTS: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "missing": ("missing", ()),
    "extra_forbidden": ("unknown_property", ()),
    "string_type": ("wrong_type", ()),
    "bool_type": ("wrong_type", ()),
    "bool_parsing": ("wrong_type", ()),
    "int_type": ("wrong_type", ()),
    "int_parsing": ("wrong_type", ()),
    "model_type": ("wrong_type", ()),
    "list_type": ("wrong_type", ()),
    "string_too_long": ("too_long", ("max_length",)),
    "too_long": ("too_long", ("max_length",)),  # what it says of a text that our own validator has seen
    "string_too_short": ("too_short", ("min_length",)),
    "greater_than_equal": ("too_small", ("ge",)),
    "less_than_equal": ("too_large", ("le",)),
    "literal_error": ("not_an_option", ("expected",)),
    "control_characters": ("control_characters", ()),
    "timezone_aware": ("no_timezone", ()),
}


def field_errors(error: ValidationError) -> tuple[FieldError, ...]:
    """Pydantic's faults in our words."""
    found = []
    for fault in error.errors(include_url=False, include_input=False):
        code, names = _FAULTS.get(fault["type"], ("invalid", ()))
        values = {name: fault.get("ctx", {}).get(name) for name in names}
        found.append(FieldError(".".join(str(step) for step in fault["loc"]), code, values))
    return tuple(found)
