"""The list of contacts, a page at a time: found by words, sorted, or those that were deleted and can be restored."""

from __future__ import annotations

import operator
from datetime import datetime
from typing import Any, Literal
from urllib.parse import urlencode

from pydantic import Field
from sqlalchemy import ColumnElement, and_, func, or_, select, true
from sqlalchemy.ext.asyncio import AsyncConnection
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from api import carnet, projection, search
from api.access import Member, knowable_contacts, readable_contacts
from api.aliases import Merged, is_root, merged_into
from api.auth import require_member
from api.contacts import Contact, Next, Paging, present, shown_contacts
from api.errors import InvalidParameter
from api.http import API, Answer, Operation, Query, parse_query, read_cursor, reply, write_cursor
from api.properties import Definitions
from api.tables import AnyRow, contacts, notes
from api.words import read_query

Sort = Literal["name", "-name", "updated_at", "-updated_at", "deleted_at", "-deleted_at"]


class ListContacts(Query):
    """A page of the list."""

    limit: int = Field(50, ge=1, le=200)
    after: str | None = None
    count: bool = False
    q: str | None = Field(None, max_length=search.QUERY_LENGTH_MAX, description="Only contacts that search finds.")
    sort: Sort = Field("name", description="The last to change first: `-updated_at`.")
    deleted: bool = Field(False, description="Deleted ones that can be restored, instead of those that are there.")


class ContactPage(Answer):
    """Some contacts in the order that was asked for; `total` where it was asked for."""

    results: list[Contact]
    paging: Paging
    total: int | None = None


# --- queries ---


_SORTED_BY: dict[str, ColumnElement[Any]] = {
    "name": contacts.c.sort_key,
    "updated_at": contacts.c.updated_at,
    "deleted_at": contacts.c.deleted_at,
}


def _by(sort: Sort) -> str:
    return sort.removeprefix("-")


def _order(sort: Sort) -> list[ColumnElement[Any]]:
    places = [_SORTED_BY[_by(sort)], contacts.c.id]
    return [place.desc() for place in places] if sort.startswith("-") else [*places]


def _place(row: AnyRow, sort: Sort) -> str:
    """A word for the place of a contact in the list."""
    key = getattr(row, _SORTED_BY[_by(sort)].key or "")
    return write_cursor(key.isoformat() if isinstance(key, datetime) else key or "", row.id)


def _behind(wanted: ListContacts) -> ColumnElement[bool]:
    """The condition on `contacts` of standing behind the place at which the last page ended."""
    if wanted.after is None:
        return true()
    word, contact_id = read_cursor(wanted.after, 2)
    key: Any = word if _by(wanted.sort) == "name" else _read_moment(word)
    column = _SORTED_BY[_by(wanted.sort)]
    further = operator.lt if wanted.sort.startswith("-") else operator.gt
    return or_(further(column, key), and_(column == key, further(contacts.c.id, contact_id)))


def _read_moment(word: str) -> datetime:
    try:
        moment = datetime.fromisoformat(word)
    except ValueError:
        raise InvalidParameter(name="after") from None
    if moment.tzinfo is None:
        raise InvalidParameter(name="after")
    return moment


def _restorable(member: Member, now: datetime) -> ColumnElement[bool]:
    return knowable_contacts(member) & contacts.c.deleted_at.is_not(None) & (contacts.c.restorable_until > now)


async def _page(
    tx: AsyncConnection, definitions: Definitions, member: Member, wanted: ListContacts, now: datetime
) -> ContactPage:
    wished = search.matching_contacts(read_query(wanted.q)) if wanted.q and wanted.q.strip() else true()
    these = _restorable(member, now) if wanted.deleted else readable_contacts(member)
    there = shown_contacts(these).where(is_root(), wished, _behind(wanted))
    rows = (await tx.execute(there.order_by(*_order(wanted.sort)).limit(wanted.limit + 1))).all()
    merged = await merged_into(tx, [row.id for row in rows])
    shown = [present(row, definitions, member, merged.get(row.id, Merged())) for row in rows[: wanted.limit]]
    page = {"results": shown, "paging": Paging()}
    if len(rows) > wanted.limit:
        after = _place(rows[wanted.limit - 1], wanted.sort)
        kept = {**({"q": wanted.q} if wanted.q else {}), **({"deleted": "true"} if wanted.deleted else {})}
        asked = {"limit": wanted.limit, "after": after, "sort": wanted.sort, **kept}
        page["paging"] = Paging(next=Next(after=after, link=f"{API}/contacts?{urlencode(asked)}"))
    if wanted.count:
        total = select(func.count()).select_from(contacts).where(these, is_root(), wished)
        page["total"] = (await tx.execute(total)).scalar_one()
    return ContactPage.model_validate(page)


# --- handlers ---


async def list_contacts(request: Request) -> Response:
    """GET /contacts."""
    server, member = carnet.of(request), await require_member(request)
    wanted, definitions, now = parse_query(request, ListContacts), server.catalogue.definitions, server.clock()
    if _by(wanted.sort) == "deleted_at" and not wanted.deleted:
        raise InvalidParameter(name="sort")
    page = await server.database.read(lambda tx: _page(tx, definitions, member, wanted, now))
    shown = [contact.main_note_id for contact in page.results]
    if await projection.settle(server, notes.c.id.in_(shown)):
        page = await server.database.read(lambda tx: _page(tx, definitions, member, wanted, now))
    return reply(page)


routes: list[BaseRoute] = [
    Operation("GET", "/contacts", list_contacts, "A page of contacts.", query=ListContacts, answer=ContactPage),
]
