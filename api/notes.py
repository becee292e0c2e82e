"""Notes over REST: read as text, Markdown or JSON; written as live edits, by the same road as a keystroke.

A PATCH makes the document read as its body with the smallest
difference, so words somebody types meanwhile stay; an append adds at the end. Both are committed with their author and
shown to everybody who has the note open. Notes come into being with their contact or in contact_notes.py, and go in
deleted_notes.py.
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Any, Literal, TypeVar

from pydantic import AfterValidator, AwareDatetime, Field, StringConstraints
from pydantic_core import PydanticCustomError
from sqlalchemy import Select, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from api import carnet, feed, projection, search
from api.access import Member, may_edit_contact, readable_contacts, require_edit
from api.auth import require_member
from api.carnet import Carnet
from api.contacts import Permissions
from api.content import from_text
from api.credentials import member_of
from api.errors import FieldError, InQuarantine, Invalid, MainNote, NotFound, Unavailable
from api.http import (
    API,
    ISO,
    KIB,
    LINE,
    Answer,
    Body,
    Operation,
    parse_json,
    read_json,
    reply,
    require_version,
)
from api.idempotency import once
from api.markdown_reader import from_markdown
from api.messages import merged_notes_title
from api.tables import AnyRow, aliases, contacts, merges, notes, users
from api.words import fold
from sync.errors import DocumentTooLarge, SchemaBroken, SyncError
from sync.errors import InQuarantine as DocumentInQuarantine
from sync.errors import NotFound as NoDocument
from sync.tables import documents
from sync.tree import Element

NOTE_BYTES_MAX = 2048 * KIB
NOTE_LENGTH_MAX = 500_000
READ_HERE_LENGTH_MAX = 10_000
TITLE_LENGTH_MAX = 200

T = TypeVar("T")


def in_utc(moment: datetime) -> datetime:
    """The moment in UTC, for a validator; not every moment of the first and the last day there is has one."""
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        raise PydanticCustomError("date_out_of_range", "out of range") from None


Moment = Annotated[AwareDatetime, AfterValidator(in_utc)]
NoteId = Annotated[str, StringConstraints(pattern=r"^act_[0-9a-f]{32}$")]
Title = Annotated[str, Field(max_length=TITLE_LENGTH_MAX), LINE]
Words = Annotated[str, Field(max_length=NOTE_LENGTH_MAX)]
Format = Literal["markdown", "plain"]


class WriteNote(Body):
    """Words for a note. Plain text is taken line by line; in Markdown, too, every line break is kept."""

    body: Words
    format: Format = "markdown"


class ChangeNote(Body):
    """What is to change. Absent is as it was; a title of null is none."""

    body: Words = Field(default_factory=str)  # by a factory: the description names no words that absence would mean
    format: Format = "markdown"
    title: Title | None = None
    occurred_at: Moment | None = None


class Author(Answer):
    """Who wrote last."""

    id: str
    name: str
    color: str
    initials: str


class Origin(Answer):
    """The contact a note came from, where that was merged. `main`: it was the main note there."""

    name: str
    merged_at: Annotated[datetime, ISO]
    main: bool


class Note(Answer):
    """A note as it stands at `version` (the `seq` of its document). `content` is ProseMirror JSON."""

    id: str
    object: Literal["note"]
    contact_id: str
    origin_contact_id: str = Field(description="Whose it was made; another than `contact_id` where that was merged.")
    origin: Origin | None
    main: bool
    title: str | None
    occurred_at: Annotated[datetime, ISO]
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


def readable_notes(member: Member) -> Select[*tuple[Any, ...]]:
    """Notes of contacts that `member` may read, with their documents' heads; deleted ones too.

    `root_id` is whose each is now, the names and `merged_at` are of the contact whose it was, where that was merged.
    """
    root_id = func.coalesce(aliases.c.root_id, notes.c.contact_id).label("root_id")
    origin = (contacts.c.firstname, contacts.c.lastname, merges.c.at.label("merged_at"))
    return (
        select(notes, documents.c.head, root_id, *origin)
        .join(contacts, contacts.c.id == notes.c.contact_id)
        .join(documents, documents.c.name == projection.PREFIX + notes.c.id)
        .outerjoin(aliases, aliases.c.contact_id == notes.c.contact_id)
        .outerjoin(merges, merges.c.id == aliases.c.merge_id)
        .where(readable_contacts(member))
    )


async def find_note(tx: AsyncConnection, member: Member, note_id: str) -> AnyRow:
    """The note's row and its document's head, if `member` may read its contact. Raises NotFound."""
    there = readable_notes(member).where(notes.c.id == note_id, notes.c.deleted_at.is_(None))
    row = (await tx.execute(there)).first()
    if row is None:
        raise NotFound
    return row


async def find_authors(tx: AsyncConnection, user_ids: set[str | None]) -> dict[str | None, Author]:
    """Those of these users that there are."""
    rows = await tx.execute(select(users).where(users.c.id.in_(user_ids - {None})))
    return {row.id: _author(member_of(row)) for row in rows}


def _author(member: Member) -> Author:
    return Author(id=member.id, name=member.name, color=member.color, initials=member.initials)


async def read_whole(tx: AsyncConnection, member: Member, note_id: str) -> Note:
    """The note as it was drawn last."""
    row = await find_note(tx, member, note_id)
    return present(row, member, await find_authors(tx, {row.updated_by}))


def present(row: AnyRow, member: Member, authors: dict[str | None, Author]) -> Note:
    """A note's row as REST shows it."""
    return Note(
        id=row.id,
        object="note",
        contact_id=row.root_id,
        origin_contact_id=row.contact_id,
        origin=_origin(row),
        main=row.main and row.root_id == row.contact_id,
        title=title_of(row, member),
        occurred_at=row.occurred_at,
        text=row.text,
        markdown=row.markdown,
        content=json.loads(row.content),
        excerpt=row.excerpt,
        version=row.seq,
        created_at=row.created_at,
        updated_at=row.updated_at,
        updated_by=authors.get(row.updated_by),
        permissions=Permissions(edit=may_edit_contact(member, row.root_id)),
    )


def title_of(row: AnyRow, member: Member) -> str | None:
    """The main note of a contact that was merged says whose it was, in the reader's language."""
    if not row.main or row.merged_at is None:
        title: str | None = row.title
        return title
    name = " ".join(part for part in (row.firstname, row.lastname) if part)
    return merged_notes_title(name, row.merged_at, member.language)


def _origin(row: AnyRow) -> Origin | None:
    if row.merged_at is None:
        return None
    name = " ".join(part for part in (row.firstname, row.lastname) if part)
    return Origin(name=name, merged_at=row.merged_at, main=row.main)


# --- verbs ---


async def change_heading(
    tx: AsyncConnection, row: AnyRow, actor_id: str, now: datetime, *, title: str | None, occurred_at: datetime
) -> None:
    """Give a dated note this title and date; search and the feed hear of it. What is as it was changes nothing."""
    if (title, occurred_at) == (row.title, row.occurred_at):
        return
    if row.main:
        raise MainNote
    changed = update(notes).where(notes.c.id == row.id).values(title=title, occurred_at=occurred_at)
    text = (await tx.execute(changed.returning(notes.c.text))).scalar_one()  # it may have been drawn since it was read
    await search.index_note(tx, row.id, row.contact_id, title, fold(text))
    await projection.touch(tx, row.contact_id, now)
    await feed.record(tx, "note.updated", row.id, contact_id=row.contact_id, seq=row.seq, actor_id=actor_id)


# --- handlers ---


@dataclass(frozen=True, slots=True)
class Edit:
    """What every way of writing in a note needs before it writes."""

    server: Carnet
    member: Member
    note_id: str
    body: bytes

    @property
    def document(self) -> str:
        """The name of the note's document."""
        return projection.document_of(self.note_id)

    async def replace(self, tree: Element) -> int:
        """Make the note read as `tree`; the seq of that."""
        return await committed(lambda: self.server.rooms.replace_content(self.document, self.member, tree))

    async def append(self, blocks: tuple[Element, ...]) -> None:
        """Add blocks at the end."""
        await committed(lambda: self.server.rooms.append_content(self.document, self.member, blocks))


async def load_edit(request: Request) -> Edit:
    """Who writes what where: 404, 403, then 412, then the body, in this order.

    `If-Match` is for whoever read, thought, and writes. An edit that slips in after this look merges with ours.
    """
    server, member, note_id = carnet.of(request), await require_member(request), request.path_params["id"]
    row = await server.database.read(lambda tx: find_note(tx, member, note_id))
    require_edit(member, row.contact_id)
    require_version(request, row.head)
    return Edit(server, member, note_id, await read_json(request, bytes_max=NOTE_BYTES_MAX))


async def read_tree(server: Carnet, body: str, format_: Format, note_id: str) -> Element:
    """What somebody sent, as a note. Long Markdown is read by a worker: it would hold up everybody else here."""
    if format_ == "plain":
        return from_text(body)
    if len(body) < READ_HERE_LENGTH_MAX:
        return from_markdown(body)
    return await server.workers.run(projection.document_of(note_id), from_markdown, body)


async def reply_whole(server: Carnet, member: Member, note_id: str, status: int = 200) -> Response:
    """The note as it is committed now."""
    await projection.settle(server, notes.c.id == note_id)
    note = await server.database.read(lambda tx: read_whole(tx, member, note_id))
    headers = {"ETag": f'"{note.version}"'}
    if status == 201:
        headers["Location"] = f"{API}/notes/{note_id}"
    return reply(note, status, headers)


async def get_note(request: Request) -> Response:
    """GET /notes/{id}."""
    member = await require_member(request)
    return await reply_whole(carnet.of(request), member, request.path_params["id"])


async def patch_note(request: Request) -> Response:
    """PATCH /notes/{id}. `If-Match` with a version refuses when somebody has written since."""
    edit = await load_edit(request)
    server, member = edit.server, edit.member
    wanted = parse_json(edit.body, ChangeNote)

    async def change(tx: AsyncConnection) -> None:
        row = await find_note(tx, member, edit.note_id)
        title = cleaned(wanted.title) if "title" in wanted.model_fields_set else row.title
        occurred_at = wanted.occurred_at or row.occurred_at
        await change_heading(tx, row, member.id, server.clock(), title=title, occurred_at=occurred_at)

    await server.database.write(change)
    if "body" in wanted.model_fields_set:
        await edit.replace(await read_tree(edit.server, wanted.body, wanted.format, edit.note_id))
    server.feed.wake()
    return await reply_whole(server, member, edit.note_id)


def cleaned(title: str | None) -> str | None:
    """A title as it is kept; None for one without a sign."""
    return (title or "").strip() or None


async def append_note(request: Request) -> Response:
    """POST /notes/{id}/append."""
    edit = await load_edit(request)
    wanted = parse_json(edit.body, WriteNote)
    tree = await read_tree(edit.server, wanted.body, wanted.format, edit.note_id)
    blocks = tuple(block for block in tree.children if isinstance(block, Element))

    async def append() -> Response:
        if blocks:
            await edit.append(blocks)
        return await reply_whole(edit.server, edit.member, edit.note_id)

    return await once(request, edit.member, edit.body, append)


async def committed(write: Callable[[], Awaitable[T]]) -> T:
    """The engine's refusals in the words of REST."""
    try:
        return await write()
    except (DocumentTooLarge, SchemaBroken) as error:
        raise Invalid(errors=(FieldError("body", "invalid"),)) from error
    except NoDocument as error:
        raise NotFound from error
    except DocumentInQuarantine as error:
        raise InQuarantine from error
    except SyncError as error:
        raise Unavailable from error


routes: list[BaseRoute] = [
    Operation("GET", "/notes/{id}", get_note, "One note.", answer=Note, refusals=(404,)),
    Operation(
        "PATCH", "/notes/{id}", patch_note, "Make a note read as the body, as a live edit; change its title or date.",
        body=ChangeNote, answer=Note, refusals=(403, 404, 409, 412, 413, 415, 422, 503), headers=("If-Match",),
    ),
    Operation(
        "POST", "/notes/{id}/append", append_note, "Add blocks at the end of a note, as a live edit.",
        body=WriteNote, answer=Note, refusals=(403, 404, 409, 412, 413, 415, 422, 503),
        headers=("If-Match", "Idempotency-Key"),
    ),
]  # fmt: skip
