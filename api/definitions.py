"""The properties of contacts over REST, for forms, columns and importers. Only migrations change them so far."""

from __future__ import annotations

from typing import Literal

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from api import carnet
from api.auth import require_member
from api.http import Answer, Operation, reply
from api.properties import Definition, Type


class Property(Answer):
    """A property. `label_key` is a key of the client's catalogue for the built-in ones, else the label itself."""

    name: str
    object: Literal["property"]
    label_key: str
    type: Type
    kind: Literal["scalar", "set"]
    options: list[str]
    required: bool
    unique: bool
    read_only: bool
    built_in: bool


class PropertyList(Answer):
    """All of them, in the order of a form."""

    results: list[Property]


def present(definition: Definition) -> Property:
    """A definition as REST shows it."""
    return Property(
        name=definition.name,
        object="property",
        label_key=definition.label_key,
        type=definition.type,
        kind=definition.kind,
        options=list(definition.options),
        required=definition.required,
        unique=definition.unique,
        read_only=definition.read_only,
        built_in=definition.built_in,
    )


async def list_properties(request: Request) -> Response:
    """GET /properties."""
    await require_member(request)
    definitions = carnet.of(request).catalogue.definitions
    return reply(PropertyList(results=[present(definition) for definition in definitions.values()]))


routes: list[BaseRoute] = [
    Operation("GET", "/properties", list_properties, "The properties of contacts.", answer=PropertyList),
]
