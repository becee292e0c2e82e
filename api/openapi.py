"""The OpenAPI description, made from the routes themselves and the models they parse and answer with."""

from __future__ import annotations

import re
from collections.abc import Iterable
from http import HTTPStatus
from typing import Any

from pydantic import BaseModel, Field
from pydantic.json_schema import models_json_schema
from starlette.routing import BaseRoute

from api.http import Operation
from api.idempotency import KEY_PATTERN

_REF = "#/components/schemas/{model}"
_FILE = {"type": "string", "contentMediaType": "application/octet-stream"}
_FORM = {
    "multipart/form-data": {
        "schema": {
            "type": "object",
            "properties": {"file": _FILE},
            "required": ["file"],
            "additionalProperties": False,
        }
    },
}

HEADERS = {
    "Idempotency-Key": {
        "description": "The same request again under the same key is done once, for 24 hours.",
        "schema": {"type": "string", "pattern": KEY_PATTERN},
    },
    "If-Match": {
        "description": "The version that was read; the change is refused where it is no longer the current one.",
        "schema": {"type": "string"},
    },
    "Last-Event-ID": {
        "description": "The number of the last change heard of; those after it follow.",
        "schema": {"type": "string", "pattern": "^[0-9]{1,17}$"},
    },
}
"""The request headers that operations heed, beyond those of HTTP itself."""


class ProblemField(BaseModel):
    """One value that was not taken."""

    field: str
    code: str
    message: str


class ProblemDocument(BaseModel):
    """What every refusal looks like (RFC 9457), in the language of Accept-Language (en, fr)."""

    type: str
    title: str
    status: int
    code: str
    detail: str
    errors: list[ProblemField] = Field(default_factory=list)
    request_id: str


def describe(routes: Iterable[BaseRoute], *, version: str, property_names: Iterable[str] = ()) -> dict[str, Any]:
    """The whole document, as plain data. `property_names` are a contact's, those a team defined itself too."""
    operations = [route for route in routes if isinstance(route, Operation)]
    paths: dict[str, dict[str, Any]] = {}
    for operation in operations:
        paths.setdefault(operation.path, {})[operation.method.lower()] = _operation(operation)
    return {
        "openapi": "3.1.0",
        "info": {"title": "Carnet", "version": version},
        "paths": paths,
        "components": {
            "schemas": _with_properties(_schemas(operations), property_names),
            "securitySchemes": {
                "token": {"type": "http", "scheme": "bearer"},
                "session": {"type": "apiKey", "in": "cookie", "name": "carnet_session"},
            },
        },
        "security": [{"token": []}, {"session": []}],
    }


def _schemas(operations: Iterable[Operation]) -> dict[str, Any]:
    found: dict[tuple[type[BaseModel], str], None] = {(ProblemDocument, "serialization"): None}
    for operation in operations:
        if operation.body:
            found[operation.body, "validation"] = None
        if operation.answer:
            found[operation.answer, "serialization"] = None
    _, definitions = models_json_schema(list(found), ref_template=_REF)  # type: ignore[arg-type]
    schemas: dict[str, Any] = definitions["$defs"]
    return schemas


def _with_properties(schemas: dict[str, Any], names: Iterable[str]) -> dict[str, Any]:
    """Models take any property, for a team defines its own while we run; the description names those there are now."""
    for model in ("Properties", "ContactProperties"):
        if model in schemas:
            schemas[model]["additionalProperties"] = False
            for name in names:
                schemas[model]["properties"].setdefault(name, {})
    return schemas


def _operation(operation: Operation) -> dict[str, Any]:
    described: dict[str, Any] = {
        "operationId": operation.name,
        "summary": operation.summary,
        "parameters": [*_path_parameters(operation), *_query_parameters(operation), *_headers(operation)],
        "responses": {**_successes(operation), **_refusals(operation)},
    }
    if operation.body:
        described["requestBody"] = {"required": True, "content": _json(operation.body.__name__)}
    if operation.upload:
        described["requestBody"] = {"required": True, "content": _FORM}
    if operation.public:
        described["security"] = []
    return described


def _path_parameters(operation: Operation) -> list[dict[str, Any]]:
    names = re.findall(r"{(\w+)}", operation.path)
    return [{"name": name, "in": "path", "required": True, "schema": {"type": "string"}} for name in names]


def _query_parameters(operation: Operation) -> list[dict[str, Any]]:
    if operation.query is None:
        return []
    schema = operation.query.model_json_schema()
    required = schema.get("required", [])
    return [
        {"name": name, "in": "query", "required": name in required, "schema": shape}
        for name, shape in schema["properties"].items()
    ]


def _headers(operation: Operation) -> list[dict[str, Any]]:
    return [{"name": name, "in": "header", "required": False, **HEADERS[name]} for name in operation.headers]


def _successes(operation: Operation) -> dict[str, Any]:
    content: dict[str, Any] = {}
    if operation.answer:
        content["content"] = _json(operation.answer.__name__)
    elif operation.stream:
        content["content"] = {"text/event-stream": {"schema": {"type": "string"}}}
    statuses = (status for status in (operation.status, operation.status_again) if status)
    described = {str(status): {"description": HTTPStatus(status).phrase, **content} for status in statuses}
    return described | ({"308": {"description": HTTPStatus(308).phrase}} if operation.leads_on else {})


def _refusals(operation: Operation) -> dict[str, Any]:
    statuses = {400, 503, *operation.refusals} | (set() if operation.public else {401})
    if operation.method != "GET":
        statuses.add(403)  # another site's page (middleware.py)
    problem = {"application/problem+json": {"schema": {"$ref": _REF.format(model="ProblemDocument")}}}
    return {str(status): {"description": HTTPStatus(status).phrase, "content": problem} for status in sorted(statuses)}


def _json(model: str) -> dict[str, Any]:
    return {"application/json": {"schema": {"$ref": _REF.format(model=model)}}}
