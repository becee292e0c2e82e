"""A contact's notes: the main one first, then the dated ones, the newest first; and how a dated note is made.

A main note in which nothing stands is neither listed nor counted. A dated note is made with its first words in one
transaction; a client that makes it offline chooses its id, and may send it again.
"""

from __future__ import annotations

from datetime import datetime

from pydantic import Field
from pydantic_core import PydanticCustomError
from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from api import carnet, feed, projection
from api.access import Member, require_edit
from api.aliases import root_of
from api.auth import require_member
from api.births import NoteBirth, bear_notes
from api.carnet import Carnet
from api.contacts import Next, Paging, find_contact
from api.drafts import DraftNote
from api.errors import IdTaken, InvalidParameter
from api.http import (
    API,
    Answer,
    Body,
    Operation,
    Query,
    parse_json,
    parse_query,
    read_cursor,
    read_json,
    reply,
    write_cursor,
)
from api.idempotency import once
from api.note_schema import NOTE_SCHEMA
from api.notes import (
    NOTE_BYTES_MAX,
    Format,
    Moment,
    Note,
    NoteId,
    Title,
    Words,
    cleaned,
    committed,
    find_authors,
    in_utc,
    present,
    readable_notes,
    reply_whole,
)
from api.tables import new_id, notes, purged_notes
from sync import documents


class CreateNote(Body):
    """A dated note. A client that makes it offline chooses its id; sending it again then makes it once."""

    body: Words = ""
    format: Format = "markdown"
    title: Title | None = None
    occurred_at: Moment | None = Field(None, description="When it happened; now, where nothing is said.")
    id: NoteId | None = None


class ListNotes(Query):
    """A page of a contact's notes."""

    limit: int = Field(50, ge=1, le=200)
    after: str | None = None
    count: bool = False


class NotePage(Answer):
    """Some notes of a contact: the main note, unless nothing stands in it, then the dated ones, the newest first."""

    results: list[Note]
    paging: Paging
    total: int | None = None


# --- queries ---


async def _page(tx: AsyncConnection, member: Member, contact_id: str, wanted: ListNotes) -> NotePage:
    contact_id = (await find_contact(tx, member, contact_id)).id
    shown = readable_notes(member).where(projection.of_contact(contact_id), projection.SHOWN)
    chosen = shown.add_columns(projection.RANK.label("rank")).order_by(*projection.IN_ORDER).limit(wanted.limit + 1)
    if wanted.after is not None:
        chosen = chosen.where(_after(wanted.after))
    rows = (await tx.execute(chosen)).all()
    page, more = rows[: wanted.limit], rows[wanted.limit :]
    authors = await find_authors(tx, {row.updated_by for row in page})
    answer = {"results": [present(row, member, authors) for row in page], "paging": Paging()}
    if more:
        word = write_cursor(str(page[-1].rank), page[-1].occurred_at.isoformat(), page[-1].id)
        link = f"{API}/contacts/{contact_id}/notes?limit={wanted.limit}&after={word}"
        answer["paging"] = Paging(next=Next(after=word, link=link))
    if wanted.count:
        answer["total"] = (await tx.execute(select(func.count()).select_from(shown.subquery()))).scalar_one()
    return NotePage.model_validate(answer)


def _after(cursor: str) -> ColumnElement[bool]:
    """The condition on `notes` of standing behind this place."""
    rank, at, note_id = read_cursor(cursor, 3)
    try:
        moment = in_utc(datetime.fromisoformat(at))
    except (ValueError, PydanticCustomError) as error:
        raise InvalidParameter(name="after") from error
    if rank not in ("0", "1", "2"):
        raise InvalidParameter(name="after")
    earlier, same = notes.c.occurred_at < moment, notes.c.occurred_at == moment
    further = or_(earlier, and_(same, notes.c.id > note_id))
    ranked, last = projection.RANK, int(rank)
    return or_(ranked > last, and_(ranked == last, further))


# --- verbs ---


async def create_note(
    tx: AsyncConnection, server: Carnet, actor_id: str, new: projection.NewNote, now: datetime
) -> bool:
    """Make a dated note and tell the feed. False: it is there, sent before. Raises IdTaken."""
    whose = (root_of(notes.c.contact_id).label("root_id"), root_of(new.contact_id).label("wanted_id"))
    there = (await tx.execute(select(notes, *whose).where(notes.c.id == new.id))).first()
    if there is not None:  # under whichever id of the contact
        if there.root_id != there.wanted_id or there.main or there.deleted_at is not None:
            raise IdTaken
        return False
    if (await tx.execute(select(purged_notes.c.id).where(purged_notes.c.id == new.id))).first():
        raise IdTaken
    await projection.make_notes(tx, server.store, actor_id, [new], now)
    await projection.touch(tx, new.contact_id, now)
    seq = int(new.words is not None and new.words.first is not None)
    await feed.record(tx, "note.created", new.id, contact_id=new.contact_id, seq=seq, actor_id=actor_id)
    return True


# --- handlers ---


async def list_notes(request: Request) -> Response:
    """GET /contacts/{id}/notes."""
    server, member, contact_id = carnet.of(request), await require_member(request), request.path_params["id"]
    wanted = parse_query(request, ListNotes)
    await projection.settle(server, projection.of_contact(contact_id))
    return reply(await server.database.read(lambda tx: _page(tx, member, contact_id, wanted)))


async def post_note(request: Request) -> Response:
    """POST /contacts/{id}/notes."""
    server, member, contact_id = carnet.of(request), await require_member(request), request.path_params["id"]
    await server.database.read(lambda tx: find_contact(tx, member, contact_id))
    require_edit(member, contact_id)
    body = await read_json(request, bytes_max=NOTE_BYTES_MAX)
    wanted = parse_json(body, CreateNote)

    async def create() -> Response:
        now, note_id = server.clock(), wanted.id or new_id("act")
        title, occurred_at = cleaned(wanted.title), wanted.occurred_at
        words = await _words(server, note_id, wanted)
        new = projection.NewNote(note_id, contact_id, title=title, occurred_at=occurred_at, words=words)
        made = await server.database.write(lambda tx: create_note(tx, server, member.id, new, now))
        server.feed.wake()
        return await reply_whole(server, member, note_id, 201 if made else 200)

    return await once(request, member, body, create)


async def _words(server: Carnet, note_id: str, wanted: CreateNote) -> NoteBirth:
    """What is to stand in it, made in a worker and scanned like every other row."""
    name = projection.document_of(note_id)

    async def make() -> NoteBirth:
        draft = DraftNote(wanted.body, format=wanted.format)
        (words,) = await server.workers.run(name, bear_notes, (draft,))
        if words.first:
            rows, limits = [words.first.update], server.settings.limits
            await server.workers.run(name, documents.index, None, rows, NOTE_SCHEMA, limits)
        return words

    return await committed(make)


routes: list[BaseRoute] = [
    Operation(
        "GET", "/contacts/{id}/notes", list_notes, "A contact's notes: the main one first, then the newest.",
        query=ListNotes, answer=NotePage, refusals=(404,),
    ),
    Operation(
        "POST", "/contacts/{id}/notes", post_note, "Make a dated note.",
        body=CreateNote, answer=Note, status=201, status_again=200, refusals=(403, 404, 409, 413, 415, 422, 503),
        headers=("Idempotency-Key",),
    ),
]  # fmt: skip
