"""Notes over REST: read as text, Markdown or JSON; written as live edits, by the same road as a keystroke.

A PATCH makes the document read as its body with the smallest difference, so words somebody types meanwhile stay; an
append adds at the end. Both are committed with their author and shown to everybody who has the note open.
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import Field
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from api import carnet, projection
from api.access import Member, may_edit_contact, readable_contacts, require_edit
from api.auth import member_of, require_member
from api.carnet import Carnet
from api.contacts import Permissions
from api.content import from_text
from api.errors import FieldError, Invalid, NotFound, Unavailable
from api.http import ISO, KIB, Answer, Body, Operation, parse_json, read_json, reply, require_version
from api.idempotency import once
from api.markdown_reader import from_markdown
from api.tables import AnyRow, contacts, notes, users
from sync.errors import DocumentTooLarge, SchemaBroken, SyncError
from sync.sql_store import documents
from sync.tree import Element
from sync.workers import Quarantined, WorkerFailed

NOTE_BYTES_MAX = 2048 * KIB
NOTE_LENGTH_MAX = 500_000
READ_HERE_LENGTH_MAX = 10_000


class WriteNote(Body):
    """Words for a note. Plain text is taken line by line; in Markdown, too, every line break is kept."""

    body: str = Field(max_length=NOTE_LENGTH_MAX)
    format: Literal["markdown", "plain"] = "markdown"


class Author(Answer):
    """Who wrote last."""

    id: str
    name: str
    color: str
    initials: str


class Note(Answer):
    """A note as it stands at `version` (the `seq` of its document). `content` is ProseMirror JSON."""

    id: str
    object: Literal["note"]
    contact_id: str
    main: bool
    title: str | None
    text: str
    markdown: str
    content: dict[str, Any]
    excerpt: str
    version: int
    created_at: Annotated[datetime, ISO]
    updated_at: Annotated[datetime, ISO]
    updated_by: Author | None
    permissions: Permissions


# --- queries ---


async def find_note(tx: AsyncConnection, member: Member, note_id: str) -> AnyRow:
    """The note's row and its document's head, if `member` may read its contact. Raises NotFound."""
    readable = (
        select(notes, documents.c.head)
        .join(contacts, contacts.c.id == notes.c.contact_id)
        .join(documents, documents.c.name == projection.PREFIX + notes.c.id)
        .where(notes.c.id == note_id, readable_contacts(member))
    )
    row = (await tx.execute(readable)).first()
    if row is None:
        raise NotFound
    return row


async def _whole(tx: AsyncConnection, member: Member, note_id: str) -> Note:
    row = await find_note(tx, member, note_id)
    author = (await tx.execute(select(users).where(users.c.id == row.updated_by))).first()
    return present(row, member, member_of(author) if author else None)


def present(row: AnyRow, member: Member, author: Member | None) -> Note:
    """A note's row as REST shows it."""
    signed = Author(id=author.id, name=author.name, color=author.color, initials=author.initials) if author else None
    return Note(
        id=row.id,
        object="note",
        contact_id=row.contact_id,
        main=row.main,
        title=None,
        text=row.text,
        markdown=row.markdown,
        content=json.loads(row.content),
        excerpt=row.excerpt,
        version=row.seq,
        created_at=row.created_at,
        updated_at=row.updated_at,
        updated_by=signed,
        permissions=Permissions(edit=may_edit_contact(member, row.contact_id)),
    )


# --- handlers ---


@dataclass(frozen=True, slots=True)
class _Edit:
    """What both ways of writing need before they write."""

    server: Carnet
    member: Member
    document: str
    note_id: str
    body: bytes
    tree: Element


async def _load_edit(request: Request) -> _Edit:
    """Who writes what where: 404, 403, then 412, then the body, in this order.

    `If-Match` is for whoever read, thought, and writes. An edit that slips in after this look merges with ours.
    """
    server, member, note_id = carnet.of(request), await require_member(request), request.path_params["id"]
    row = await server.database.read(lambda tx: find_note(tx, member, note_id))
    require_edit(member, row.contact_id)
    require_version(request, row.head)
    body = await read_json(request, bytes_max=NOTE_BYTES_MAX)
    wanted = parse_json(body, WriteNote)
    tree = await _read_body(server, wanted, note_id)
    return _Edit(server, member, projection.document_of(note_id), note_id, body, tree)


async def _read_body(server: Carnet, wanted: WriteNote, note_id: str) -> Element:
    """The body as a tree. Long Markdown is read by a worker: it would hold up everybody else here."""
    if wanted.format == "plain":
        return from_text(wanted.body)
    if len(wanted.body) < READ_HERE_LENGTH_MAX:
        return from_markdown(wanted.body)
    return await server.workers.run(projection.document_of(note_id), from_markdown, wanted.body)


async def _reply_whole(server: Carnet, member: Member, note_id: str) -> Response:
    await projection.settle(server, notes.c.id == note_id)
    note = await server.database.read(lambda tx: _whole(tx, member, note_id))
    return reply(note, headers={"ETag": f'"{note.version}"'})


async def get_note(request: Request) -> Response:
    """GET /notes/{id}."""
    member = await require_member(request)
    return await _reply_whole(carnet.of(request), member, request.path_params["id"])


async def patch_note(request: Request) -> Response:
    """PATCH /notes/{id}. `If-Match` with a version refuses when somebody has written since."""
    edit = await _load_edit(request)
    await _committed(lambda: edit.server.rooms.replace_content(edit.document, edit.member, edit.tree))
    return await _reply_whole(edit.server, edit.member, edit.note_id)


async def append_note(request: Request) -> Response:
    """POST /notes/{id}/append."""
    edit = await _load_edit(request)
    blocks = tuple(block for block in edit.tree.children if isinstance(block, Element))

    async def append() -> Response:
        if blocks:
            await _committed(lambda: edit.server.rooms.append_content(edit.document, edit.member, blocks))
        return await _reply_whole(edit.server, edit.member, edit.note_id)

    return await once(request, edit.member, edit.body, append)


async def _committed(write: Callable[[], Awaitable[int]]) -> int:
    """The engine's refusals in the words of REST."""
    try:
        return await write()
    except (DocumentTooLarge, SchemaBroken) as error:
        raise Invalid(errors=(FieldError("body", "invalid"),)) from error
    except (SyncError, Quarantined, WorkerFailed) as error:
        raise Unavailable(headers={"Retry-After": "2"}) from error


routes: list[BaseRoute] = [
    Operation("GET", "/notes/{id}", get_note, "One note.", answer=Note, refusals=(404,)),
    Operation(
        "PATCH", "/notes/{id}", patch_note, "Make a note read as the body, as a live edit.",
        body=WriteNote, answer=Note, refusals=(403, 404, 412, 413, 415, 422, 503),
    ),
    Operation(
        "POST", "/notes/{id}/append", append_note, "Add blocks at the end of a note, as a live edit.",
        body=WriteNote, answer=Note, refusals=(403, 404, 409, 412, 413, 415, 422, 503),
    ),
]  # fmt: skip
