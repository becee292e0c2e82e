"""Contacts: people a team knows. Each has a name for now, and one main note made with it, which is there for ever.

Used by the list and the page of a contact. Every query takes its condition from access.py; a contact its reader may not
see does not exist. The words of its notes are read as of the last committed edit.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field
from sqlalchemy import Select, and_, func, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from api import carnet, feed, projection
from api.access import Member, may_edit_contact, readable_contacts, require_create, require_edit
from api.auth import require_member
from api.carnet import Carnet
from api.errors import NotFound
from api.http import (
    API,
    ISO,
    LINE,
    Answer,
    Body,
    Operation,
    Query,
    parse_body,
    parse_json,
    parse_query,
    read_cursor,
    read_json,
    reply,
    require_version,
    write_cursor,
)
from api.idempotency import once
from api.tables import AnyRow, contacts, new_id, notes
from sync.sql_store import SqlStore

NAME_LENGTH_MAX = 200

Name = Annotated[str, Field(max_length=NAME_LENGTH_MAX), LINE]


class Properties(Body):
    """What a contact is told by; null clears a value."""

    firstname: Name | None = None
    lastname: Name | None = None


class WriteContact(Body):
    """A new contact, or the properties of one to change."""

    properties: Properties


class ListContacts(Query):
    """A page of the list."""

    limit: int = Field(50, ge=1, le=200)
    after: str | None = None
    count: bool = False


class ContactProperties(Answer):
    """A contact's properties as they stand."""

    firstname: str | None
    lastname: str | None


class Permissions(Answer):
    """What the reader may do."""

    edit: bool


class Contact(Answer):
    """A contact. `notes_text` comes with a single contact only; `version` counts changes of its properties."""

    id: str
    object: Literal["contact"]
    properties: ContactProperties
    created_at: Annotated[datetime, ISO]
    updated_at: Annotated[datetime, ISO]
    archived: bool
    merged_ids: list[str]
    main_note_id: str
    notes_text: str | None = None
    notes_excerpt: str
    permissions: Permissions
    version: int


class Next(BaseModel):
    """Where the list goes on."""

    after: str
    link: str


class Paging(BaseModel):
    """`next` is absent on the last page."""

    next: Next | None = None


class ContactPage(Answer):
    """Some contacts, in the order of their names; `total` where it was asked for."""

    results: list[Contact]
    paging: Paging
    total: int | None = None


# --- verbs ---


async def create_contact(
    tx: AsyncConnection,
    store: SqlStore,
    actor_id: str,
    values: Mapping[str, str | None],
    now: datetime,
    *,
    contact_id: str | None = None,
    note_id: str | None = None,
) -> str:
    """Make a contact and its main note; tell the feed. Returns its id."""
    made = contact_id or new_id("con")
    names = {name: _cleaned(values.get(name)) for name in ("firstname", "lastname")}
    await tx.execute(
        insert(contacts).values(id=made, **names, sort_key=sort_key(**names), version=1, created_at=now, updated_at=now)
    )
    await projection.make_note(tx, store, note_id or new_id("act"), made, now, main=True)
    await feed.record(tx, "contact.created", made, contact_id=made, seq=1, actor_id=actor_id)
    return made


async def update_contact(
    tx: AsyncConnection, row: AnyRow, actor_id: str, values: Mapping[str, str | None], now: datetime
) -> None:
    """Change what `values` names; tell the feed. What is as it was changes nothing."""
    before = {"firstname": row.firstname, "lastname": row.lastname}
    after = before | {name: _cleaned(value) for name, value in values.items()}
    if after == before:
        return
    changed = {**after, "sort_key": sort_key(**after), "version": row.version + 1, "updated_at": now}
    await tx.execute(update(contacts).where(contacts.c.id == row.id).values(**changed))
    await feed.record(tx, "contact.updated", row.id, contact_id=row.id, seq=row.version + 1, actor_id=actor_id)


def _cleaned(value: str | None) -> str | None:
    return (value or "").strip() or None


def sort_key(firstname: str | None, lastname: str | None) -> str:
    """How a name is ordered: last name first, without case and accents; the nameless stand at the end."""
    name = " ".join(part for part in (lastname, firstname) if part)
    plain = "".join(c for c in unicodedata.normalize("NFKD", name.casefold()) if not unicodedata.combining(c))
    return plain or "\U0010ffff"


# --- queries ---


def _readable(member: Member) -> Select[*tuple[Any, ...]]:
    return (
        select(contacts, notes.c.id.label("main_note_id"), notes.c.excerpt)
        .join(notes, and_(notes.c.contact_id == contacts.c.id, notes.c.main))
        .where(readable_contacts(member))
    )


async def find_contact(tx: AsyncConnection, member: Member, contact_id: str) -> AnyRow:
    """The contact's row, if `member` may read it. Raises NotFound."""
    row = (await tx.execute(_readable(member).where(contacts.c.id == contact_id))).first()
    if row is None:
        raise NotFound
    return row


async def notes_text(tx: AsyncConnection, contact_id: str) -> str:
    """The words of all its notes in display order, a blank line between them."""
    texts = select(notes.c.text).where(notes.c.contact_id == contact_id, notes.c.text != "")
    ordered = texts.order_by(notes.c.main.desc(), notes.c.created_at, notes.c.id)
    return "\n\n".join((await tx.execute(ordered)).scalars())


def present(row: AnyRow, member: Member, text: str | None = None) -> Contact:
    """A contact's row as REST shows it."""
    contact = Contact(
        id=row.id,
        object="contact",
        properties=ContactProperties(firstname=row.firstname, lastname=row.lastname),
        created_at=row.created_at,
        updated_at=row.updated_at,
        archived=False,
        merged_ids=[],
        main_note_id=row.main_note_id,
        notes_excerpt=row.excerpt,
        permissions=Permissions(edit=may_edit_contact(member, row.id)),
        version=row.version,
    )
    return contact if text is None else contact.model_copy(update={"notes_text": text})


async def _whole(tx: AsyncConnection, member: Member, contact_id: str) -> Contact:
    row = await find_contact(tx, member, contact_id)
    return present(row, member, await notes_text(tx, contact_id))


async def _page(tx: AsyncConnection, member: Member, wanted: ListContacts) -> ContactPage:
    chosen = _readable(member).order_by(contacts.c.sort_key, contacts.c.id).limit(wanted.limit + 1)
    if wanted.after is not None:
        key, contact_id = read_cursor(wanted.after, 2)
        after = or_(contacts.c.sort_key > key, and_(contacts.c.sort_key == key, contacts.c.id > contact_id))
        chosen = chosen.where(after)
    rows = (await tx.execute(chosen)).all()
    page = {"results": [present(row, member) for row in rows[: wanted.limit]], "paging": Paging()}
    if len(rows) > wanted.limit:
        last = rows[wanted.limit - 1]
        after_word = write_cursor(last.sort_key, last.id)
        link = f"{API}/contacts?limit={wanted.limit}&after={after_word}"
        page["paging"] = Paging(next=Next(after=after_word, link=link))
    if wanted.count:
        total = select(func.count()).select_from(contacts).where(readable_contacts(member))
        page["total"] = (await tx.execute(total)).scalar_one()
    return ContactPage.model_validate(page)


# --- handlers ---


async def _reply_whole(server: Carnet, member: Member, contact_id: str, status: int = 200) -> Response:
    await projection.settle(server, notes.c.contact_id == contact_id)
    contact = await server.database.read(lambda tx: _whole(tx, member, contact_id))
    headers = {"ETag": f'"{contact.version}"'}
    if status == 201:
        headers["Location"] = f"{API}/contacts/{contact_id}"
    return reply(contact, status, headers)


async def list_contacts(request: Request) -> Response:
    """GET /contacts."""
    server, member = carnet.of(request), await require_member(request)
    wanted = parse_query(request, ListContacts)
    page = await server.database.read(lambda tx: _page(tx, member, wanted))
    shown = [contact.main_note_id for contact in page.results]
    if await projection.settle(server, notes.c.id.in_(shown)):
        page = await server.database.read(lambda tx: _page(tx, member, wanted))
    return reply(page)


async def post_contact(request: Request) -> Response:
    """POST /contacts."""
    server, member = carnet.of(request), await require_member(request)
    require_create(member)
    body = await read_json(request)
    values = parse_json(body, WriteContact).properties.model_dump(exclude_unset=True)

    async def create() -> Response:
        now = server.clock()
        made = await server.database.write(lambda tx: create_contact(tx, server.store, member.id, values, now))
        server.feed.wake()
        return await _reply_whole(server, member, made, 201)

    return await once(request, member, body, create)


async def get_contact(request: Request) -> Response:
    """GET /contacts/{id}."""
    member = await require_member(request)
    return await _reply_whole(carnet.of(request), member, request.path_params["id"])


async def patch_contact(request: Request) -> Response:
    """PATCH /contacts/{id}. `If-Match` with a version refuses to change what has changed since."""
    server, member = carnet.of(request), await require_member(request)
    contact_id = request.path_params["id"]

    async def load(tx: AsyncConnection) -> AnyRow:
        row = await find_contact(tx, member, contact_id)
        require_edit(member, contact_id)
        return row

    await server.database.read(load)
    values = (await parse_body(request, WriteContact)).properties.model_dump(exclude_unset=True)

    async def change(tx: AsyncConnection) -> None:
        row = await load(tx)
        require_version(request, row.version)
        await update_contact(tx, row, member.id, values, server.clock())

    await server.database.write(change)
    server.feed.wake()
    return await _reply_whole(server, member, contact_id)


routes: list[BaseRoute] = [
    Operation("GET", "/contacts", list_contacts, "A page of contacts.", query=ListContacts, answer=ContactPage),
    Operation(
        "POST", "/contacts", post_contact, "Make a contact and its main note.",
        body=WriteContact, answer=Contact, status=201, refusals=(403, 409, 413, 415, 422),
    ),
    Operation("GET", "/contacts/{id}", get_contact, "One contact.", answer=Contact, refusals=(404,)),
    Operation(
        "PATCH", "/contacts/{id}", patch_contact, "Change properties of a contact.",
        body=WriteContact, answer=Contact, refusals=(403, 404, 412, 413, 415, 422),
    ),
]  # fmt: skip
