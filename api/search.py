"""Search: every word of every contact and note, found from its beginning, accents and case ignored.

One entry a contact and one a note, written in the transaction of what they show: a note's when it is drawn
(projection.py), a contact's with its values. A contact is found when each word stands somewhere in it, be it in its
name, its other values or one of its notes; a note when all of them stand in it. Only what its reader may read is found.

What people type is never the database's own query language: words.py makes plain words of it first. What is particular
to a database stands in search_index.py, and in the migration that makes its table.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Annotated, Literal

import anyio
from pydantic import Field, StringConstraints
from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Select,
    and_,
    bindparam,
    case,
    delete,
    false,
    func,
    insert,
    or_,
    select,
)
from sqlalchemy.ext.asyncio import AsyncConnection
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from api import carnet, search_index
from api.access import Member, readable_contacts
from api.aliases import in_families, is_root, root_of
from api.auth import require_member
from api.http import Answer, Operation, parse_query, reply
from api.http import Query as Parameters
from api.search_index import stands, stands_in_title
from api.tables import AnyRow, aliases, contacts, notes, search_entries
from api.words import Query, fold, marked, marked_excerpt, read_query

QUERY_LENGTH_MAX = 500
ENTRIES_A_STATEMENT = 500

Type = Literal["contact", "note"]
MatchedIn = Literal["name", "alias", "property", "note", "title", "text"]

_E = search_entries.c

# Statements of every settling, built once.
_OBJECTS: BindParameter[str] = bindparam("objects", expanding=True)
_DROP = delete(search_entries).where(_E.object_id.in_(_OBJECTS)).returning(_E.id)
_INSERT = insert(search_entries)
_READ_IDS = select(_E.object_id, _E.id).where(_E.object_id.in_(_OBJECTS))
"""Read back rather than returned: SQLite returns ids in no order, so SQLAlchemy would insert one by one."""


class Search(Parameters):
    """What to look for. `limit` counts each type by itself."""

    q: str = Field(max_length=QUERY_LENGTH_MAX)
    types: Annotated[str, StringConstraints(pattern=r"^(contact|note)(,(contact|note))*$")] = "contact,note"
    limit: int = Field(20, ge=1, le=50)


class Found(Answer):
    """A contact or a note that holds all the words. `excerpt_html` shows where: <mark> and escaped text, no more.

    `matched_in` of a contact is name, alias (the name of one that was merged into it), property or note, of a note
    title or text.
    """

    type: Type
    id: str
    contact_id: str
    title: str
    excerpt_html: str
    matched_in: MatchedIn


class Results(Answer):
    """Contacts first, those found by their name before the others; then notes, the newest first."""

    results: list[Found]


# --- writing ---


@dataclass(frozen=True, slots=True)
class Entry:
    """What is to be found of one contact or note: `title` is shown, so is a contact's `detail`.

    `words` are not, and come folded: those of a long note were folded in a worker (pictures.py).
    """

    type: Type
    object_id: str
    contact_id: str
    title: str
    detail: str = ""
    words: str = ""


def contact_entry(contact_id: str, name: str, words: Iterable[str] = ()) -> Entry:
    """A contact's: its name, and its other values as people write them (both forms of a telephone number, say)."""
    return Entry("contact", contact_id, contact_id, name, detail=" · ".join(words))


def note_entry(note_id: str, contact_id: str, title: str | None, words: str) -> Entry:
    """A note's; `words` are folded."""
    return Entry("note", note_id, contact_id, title or "", words=words)


async def index_contact(tx: AsyncConnection, contact_id: str, name: str, words: Iterable[str] = ()) -> None:
    """A contact is new, or its values changed."""
    await put(tx, [contact_entry(contact_id, name, words)])


async def index_note(tx: AsyncConnection, note_id: str, contact_id: str, title: str | None, words: str) -> None:
    """A note was drawn, titled or brought back; `words` are folded."""
    await put(tx, [note_entry(note_id, contact_id, title, words)])


async def put(tx: AsyncConnection, entries: Sequence[Entry]) -> None:
    """Make these what is found of their objects, in place of what was found before."""
    assert len({entry.object_id for entry in entries}) == len(entries), "an object has one entry"
    for start in range(0, len(entries), ENTRIES_A_STATEMENT):
        some = entries[start : start + ENTRIES_A_STATEMENT]
        await drop(tx, [entry.object_id for entry in some])
        rows = [
            {
                "type": entry.type,
                "object_id": entry.object_id,
                "contact_id": entry.contact_id,
                "title": entry.title,
                "detail": entry.detail,
            }
            for entry in some
        ]
        await tx.execute(_INSERT, rows)
        made = await tx.execute(_READ_IDS, {"objects": [entry.object_id for entry in some]})
        ids: dict[str, int] = dict(iter(made))
        await search_index.put(tx, {ids[entry.object_id]: _folded(entry) for entry in some})


def _folded(entry: Entry) -> tuple[str, str]:
    return fold(entry.title), f"{fold(entry.detail)} {entry.words}"


async def drop(tx: AsyncConnection, object_ids: Sequence[str]) -> None:
    """Find these no more."""
    if ids := (await tx.execute(_DROP, {"objects": object_ids})).scalars().all():
        await search_index.drop(tx, ids)


# --- finding ---


def matching_contacts(query: Query) -> ColumnElement[bool]:
    """The condition on `contacts` that each phrase stands somewhere in the contact. Without a word nothing matches."""
    if not query:
        return false()
    everywhere = and_(*(contacts.c.id.in_(_contacts_with(phrase)) for phrase in query.phrases))
    if query.number is None:
        return everywhere
    return or_(everywhere, contacts.c.id.in_(_contacts_with(query.number)))


def _contacts_with(phrase: str) -> Select[str]:
    return select(root_of(_E.contact_id)).where(stands(_E.id, phrase))


def _all_stand(query: Query) -> ColumnElement[bool]:
    return and_(*(stands(_E.id, phrase) for phrase in query.phrases))


def _all_stand_in_title(query: Query) -> ColumnElement[bool]:
    return and_(*(stands_in_title(_E.id, phrase) for phrase in query.phrases))


@dataclass(frozen=True, slots=True)
class Hit:
    """A contact or a note that was found, and the text in which it was."""

    type: Type
    id: str
    contact_id: str
    title: str
    text: str
    matched_in: MatchedIn

    def present(self, query: Query) -> Found:
        """The hit as REST shows it."""
        mark = marked if self.matched_in in ("name", "title") else marked_excerpt
        return Found(
            type=self.type,
            id=self.id,
            contact_id=self.contact_id,
            title=self.title,
            excerpt_html=mark(self.text, query),
            matched_in=self.matched_in,
        )


async def find_contacts(tx: AsyncConnection, member: Member, query: Query, limit: int) -> list[Hit]:
    """Contacts, those found by their name first, then those by a value, then those by their notes."""
    by_value = _all_stand(query)
    if query.number:
        by_value = or_(by_value, stands(_E.id, query.number))
    rank = case((_all_stand_in_title(query), 0), (by_value, 1), else_=2).label("rank")
    chosen = (
        select(_E.contact_id, _E.title, _E.detail, rank)
        .join(contacts, contacts.c.id == _E.object_id)
        .where(readable_contacts(member), is_root(), matching_contacts(query))
        .order_by(rank, contacts.c.sort_key, contacts.c.id)
        .limit(limit)
    )
    rows = (await tx.execute(chosen)).all()
    elsewhere = [row.contact_id for row in rows if row.rank == 2]
    texts, former = await _best_notes(tx, query, elsewhere), await _former_names(tx, query, elsewhere)
    return [_contact_hit(row, former.get(row.contact_id), texts.get(row.contact_id)) for row in rows]


def _contact_hit(row: AnyRow, former: str | None, note: str | None) -> Hit:
    def hit(text: str, matched_in: MatchedIn) -> Hit:
        return Hit("contact", row.contact_id, row.contact_id, row.title, text, matched_in)

    if row.rank == 0:
        return hit(row.title, "name")
    if former is not None:
        return hit(former, "alias")
    return hit(row.detail, "property") if note is None else hit(note, "note")


async def _former_names(tx: AsyncConnection, query: Query, contact_ids: Sequence[str]) -> dict[str, str]:
    """contact → the name, with all the words in it, of one that was merged into it."""
    if not contact_ids:
        return {}
    merged = select(aliases.c.root_id, _E.title).join(aliases, aliases.c.contact_id == _E.object_id)
    named = merged.where(aliases.c.root_id.in_(contact_ids), _all_stand_in_title(query))
    return dict(iter(await tx.execute(named.order_by(_E.object_id))))


async def _best_notes(tx: AsyncConnection, query: Query, contact_ids: Sequence[str]) -> dict[str, str]:
    """contact → the text of its note that holds all the phrases, else some; the newest of several."""
    order = (case((_all_stand(query), 0), else_=1), notes.c.occurred_at.desc(), notes.c.id)
    root = root_of(_E.contact_id)
    place = func.row_number().over(partition_by=root, order_by=order)
    matching = (
        select(root.label("contact_id"), _E.title, notes.c.text, place.label("place"))
        .join(notes, notes.c.id == _E.object_id)
        .where(in_families(_E.contact_id, contact_ids), or_(*(stands(_E.id, phrase) for phrase in query.phrases)))
        .subquery()
    )
    rows = await tx.execute(select(matching).where(matching.c.place == 1))
    return {row.contact_id: "\n".join(part for part in (row.title, row.text) if part) for row in rows}


async def find_notes(tx: AsyncConnection, member: Member, query: Query, limit: int) -> list[Hit]:
    """Notes, those found by their title first, then the newest."""
    by_title = _all_stand_in_title(query).label("by_title")
    chosen = (
        select(notes.c.id, root_of(notes.c.contact_id).label("contact_id"), _E.title, notes.c.text, by_title)
        .join(search_entries, _E.object_id == notes.c.id)
        .join(contacts, contacts.c.id == notes.c.contact_id)
        .where(readable_contacts(member), notes.c.deleted_at.is_(None), _all_stand(query))
        .order_by(by_title.desc(), notes.c.occurred_at.desc(), notes.c.id)
        .limit(limit)
    )
    return [
        Hit("note", row.id, row.contact_id, row.title, row.title if row.by_title else row.text, _in(row.by_title))
        for row in await tx.execute(chosen)
    ]


def _in(by_title: bool) -> MatchedIn:
    return "title" if by_title else "text"


async def find(tx: AsyncConnection, member: Member, wanted: Search, query: Query) -> list[Hit]:
    """Everything to show, in order."""
    if not query:
        return []
    finders = {"contact": find_contacts, "note": find_notes}
    types = wanted.types.split(",")
    return [
        hit for name, look in finders.items() if name in types for hit in await look(tx, member, query, wanted.limit)
    ]


async def get_search(request: Request) -> Response:
    """GET /search."""
    server, member = carnet.of(request), await require_member(request)
    wanted = parse_query(request, Search)
    query = read_query(wanted.q)
    hits = await server.database.read(lambda tx: find(tx, member, wanted, query))
    # To mark a long text takes a while; in a thread it keeps nobody waiting.
    shown = await anyio.to_thread.run_sync(lambda: [hit.present(query) for hit in hits])
    return reply(Results(results=shown))


routes: list[BaseRoute] = [
    Operation(
        "GET", "/search", get_search, "Contacts and notes that hold all the words, whatever their accents and case.",
        query=Search, answer=Results,
    ),
]  # fmt: skip
