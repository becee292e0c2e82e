"""A contact's property document and everything that follows from it, in the transaction of each of its rows.

    edit → admitted or put right (properties.py) → row of the log
         + contacts row + property_values + property_changes + what search finds + change of the feed

So none of these ever says anything the document does not. A new contact comes the same way: its
document's first row, made by a worker beforehand, goes in with all that.
"""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal

from sqlalchemy import bindparam, delete, insert, select, tuple_, update
from sqlalchemy.ext.asyncio import AsyncConnection

from api import feed, search
from api.access import document_role, readable_contacts
from api.births import PROPERTIES_ROOT, Birth
from api.catalogue import Catalogue
from api.credentials import find_member
from api.projection import new_document
from api.properties import Definitions, PropertyError, sentence, split, text_of, words_of
from api.tables import aliases, contacts, late_values, property_changes, property_definitions, property_values, users
from sync.database import Database
from sync.errors import NotFound, SyncError
from sync.kinds import Actor, Kind, Problem, Rejected, Role, Schema, Verdict
from sync.sql_store import SqlStore
from sync.tables import document_updates, documents

PREFIX = "contact/"
SCHEMA = Schema(roots={PROPERTIES_ROOT: "map"})

Source = Literal["ui", "api", "import", "merge"]
"""By which road a value came: somebody's client, REST, an import, a merge or its undoing."""

Change = tuple[Any, Any]
"""(old, new); None for absent."""


@dataclass(frozen=True, slots=True)
class Origin:
    """What a server's own edit comes with: its road, and the version that its author has read, if that counts.

    `first` is what is to be written before it, in the same transaction; what that raises ends the edit.
    """

    source: Source
    expected_version: int | None = None
    first: Callable[[AsyncConnection], Awaitable[None]] | None = None
    is_late: bool = True  # in a merged contact it is one more value that came late, unless it undoes a merge


class Stale(SyncError):
    """The contact has changed since the version that its author has read."""

    reason = "stale"

    def __init__(self, current: int) -> None:
        super().__init__(f"it is at version {current}")
        self.current = current


def document_of(contact_id: str) -> str:
    """The name of a contact's document."""
    return PREFIX + contact_id


def contact_kind(database: Database, catalogue: Catalogue, announce: Callable[[], None]) -> Kind:
    """The kind of document a contact is: all the engine ever learns about contacts."""

    async def admitted(tx: AsyncConnection, name: str, verdict: Verdict, author_id: str, origin: Any) -> None:
        await _admitted(tx, catalogue.definitions, name, verdict, author_id, origin)

    return Kind(PREFIX, SCHEMA, _authorise(database), admit=catalogue.admission, admitted=admitted, announce=announce)


_CONTACT = select(contacts.c.id).where(contacts.c.id == bindparam("of"))


def _authorise(database: Database) -> Callable[[Actor, str], Awaitable[Role | None]]:
    async def authorise(actor: Actor, name: str) -> Role | None:
        """The member's rights as they are now, whatever they were when the socket opened."""

        async def find(tx: AsyncConnection) -> Role | None:
            member = await find_member(tx, actor.id)
            if member is None:
                return None
            readable = _CONTACT.where(readable_contacts(member))
            contact_id = (await tx.execute(readable, {"of": name.removeprefix(PREFIX)})).scalar_one_or_none()
            return document_role(member, contact_id) if contact_id is not None else None

        return await database.read(find)

    return authorise


# --- an edit ---


async def _admitted(
    tx: AsyncConnection, definitions: Definitions, name: str, verdict: Verdict, author_id: str, origin: Origin | None
) -> None:
    """Write what follows from an edit, or refuse what only the database knows. The edit's row is in already."""
    if origin and origin.first:
        await origin.first(tx)
    contact_id = name.removeprefix(PREFIX)
    mine = select(contacts).where(contacts.c.id == contact_id).with_for_update(key_share=True)
    row = (await tx.execute(mine)).one_or_none()
    if row is None or row.deleted_at is not None:
        raise NotFound("no such contact")
    if origin and origin.expected_version not in (None, row.version):
        raise Stale(row.version)
    if not verdict.changes:
        return
    changes = verdict.changes
    if problems := await impossible(tx, definitions, {contact_id: changes}):
        raise Rejected(problems)
    last = select(document_updates.c.seq, document_updates.c.at).join(
        documents, (documents.c.name == document_updates.c.name) & (documents.c.head == document_updates.c.seq)
    )
    seq, at_ms = (await tx.execute(last.where(documents.c.name == name))).one()
    at = datetime.fromtimestamp(at_ms / 1000, UTC)
    values = {**json.loads(row.properties), **{key: new for key, (_, new) in changes.items()}}
    drawn = {**columns(values), "version": seq, "updated_at": at}
    await tx.execute(update(contacts).where(contacts.c.id == contact_id).values(**drawn))
    places = [split(key) for key in changes]
    of_contact = property_values.c.contact_id == contact_id
    written = tuple_(property_values.c.name, property_values.c.element)
    await tx.execute(delete(property_values).where(of_contact, written.in_(places)))
    merged = (await tx.execute(select(aliases.c.root_id).where(aliases.c.contact_id == contact_id))).first() is not None
    if not merged:
        await _insert(tx, property_values, _value_rows(contact_id, {key: values[key] for key in changes}))
    if merged and (origin is None or origin.is_late):
        await _keep_late(tx, contact_id, seq, changes, author_id, at)
    source: Source = origin.source if origin else "ui"
    await _insert(tx, property_changes, _history_rows(contact_id, seq, changes, author_id, at, source))
    words = () if merged else words_of(definitions, values)
    await search.index_contact(tx, contact_id, full_name(values), words)
    await feed.record(tx, "contact.updated", contact_id, contact_id=contact_id, seq=seq, actor_id=author_id)


async def _keep_late(
    tx: AsyncConnection, contact_id: str, seq: int, changes: Mapping[str, Change], author_id: str, at: datetime
) -> None:
    """Whoever wrote this may not have seen the merge: it is brought to the contact that there is now, soon."""
    mine = delete(late_values).where(late_values.c.contact_id == contact_id, late_values.c.key.in_(changes))
    await tx.execute(mine)
    common = {"contact_id": contact_id, "seq": seq, "actor_id": author_id, "at": at}
    await _insert(tx, late_values, [{**common, "key": key, "value": _json(new)} for key, (_, new) in changes.items()])


async def make_findable(tx: AsyncConnection, definitions: Definitions, contact_id: str, *, merged: bool) -> None:
    """Find a contact by all its values; one that is merged by its name alone, which is how it was known."""
    held = await tx.execute(select(contacts.c.properties).where(contacts.c.id == contact_id))
    values = json.loads(held.scalar_one())
    await tx.execute(delete(property_values).where(property_values.c.contact_id == contact_id))
    if not merged:
        await _insert(tx, property_values, _value_rows(contact_id, values))
    await search.index_contact(tx, contact_id, full_name(values), () if merged else words_of(definitions, values))


async def impossible(
    tx: AsyncConnection, definitions: Definitions, wanted: Mapping[str, Mapping[str, Change]]
) -> tuple[Problem, ...]:
    """What of these changes, by contact, cannot be: a unique value that another contact has, a user who is none."""
    problems: list[Problem] = []
    new = [
        (of, key, value) for of, changes in wanted.items() for key, (_, value) in changes.items() if value is not None
    ]
    for definition in definitions.values():
        if not (definition.unique or definition.type == "user"):
            continue
        mine = [(of, key, text_of(key, value)) for of, key, value in new if split(key)[0] == definition.name]
        if not mine:
            continue
        if definition.unique:
            problems += await _taken(tx, definition.name, mine)
        if definition.type == "user":
            there = select(users.c.id).where(users.c.id.in_({text for _, _, text in mine}))
            known = set((await tx.execute(there)).scalars())
            problems += [_problem(key, "unknown_user") for _, key, text in mine if text not in known]
    return tuple(problems)


async def _taken(tx: AsyncConnection, name: str, mine: Sequence[tuple[str, str, str]]) -> list[Problem]:
    """Under the lock of the definition, so that two contacts cannot take a value at once."""
    definition = select(property_definitions.c.name).where(property_definitions.c.name == name)
    await tx.execute(definition.with_for_update(key_share=True))
    held = select(property_values.c.contact_id, property_values.c.value).where(
        property_values.c.name == name, property_values.c.value.in_({text for _, _, text in mine})
    )
    owners = {value: contact_id for contact_id, value in await tx.execute(held)}
    return [_problem(key, "taken") for of, key, text in mine if owners.setdefault(text, of) != of]


def _problem(key: str, code: str) -> Problem:
    return Problem(key, code, sentence(PropertyError(code)))


# --- new contacts ---


async def insert_births(
    tx: AsyncConnection,
    store: SqlStore,
    definitions: Definitions,
    actor_id: str,
    births: Mapping[str, Birth],
    now: datetime,
    source: Source,
) -> None:
    """Contacts by their ids, their documents with the first rows, their values and history. Raises `Rejected`."""
    begun = {of: {key: (None, value) for key, value in one.values.items()} for of, one in births.items()}
    if problems := await impossible(tx, definitions, begun):
        raise Rejected(problems)
    rows = [
        {"id": of, **columns(one.values), "version": int(one.first is not None), "created_at": now, "updated_at": now}
        for of, one in births.items()
    ]
    await _insert(tx, contacts, rows)
    await store.create_many(tx, [new_document(document_of(of), one.first, actor_id) for of, one in births.items()])
    await _insert(tx, property_values, [row for of, one in births.items() for row in _value_rows(of, one.values)])
    await search.put(tx, [search.contact_entry(of, full_name(one.values), one.words) for of, one in births.items()])
    history = [
        row
        for contact_id, changes in begun.items()
        for row in _history_rows(contact_id, 1, changes, actor_id, now, source)
    ]
    await _insert(tx, property_changes, history)


# --- rows ---


def columns(values: Mapping[str, Any]) -> dict[str, Any]:
    """What the contacts row shows of a document."""
    held = {key: value for key, value in sorted(values.items()) if value is not None}
    names = {name: held.get(name) for name in ("firstname", "lastname")}
    text = json.dumps(held, ensure_ascii=False, separators=(",", ":"))
    return {**names, "sort_key": sort_key(**names), "properties": text}


def sort_key(firstname: str | None, lastname: str | None) -> str:
    """How a name is ordered: last name first, without case and accents; the nameless stand at the end."""
    name = " ".join(part for part in (lastname, firstname) if part)
    plain = "".join(c for c in unicodedata.normalize("NFKD", name.casefold()) if not unicodedata.combining(c))
    return plain or "\U0010ffff"


def full_name(values: Mapping[str, Any]) -> str:
    """A contact's name as it is read."""
    return " ".join(values[name] for name in ("firstname", "lastname") if values.get(name))


def _value_rows(contact_id: str, values: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [
        {"contact_id": contact_id, "name": name, "element": element, "value": element or str(value)}
        for key, value in values.items()
        if value is not None
        for name, element in [split(key)]
    ]


def _history_rows(
    contact_id: str, seq: int, changes: Mapping[str, Change], actor_id: str, at: datetime, source: Source
) -> list[dict[str, Any]]:
    common = {"contact_id": contact_id, "seq": seq, "actor_id": actor_id, "at": at, "source": source}
    return [
        {**common, "name": name, "element": element, "old": _json(old), "new": _json(new)}
        for key, (old, new) in changes.items()
        for name, element in [split(key)]
    ]


def _json(value: Any) -> str | None:
    return None if value is None else json.dumps(value, ensure_ascii=False, separators=(",", ":"))


async def _insert(tx: AsyncConnection, table: Any, rows: Iterable[dict[str, Any]]) -> None:
    if found := list(rows):
        await tx.execute(insert(table), found)
