"""One note made of two: the blocks of the one are added to the other, as a live edit by whoever combines them.

    read the absorbed note at its head → append its blocks → in one transaction: it is deleted, with a row that says
    into which note it went, unless something was written in it since it was read

Nothing is lost whatever else happens. Killed in between, both notes are there, one with the words of both. Who
still has the absorbed note open, or comes back with words for it, may write in it: then it comes back by itself, as a
note of its own (projection.py). Undone, it is there again, and the blocks that came of it go where they still read as
they came.
"""

from __future__ import annotations

from datetime import datetime
from functools import partial
from typing import Annotated, Literal

from sqlalchemy import insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from api import carnet, feed, projection, search
from api.access import Member, require_edit
from api.aliases import in_family, root_of
from api.auth import require_member
from api.carnet import Carnet
from api.deleted_notes import KEPT_DAYS, oldest_kept
from api.errors import FieldError, Gone, Invalid, MainNote, NotFound, Unavailable
from api.http import API, ISO, Answer, Body, Operation, parse_json, read_body, read_json, reply
from api.idempotency import once
from api.note_history import read_tree_at
from api.notes import Author, committed, find_authors, find_note, readable_notes
from api.tables import AnyRow, combinations, new_id, notes
from api.words import fold
from sync.tables import documents
from sync.tree import Element

TRIES_MAX = 5
"""So often the absorbed note is read anew because somebody wrote in it meanwhile."""

C = combinations.c


class CombineNotes(Body):
    """`note_id` is the note that is added to this one, and goes."""

    note_id: str


class Combination(Answer):
    """That one note was made of two. Over since `ended_at`: undone, or the absorbed one was written in again."""

    id: str
    object: Literal["combination"]
    note_id: str
    absorbed_id: str
    actor: Author | None
    at: Annotated[datetime, ISO]
    ended_at: Annotated[datetime, ISO] | None


# --- queries ---


async def _find_pair(tx: AsyncConnection, member: Member, note_id: str, absorbed_id: str) -> tuple[AnyRow, AnyRow]:
    """Both notes, of one contact. Raises NotFound, Forbidden, Invalid, MainNote."""
    note, absorbed = await find_note(tx, member, note_id), await find_note(tx, member, absorbed_id)
    require_edit(member, note.root_id)
    require_edit(member, absorbed.root_id)
    if note.id == absorbed.id or note.root_id != absorbed.root_id:
        raise Invalid(errors=(FieldError("note_id", "invalid"),))
    if absorbed.main and absorbed.contact_id == absorbed.root_id:
        raise MainNote
    return note, absorbed


async def _read(tx: AsyncConnection, member: Member, combination_id: str) -> Combination:
    row = await _find(tx, member, combination_id)
    authors = await find_authors(tx, {row.actor_id})
    return Combination(
        id=row.id,
        object="combination",
        note_id=row.note_id,
        absorbed_id=row.absorbed_id,
        actor=authors.get(row.actor_id),
        at=row.at,
        ended_at=row.ended_at,
    )


async def _find(tx: AsyncConnection, member: Member, combination_id: str) -> AnyRow:
    """The row, if `member` may read its notes. Raises NotFound."""
    row = (await tx.execute(select(combinations).where(C.id == combination_id))).one_or_none()
    there = row and (await tx.execute(readable_notes(member).where(notes.c.id == row.absorbed_id))).first()
    if row is None or there is None:
        raise NotFound
    return row


# --- verbs ---


async def combine(server: Carnet, member: Member, note_id: str, absorbed_id: str) -> str:
    """Add the one note to the other; the id of that. Raises NotFound, Forbidden, Invalid, MainNote, Unavailable."""
    document = projection.document_of(note_id)
    for _ in range(TRIES_MAX):
        _, absorbed = await server.database.read(lambda tx: _find_pair(tx, member, note_id, absorbed_id))
        blocks = await _blocks(server, absorbed_id, absorbed.head)
        if blocks:
            await committed(partial(server.rooms.append_content, document, member, blocks))
        await projection.settle(server, notes.c.id == absorbed_id)  # what is listed as deleted reads as it was
        seq, now = absorbed.head, server.clock()
        absorb = partial(_absorb, member=member, note_id=note_id, absorbed_id=absorbed_id, seq=seq, now=now)
        made = await server.database.write(absorb)
        server.feed.wake()
        if made:
            return made
        await committed(partial(server.rooms.remove_content, document, member, blocks))
    raise Unavailable


async def _blocks(server: Carnet, note_id: str, seq: int) -> tuple[Element, ...]:
    """The blocks of a note as it stood at a row of its log."""
    if seq == 0:
        return ()
    name = projection.document_of(note_id)
    tree = await committed(lambda: server.histories.ask(name, read_tree_at, seq))
    return tuple(block for block in tree.children if isinstance(block, Element))


async def _absorb(
    tx: AsyncConnection, member: Member, note_id: str, absorbed_id: str, seq: int, now: datetime
) -> str | None:
    """The note goes, unless it was written in since row `seq`: that row's lock keeps writers out meanwhile."""
    _, absorbed = await _find_pair(tx, member, note_id, absorbed_id)
    name = projection.document_of(absorbed_id)
    head = await tx.execute(select(documents.c.head).where(documents.c.name == name).with_for_update())
    if head.scalar_one() != seq:
        return None
    made = new_id("cmb")
    row = {"id": made, "note_id": note_id, "absorbed_id": absorbed_id, "seq": seq}
    await tx.execute(insert(combinations).values(**row, actor_id=member.id, at=now))
    await tx.execute(update(notes).where(notes.c.id == absorbed_id).values(deleted_at=now, deleted_by=member.id))
    await search.drop(tx, [absorbed_id])
    told = {"contact_id": absorbed.contact_id, "seq": seq, "actor_id": member.id}
    await feed.record(tx, "note.deleted", absorbed_id, **told)
    return made


async def undo(server: Carnet, member: Member, combination_id: str) -> None:
    """Two notes again; once over it stays so. Raises NotFound, Forbidden, Gone, and what an edit raises."""

    async def part_notes(tx: AsyncConnection) -> AnyRow | None:
        row = await _find(tx, member, combination_id)
        if row.ended_at is not None:
            return None
        if row.at <= oldest_kept(server.clock()):
            raise Gone(days=KEPT_DAYS)
        absorbed = (await tx.execute(readable_notes(member).where(notes.c.id == row.absorbed_id))).one()
        require_edit(member, absorbed.root_id)
        await bring_back(tx, [absorbed.id], member.id, server.clock())
        return row

    row = await server.database.write(part_notes)
    server.feed.wake()
    if row and (blocks := await _blocks(server, row.absorbed_id, row.seq)):
        document = projection.document_of(row.note_id)
        await committed(lambda: server.rooms.remove_content(document, member, blocks))


async def bring_back(tx: AsyncConnection, absorbed_ids: list[str], actor_id: str, now: datetime) -> None:
    """Absorbed notes are notes of their own again, for search too; the feed tells."""
    over = update(combinations).where(C.absorbed_id.in_(absorbed_ids), C.ended_at.is_(None))
    await tx.execute(over.values(ended_at=now, ended_by=actor_id))
    restored = update(notes).where(notes.c.id.in_(absorbed_ids)).values(deleted_at=None, deleted_by=None)
    for note in (await tx.execute(restored.returning(notes))).all():
        await search.index_note(tx, note.id, note.contact_id, note.title, fold(note.text))
        await projection.touch(tx, note.contact_id, now)
        told = {"contact_id": note.contact_id, "seq": note.seq, "actor_id": actor_id}
        await feed.record(tx, "note.restored", note.id, **told)


async def part(tx: AsyncConnection, contact_id: str, actor_id: str, now: datetime) -> None:
    """A contact is on its own again: what it has in common with the notes of another comes back to whose it was."""
    one, other = notes.alias(), notes.alias()
    standing = (
        select(C.absorbed_id)
        .join(one, one.c.id == C.note_id)
        .join(other, other.c.id == C.absorbed_id)
        .where(C.ended_at.is_(None), root_of(one.c.contact_id) != root_of(other.c.contact_id))
        .where(or_(in_family(one.c.contact_id, contact_id), in_family(other.c.contact_id, contact_id)))
    )
    if absorbed := list((await tx.execute(standing)).scalars()):
        await bring_back(tx, absorbed, actor_id, now)


# --- handlers ---


async def post_combination(request: Request) -> Response:
    """POST /notes/{id}/combine."""
    server, member, note_id = carnet.of(request), await require_member(request), request.path_params["id"]
    body = await read_json(request)
    wanted = parse_json(body, CombineNotes)

    async def work() -> Response:
        made = await combine(server, member, note_id, wanted.note_id)
        shown = await server.database.read(lambda tx: _read(tx, member, made))
        return reply(shown, 201, {"Location": f"{API}/combinations/{made}"})

    return await once(request, member, body, work)


async def undo_combination(request: Request) -> Response:
    """POST /combinations/{id}/undo."""
    server, member, combination_id = carnet.of(request), await require_member(request), request.path_params["id"]
    body = await read_body(request, bytes_max=1024)

    async def work() -> Response:
        await undo(server, member, combination_id)
        return reply(await server.database.read(lambda tx: _read(tx, member, combination_id)))

    return await once(request, member, body, work)


routes: list[BaseRoute] = [
    Operation(
        "POST", "/notes/{id}/combine", post_combination, "Add another note of the contact to this one.",
        body=CombineNotes, answer=Combination, status=201, refusals=(403, 404, 409, 413, 415, 422, 503),
        headers=("Idempotency-Key",),
    ),
    Operation(
        "POST", "/combinations/{id}/undo", undo_combination, "Make two notes again of one.",
        answer=Combination, refusals=(403, 404, 409, 410, 413, 422, 503), headers=("Idempotency-Key",),
    ),
]  # fmt: skip
