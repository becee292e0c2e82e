"""Contacts: people a team knows. Each has its properties and one main note made with it, which is there for ever.

Properties are a document (contact_documents.py): what REST writes takes the road of every live edit, so that somebody
who types in the same field at the same moment, and whoever has the contact open, agree in the end.

Every query takes its condition from access.py; a contact its reader may not see does not exist. The words of its notes
are read as of the last committed edit.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, WithJsonSchema
from sqlalchemy import ColumnElement, Select, and_, select
from sqlalchemy.ext.asyncio import AsyncConnection
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute

from api import avatars, carnet, projection
from api.access import (
    Member,
    knowable_contacts,
    may_delete_contact,
    may_edit_contact,
    readable_contacts,
    require_create,
    require_edit,
)
from api.aliases import Merged, merged_into, root_of
from api.auth import require_member
from api.carnet import Carnet
from api.contact_documents import Origin
from api.contact_edits import create_contact, set_properties
from api.errors import NotFound
from api.holders import refuse_duplicate
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
    read_json,
    reply,
    require_version,
)
from api.idempotency import once
from api.inherited_notes import InheritedNote, inherited_notes
from api.properties import TEXT_LENGTH_MAX, Definitions
from api.property_shapes import shown
from api.tables import AnyRow, aliases, contacts, notes
from api.tables import avatars as photos

_ELEMENTS: dict[str, Any] = {
    "type": "array",
    "items": {
        "anyOf": [
            {"type": "string"},
            {
                "type": "object",
                "properties": {"value": {"type": "string"}, "primary": {"type": "boolean"}},
                "required": ["value"],
                "additionalProperties": False,
            },
        ]
    },
}

Text = Annotated[str, Field(max_length=TEXT_LENGTH_MAX), LINE]
Elements = Annotated[list[Any], WithJsonSchema(_ELEMENTS)]
Words = Annotated[list[Any], WithJsonSchema({"type": "array", "items": {"type": "string"}})]


class Properties(Body):
    """Values to write: null clears one, an array replaces a set; what is not named stays. `email` and `phone` are the
    primary ones of their sets. Properties that a team defined itself come under their names too (GET /properties).
    """

    model_config = ConfigDict(extra="allow")

    firstname: Text | None = None
    lastname: Text | None = None
    jobtitle: Text | None = None
    company: Text | None = None
    city: Text | None = None
    emails: Elements | None = None
    phones: Elements | None = None
    tags: Words | None = None
    lifecyclestage: Text | None = None
    owner_id: Text | None = None
    email: Text | None = None
    phone: Text | None = None


class WriteContact(Body):
    """The properties of a contact to change."""

    properties: Properties


class CreateContact(WriteContact):
    """A new contact."""

    allow_duplicate: bool | None = Field(
        None,
        description="Absent: refused where another contact has an e-mail address of it. False: also where another one "
        "has its name. True: never refused for that.",
    )


class GetContact(Query):
    """How an id is read that leads to another contact by a merge."""

    resolve: bool = Field(True, description="false: a merged id is answered with 308 to the contact that it leads to.")


class Element(Answer):
    """An element of a set that has a primary one, which stands first."""

    value: str
    primary: bool


class ContactProperties(Answer):
    """A contact's properties as they stand, those that a team defined itself too."""

    model_config = ConfigDict(extra="allow")

    firstname: str | None
    lastname: str | None
    jobtitle: str | None
    company: str | None
    city: str | None
    emails: list[Element]
    phones: list[Element]
    tags: list[str]
    lifecyclestage: str | None
    owner_id: str | None


class Permissions(Answer):
    """What the reader may do."""

    edit: bool


class ContactPermissions(Permissions):
    """What the reader may do with a contact."""

    delete: bool


class Deletion(Answer):
    """Who deleted a contact, and until when it can be restored."""

    at: Annotated[datetime, ISO]
    by: str | None = Field(description="The id of a user.")
    restorable_until: Annotated[datetime, ISO]


class Contact(Answer):
    """A contact. `notes_text` comes with a single contact only; `version` grows with each change of its properties."""

    id: str
    object: Literal["contact"]
    properties: ContactProperties
    created_at: Annotated[datetime, ISO]
    updated_at: Annotated[datetime, ISO]
    archived: bool = Field(description="It is deleted, and can be restored.")
    deletion: Deletion | None = None
    merged_ids: list[str] = Field(description="Contacts that were merged into this one; their ids lead here.")
    resolved_from: str | None = Field(
        default=None, description="The id that was asked for, where it leads here by a merge."
    )
    resolved_by: str | None = Field(default=None, description="The merge by which it does.")
    main_note_id: str
    inherited_notes: list[InheritedNote] | None = Field(
        default=None, description="With a single contact only: the main notes it has by merges, as they stand."
    )
    notes_text: str | None = None
    notes_excerpt: str
    avatar: str | None = Field(description="Where its photo is: another address for each picture.")
    permissions: ContactPermissions
    version: int


class Next(BaseModel):
    """Where the list goes on."""

    after: str
    link: str


class Paging(BaseModel):
    """`next` is absent on the last page."""

    next: Next | None = None


_NOTHING_MERGED = Merged()

# --- queries ---


def shown_contacts(condition: ColumnElement[bool]) -> Select[*tuple[Any, ...]]:
    """What `present` wants of those that meet the condition."""
    return (
        select(contacts, notes.c.id.label("main_note_id"), notes.c.excerpt, photos.c.sha256.label("avatar_sha256"))
        .join(notes, and_(notes.c.contact_id == contacts.c.id, notes.c.main))
        .outerjoin(photos, photos.c.contact_id == contacts.c.id)
        .where(condition)
    )


async def find_contact(tx: AsyncConnection, member: Member, contact_id: str) -> AnyRow:
    """The contact's row, if `member` may read it; of a merged one that of its root.

    Raises NotFound; of one that is deleted it tells so, and what may be known of that.
    """
    there = shown_contacts(readable_contacts(member)).where(contacts.c.id == root_of(contact_id))
    row = (await tx.execute(there)).first()
    if row is None:
        raise NotFound(members=await _deletion_members(tx, member, contact_id))
    return row


async def find_many(tx: AsyncConnection, member: Member, contact_ids: Collection[str]) -> Sequence[AnyRow]:
    """Rows of those that `member` may read."""
    there = shown_contacts(readable_contacts(member)).where(contacts.c.id.in_(contact_ids))
    return (await tx.execute(there)).all()


def _name(row: AnyRow) -> str:
    return " ".join(part for part in (row.firstname, row.lastname) if part)


async def _deletion_members(tx: AsyncConnection, member: Member, contact_id: str) -> dict[str, Any]:
    """What a 404 says of a contact that is deleted; nothing of any other."""
    known = select(contacts).where(contacts.c.id == root_of(contact_id), knowable_contacts(member))
    row = (await tx.execute(known)).first()
    if row is None:
        return {}
    gone = {"deleted": True, "contact_id": row.id}
    if row.restorable_until is None:
        return gone
    deletion = _deletion(row)
    return {**gone, "name": _name(row), "deletion": deletion and json.loads(deletion.model_dump_json())}


def _deletion(row: AnyRow) -> Deletion | None:
    if row.deleted_at is None or row.restorable_until is None:
        return None
    return Deletion(at=row.deleted_at, by=row.deleted_by, restorable_until=row.restorable_until)


async def notes_text(tx: AsyncConnection, contact_id: str) -> str:
    """The words of all its notes in display order, a blank line between them."""
    of_contact = (projection.of_contact(contact_id), notes.c.deleted_at.is_(None), notes.c.excerpt != "")
    ordered = select(notes.c.text).where(*of_contact).order_by(*projection.IN_ORDER)
    return "\n\n".join((await tx.execute(ordered)).scalars())


def present(row: AnyRow, definitions: Definitions, member: Member, merged: Merged = _NOTHING_MERGED) -> Contact:
    """A contact's row as REST shows it."""
    return Contact(
        id=row.id,
        object="contact",
        properties=ContactProperties.model_validate(shown(definitions, json.loads(row.properties))),
        created_at=min(row.created_at, merged.created_at or row.created_at),
        updated_at=row.updated_at,
        archived=row.deleted_at is not None,
        deletion=_deletion(row),
        merged_ids=list(merged.ids),
        main_note_id=row.main_note_id,
        notes_excerpt=row.excerpt,
        avatar=avatars.url_of(row.id, row.avatar_sha256),
        permissions=ContactPermissions(
            edit=row.deleted_at is None and may_edit_contact(member, row.id),
            delete=may_delete_contact(member, row.id),
        ),
        version=row.version,
    )


async def _whole(tx: AsyncConnection, definitions: Definitions, member: Member, contact_id: str) -> Contact:
    row = await find_contact(tx, member, contact_id)
    merged = (await merged_into(tx, [row.id])).get(row.id, _NOTHING_MERGED)
    more: dict[str, Any] = {"notes_text": await notes_text(tx, row.id)}
    if merged.ids:
        more["inherited_notes"] = await inherited_notes(tx, member, row.id)
    if row.id != contact_id:
        led = select(aliases.c.merge_id).where(aliases.c.contact_id == contact_id)
        more |= {"resolved_from": contact_id, "resolved_by": (await tx.execute(led)).scalar_one()}
    return present(row, definitions, member, merged).model_copy(update=more)


# --- handlers ---


async def reply_whole(server: Carnet, member: Member, contact_id: str, status: int = 200) -> Response:
    """The contact as it is committed now."""
    await projection.settle(server, projection.of_contact(contact_id))
    definitions = server.catalogue.definitions
    contact = await server.database.read(lambda tx: _whole(tx, definitions, member, contact_id))
    headers = {"ETag": f'"{contact.version}"'}
    if status == 201:
        headers["Location"] = f"{API}/contacts/{contact_id}"
    if contact.resolved_from:
        headers["Content-Location"] = f"{API}/contacts/{contact.id}"
    return reply(contact, status, headers)


async def post_contact(request: Request) -> Response:
    """POST /contacts."""
    server, member = carnet.of(request), await require_member(request)
    require_create(member)
    body = await read_json(request)
    asked = parse_json(body, CreateContact)
    wanted = asked.properties.model_dump(exclude_unset=True)

    async def create() -> Response:
        if not asked.allow_duplicate:
            await refuse_duplicate(server, member, wanted, by_name=asked.allow_duplicate is False)
        made = await create_contact(server, member.id, wanted, server.clock())
        return await reply_whole(server, member, made, 201)

    return await once(request, member, body, create)


async def get_contact(request: Request) -> Response:
    """GET /contacts/{id}. Who wants no other contact in the place of a merged one is told where to ask."""
    server, member, contact_id = carnet.of(request), await require_member(request), request.path_params["id"]
    if not parse_query(request, GetContact).resolve:
        row = await server.database.read(lambda tx: find_contact(tx, member, contact_id))
        if row.id != contact_id:
            return RedirectResponse(f"{API}/contacts/{row.id}", 308)
    return await reply_whole(server, member, contact_id)


async def patch_contact(request: Request) -> Response:
    """PATCH /contacts/{id}. `If-Match` with a version refuses to change what has changed since."""
    server, member = carnet.of(request), await require_member(request)
    contact_id = request.path_params["id"]

    row = await server.database.read(lambda tx: find_contact(tx, member, contact_id))
    require_edit(member, row.id)
    conditional = require_version(request, row.version)
    wanted = (await parse_body(request, WriteContact)).properties.model_dump(exclude_unset=True)
    origin = Origin("api", row.version if conditional else None)
    await set_properties(server, member, row, wanted, origin)
    server.feed.wake()
    return await reply_whole(server, member, contact_id)


routes: list[BaseRoute] = [
    Operation(
        "POST", "/contacts", post_contact, "Make a contact and its main note.",
        body=CreateContact, answer=Contact, status=201, refusals=(403, 409, 413, 415, 422, 503),
        headers=("Idempotency-Key",),
    ),
    Operation(
        "GET", "/contacts/{id}", get_contact, "One contact.",
        query=GetContact, answer=Contact, refusals=(404,), leads_on=True,
    ),
    Operation(
        "PATCH", "/contacts/{id}", patch_contact, "Change properties of a contact.",
        body=WriteContact, answer=Contact, refusals=(403, 404, 409, 412, 413, 415, 422, 503), headers=("If-Match",),
    ),
]  # fmt: skip
