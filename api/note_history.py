"""The history of a note: its versions, how it read then, what each changed, who wrote what, and the way back.

A version is an edit session (sync/edit_sessions.py), named by the `seq` of its last row. Everything is read from the
log, in a worker; restoring is a live edit like any other (notes.py), by whoever restores, with the smallest difference.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Literal, TypeVar, TypeVarTuple

from pydantic import Field
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from api import carnet, projection
from api.access import Member
from api.auth import require_member
from api.carnet import Carnet
from api.contacts import Next, Paging
from api.content import to_json, to_text
from api.errors import FieldError, Invalid, InvalidParameter, NotFound
from api.http import API, ISO, Answer, Body, Operation, Query, parse_json, parse_query, read_cursor, reply, write_cursor
from api.idempotency import once
from api.markdown import to_markdown
from api.note_schema import NOTE_ROOT
from api.notes import Author, Note, committed, find_authors, find_note, load_edit, read_whole
from api.redline import redline
from api.tables import notes
from api.written import Written, draw_written, moment
from sync.history import Past, Version, before, readings, versions
from sync.tree import Element

SEQ_DIGITS_MAX = 15

R = TypeVar("R")
Args = TypeVarTuple("Args")

Compare = Literal["previous", "current"]


class ListVersions(Query):
    """A page of a note's versions."""

    limit: int = Field(50, ge=1, le=200)
    after: str | None = None


class ReadVersion(Query):
    """What a version is compared with: the one before it (what it changed), or the note as it is now."""

    compare: Compare | None = None


class ReadAuthorship(Query):
    """Of which version; of the note as it is, where nothing is said."""

    version: int | None = Field(None, ge=1, lt=10**SEQ_DIGITS_MAX)


class RestoreVersion(Body):
    """Which version is to be had back: its `id`, or any row of the log."""

    seq: int = Field(ge=1, lt=10**SEQ_DIGITS_MAX)


class NoteVersion(Answer):
    """One edit session: rows `first` to `id` of the log. `added` and `removed` count characters, all in all."""

    id: int
    object: Literal["note_version"]
    first: int
    authors: list[Author]
    began_at: Annotated[datetime, ISO]
    ended_at: Annotated[datetime, ISO]
    added: int
    removed: int


class NoteVersions(Answer):
    """Some versions of a note, the newest first."""

    results: list[NoteVersion]
    paging: Paging


class NoteAtVersion(Answer):
    """A note as it read at `id`. `changes` is ProseMirror JSON with the differences marked (docs/protocol.md)."""

    id: int
    object: Literal["note_at_version"]
    note_id: str
    text: str
    markdown: str
    content: dict[str, Any]
    changes: dict[str, Any] | None


class WrittenRange(Answer):
    """Characters (Unicode code points) `offset` to `offset + length` of the text, and who wrote them when."""

    offset: int
    length: int
    user_id: str
    at: Annotated[datetime, ISO]


class Authorship(Answer):
    """Who wrote what in the note as it read at `version`. In `content` each text carries the mark `author`."""

    version: int
    text: str
    ranges: list[WrittenRange]
    content: dict[str, Any]
    authors: list[Author]


class RestoredNote(Note):
    """The note after restoring. `before` is the row to restore to take it back; None where nothing had to change."""

    before: int | None


# --- in a worker ---


@dataclass(frozen=True, slots=True)
class Reading:
    """A note at a version, drawn."""

    text: str
    markdown: str
    content: dict[str, Any]
    changes: dict[str, Any] | None


def read_version(past: Past, seq: int, compare: Compare | None) -> Reading:
    """Raises NotFound (the engine's) where the log has no such row."""
    previous = before(past, seq)
    other = past.seqs[-1] if compare == "current" else previous
    then, base = readings(past, NOTE_ROOT, (seq, other))
    changes = redline(then, base) if compare == "current" else redline(base, then) if compare else None
    return Reading(to_text(then).replace("\0", "\ufffd"), to_markdown(then), to_json(then), changes)


def read_tree_at(past: Past, seq: int) -> Element:
    """The content at a row. Raises NotFound (the engine's) where the log has no such row."""
    return readings(past.to(seq), NOTE_ROOT, (seq,))[0]


# --- handlers ---


async def _ask(server: Carnet, note_id: str, question: Callable[[Past, *Args], R], *args: *Args) -> R:
    """What the past of a note answers; what it lacks is not found."""
    return await committed(lambda: server.histories.ask(projection.document_of(note_id), question, *args))


async def _authors(server: Carnet, user_ids: Sequence[str]) -> dict[str | None, Author]:
    return await server.database.read(lambda tx: find_authors(tx, set(user_ids)))


async def _load(request: Request) -> tuple[Carnet, Member, str]:
    """Who reads the history of which note: whoever may read the note."""
    server, member, note_id = carnet.of(request), await require_member(request), request.path_params["id"]
    await server.database.read(lambda tx: find_note(tx, member, note_id))
    return server, member, note_id


async def list_versions(request: Request) -> Response:
    """GET /notes/{id}/versions."""
    server, _, note_id = await _load(request)
    wanted = parse_query(request, ListVersions)
    below = _place(wanted.after)
    found = [version for version in await _ask(server, note_id, versions) if version.last < below][::-1]
    page = found[: wanted.limit]
    authors = await _authors(server, [author for version in page for author in version.authors])
    paging = Paging()
    if found[wanted.limit :]:
        word = write_cursor(str(page[-1].first))
        link = f"{API}/notes/{note_id}/versions?limit={wanted.limit}&after={word}"
        paging = Paging(next=Next(after=word, link=link))
    return reply(NoteVersions(results=[_present(version, authors) for version in page], paging=paging))


def _place(after: str | None) -> float:
    """Versions that end before this row are asked for."""
    if after is None:
        return float("inf")
    (seq,) = read_cursor(after, 1)
    if not seq.isdecimal() or len(seq) > SEQ_DIGITS_MAX:
        raise InvalidParameter(name="after")
    return int(seq)


def _present(version: Version, authors: dict[str | None, Author]) -> NoteVersion:
    return NoteVersion(
        id=version.last,
        object="note_version",
        first=version.first,
        authors=[authors[author] for author in version.authors if author in authors],
        began_at=moment(version.began),
        ended_at=moment(version.ended),
        added=version.added,
        removed=version.removed,
    )


async def get_version(request: Request) -> Response:
    """GET /notes/{id}/versions/{seq}."""
    server, _, note_id = await _load(request)
    wanted, word = parse_query(request, ReadVersion), request.path_params["seq"]
    if not (word.isascii() and word.isdecimal() and len(word) <= SEQ_DIGITS_MAX):
        raise NotFound
    seq = int(word)
    read = await _ask(server, note_id, read_version, seq, wanted.compare)
    return reply(
        NoteAtVersion(
            id=seq,
            object="note_at_version",
            note_id=note_id,
            text=read.text,
            markdown=read.markdown,
            content=read.content,
            changes=read.changes,
        )
    )


async def get_authorship(request: Request) -> Response:
    """GET /notes/{id}/authorship."""
    server, _, note_id = await _load(request)
    wanted = parse_query(request, ReadAuthorship)
    written: Written = await _ask(server, note_id, draw_written, wanted.version)
    people = dict.fromkeys(part.user_id for part in written.ranges)
    authors = await _authors(server, list(people))
    return reply(
        Authorship(
            version=written.seq,
            text=written.text,
            ranges=[
                WrittenRange(offset=part.offset, length=part.length, user_id=part.user_id, at=moment(part.at))
                for part in written.ranges
            ],
            content=written.content,
            authors=[authors[user] for user in people if user in authors],
        )
    )


async def restore_version(request: Request) -> Response:
    """POST /notes/{id}/restore."""
    edit = await load_edit(request)
    server, wanted = edit.server, parse_json(edit.body, RestoreVersion)

    async def restore() -> Response:
        try:
            tree = await _ask(server, edit.note_id, read_tree_at, wanted.seq)
        except NotFound as error:
            raise Invalid(errors=(FieldError("seq", "invalid"),)) from error
        head = await _head(server, edit.note_id)
        seq = await edit.replace(tree)
        await projection.settle(server, notes.c.id == edit.note_id)
        note = await server.database.read(lambda tx: read_whole(tx, edit.member, edit.note_id))
        restored = RestoredNote(**note.model_dump(), before=seq - 1 if seq > head else None)
        return reply(restored, headers={"ETag": f'"{note.version}"'})

    return await once(request, edit.member, edit.body, restore)


async def _head(server: Carnet, note_id: str) -> int:
    name = projection.document_of(note_id)
    head, _ = (await server.store.heads([name])).get(name, (0, 0))
    return head


routes: list[BaseRoute] = [
    Operation(
        "GET", "/notes/{id}/versions", list_versions, "The versions of a note, the newest first.",
        query=ListVersions, answer=NoteVersions, refusals=(404,),
    ),
    Operation(
        "GET", "/notes/{id}/versions/{seq}", get_version, "A note as it read at a version, and what changed.",
        query=ReadVersion, answer=NoteAtVersion, refusals=(404,),
    ),
    Operation(
        "GET", "/notes/{id}/authorship", get_authorship, "Who wrote what in a note, as it is or was at a version.",
        query=ReadAuthorship, answer=Authorship, refusals=(404,),
    ),
    Operation(
        "POST", "/notes/{id}/restore", restore_version, "Make a note read as it did at a version, as a live edit.",
        body=RestoreVersion, answer=RestoredNote, refusals=(403, 404, 409, 412, 413, 415, 422, 503),
        headers=("If-Match", "Idempotency-Key"),
    ),
]  # fmt: skip
