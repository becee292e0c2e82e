"""Who set which property of a contact to what, when, and by which road; the newest first."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, Literal
from urllib.parse import urlencode

from pydantic import Field
from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from api import carnet
from api.access import Member
from api.auth import require_member
from api.contact_documents import Source
from api.contacts import Next, Paging, find_contact
from api.errors import InvalidParameter
from api.http import API, ISO, Answer, Operation, Query, parse_query, read_cursor, reply, write_cursor
from api.notes import Author, find_authors
from api.tables import AnyRow, property_changes

_H = property_changes.c


class ReadHistory(Query):
    """A page of it; of one property or of all."""

    property: str | None = None
    limit: int = Field(50, ge=1, le=200)
    after: str | None = None


class PropertyChange(Answer):
    """One value that changed. In a set, `value` is the element, and `old` and `new` say what stood under it."""

    object: Literal["property_change"]
    property: str
    value: str | None
    old: Any
    new: Any
    actor: Author | None
    at: Annotated[datetime, ISO]
    source: Source
    version: int


class PropertyHistory(Answer):
    """Some changes, the newest first."""

    results: list[PropertyChange]
    paging: Paging


async def _page(tx: AsyncConnection, member: Member, contact_id: str, wanted: ReadHistory) -> PropertyHistory:
    contact_id = (await find_contact(tx, member, contact_id)).id
    chosen = select(property_changes).where(_H.contact_id == contact_id)
    if wanted.property is not None:
        chosen = chosen.where(_H.name == wanted.property)
    if wanted.after is not None:
        chosen = chosen.where(_after(wanted.after))
    ordered = chosen.order_by(_H.seq.desc(), _H.name, _H.element).limit(wanted.limit + 1)
    rows = (await tx.execute(ordered)).all()
    page, more = rows[: wanted.limit], rows[wanted.limit :]
    authors = await find_authors(tx, {row.actor_id for row in page})
    paging = Paging()
    if more:
        word = write_cursor(str(page[-1].seq), page[-1].name, page[-1].element)
        asked = {"limit": wanted.limit, "after": word} | ({"property": wanted.property} if wanted.property else {})
        link = f"{API}/contacts/{contact_id}/property-history?{urlencode(asked)}"
        paging = Paging(next=Next(after=word, link=link))
    return PropertyHistory(results=[_present(row, authors) for row in page], paging=paging)


def _after(cursor: str) -> ColumnElement[bool]:
    seq, name, element = read_cursor(cursor, 3)
    if not (seq.isdecimal() and seq.isascii() and len(seq) < 18):
        raise InvalidParameter(name="after")
    within = or_(_H.name > name, and_(_H.name == name, _H.element > element))
    return or_(_H.seq < int(seq), and_(_H.seq == int(seq), within))


def _present(row: AnyRow, authors: Mapping[str | None, Author]) -> PropertyChange:
    return PropertyChange(
        object="property_change",
        property=row.name,
        value=row.element or None,
        old=json.loads(row.old) if row.old is not None else None,
        new=json.loads(row.new) if row.new is not None else None,
        actor=authors.get(row.actor_id),
        at=row.at,
        source=row.source,
        version=row.seq,
    )


async def get_history(request: Request) -> Response:
    """GET /contacts/{id}/property-history."""
    server, member, contact_id = carnet.of(request), await require_member(request), request.path_params["id"]
    wanted = parse_query(request, ReadHistory)
    if wanted.property is not None and wanted.property not in server.catalogue.definitions:
        raise InvalidParameter(name="property")
    return reply(await server.database.read(lambda tx: _page(tx, member, contact_id, wanted)))


routes: list[BaseRoute] = [
    Operation(
        "GET", "/contacts/{id}/property-history", get_history, "Who set which property to what, the newest first.",
        query=ReadHistory, answer=PropertyHistory, refusals=(404,),
    ),
]  # fmt: skip
