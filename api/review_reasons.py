"""What a merge leaves for somebody to look at: written in its transaction, taken away when it is undone.

note       a note that came with the merged contact: keep it where it is, combine it with another, delete it
property   both had a value, nobody was asked, and the primary's stands: the other one is a press away
duplicate  the union holds what reads like one value twice (a number with and without its extension)
late       a value that came after the merge, from somebody who had not seen it (late_values.py)
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any, Literal

from sqlalchemy import Select, and_, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from api.aliases import in_family
from api.projection import IN_ORDER, SHOWN, of_contact
from api.properties import Definition, Definitions, split
from api.tables import AnyRow, merges, new_id, notes, review_items
from api.words import fold

Kind = Literal["note", "property", "duplicate", "late"]

NOTES_MAX = 20
"""So many notes of one merge are asked about, and so many more each time that somebody wants to go on: who inherits
thousands need not go through them one by one."""


@dataclass(frozen=True, slots=True)
class Reason:
    """Something to look at: under which key of the contact's document, the other value, whose it is and since when."""

    kind: Kind
    key: str
    value: Any
    actor_id: str
    at: datetime


def unasked(
    names: Iterable[str], values: Mapping[str, Any], changes: Mapping[str, AnyRow], actor_id: str, at: datetime
) -> Iterator[Reason]:
    """The values of the merged contact that gave way though nobody chose so; as theirs who wrote them. Pure."""
    for name in names:
        change = changes.get(name)
        whose = (change.actor_id, change.at) if change else (actor_id, at)
        yield Reason("property", name, values[name], *whose)


def exposed(
    definitions: Definitions, held: Mapping[str, Any], added: Mapping[str, Any], actor_id: str, at: datetime
) -> Iterator[Reason]:
    """The elements `added` to a contact that `held` reads already, but for a detail. Pure."""
    known = {one for key in held for one in [_reading(definitions, key)] if one}
    for key, flags in added.items():
        if key not in held and flags is not None and _reading(definitions, key) in known:
            yield Reason("duplicate", key, flags, actor_id, at)


def twin_of(definitions: Definitions, values: Mapping[str, Any], key: str) -> str | None:
    """The key of another element that reads like this one. Pure."""
    reading = _reading(definitions, key)
    twins = (other for other in values if other != key and _reading(definitions, other) == reading)
    return next(twins, None) if reading else None


def _reading(definitions: Definitions, key: str) -> tuple[str, str] | None:
    """What an element of a set comes down to; None for anything else."""
    name, element = split(key)
    definition = definitions.get(name)
    return (name, likeness(definition, element)) if definition and definition.kind == "set" else None


def likeness(definition: Definition, element: str) -> str:
    """What two elements have in common that are likely one: a number's digits, an address without its label, a word."""
    if definition.type == "phone":
        return element.partition(";ext=")[0]
    if definition.type == "email":
        local, _, host = element.rpartition("@")
        return f"{local.partition('+')[0]}@{host}"
    return fold(element)


async def inherited(tx: AsyncConnection, secondary_id: str, actor_id: str, at: datetime) -> list[Reason]:
    """The notes of a contact that is about to be merged: its main one, and the newest; not those that wait already."""
    R = review_items.c
    waiting = select(R.key).where(R.kind == "note", in_family(R.contact_id, secondary_id), R.resolved_at.is_(None))
    # By their ids first: what stands behind the words of a note is read of these only, not of thousands.
    chosen = select(notes.c.id).where(of_contact(secondary_id), SHOWN, notes.c.id.not_in(waiting))
    first = chosen.order_by(*IN_ORDER).limit(NOTES_MAX)
    rows = await tx.execute(select(notes.c.id, notes.c.updated_by, notes.c.updated_at).where(notes.c.id.in_(first)))
    return [Reason("note", row.id, None, row.updated_by or actor_id, row.updated_at or at) for row in rows]


def not_asked(root_id: str) -> Select[Any]:
    """The notes that a contact has by merges and of which nobody is or was asked, in order, each with its merge."""
    D, R = merges.c, review_items.c
    standing = select(D.id).where(D.undone_at.is_(None))
    asked = select(R.key).where(R.kind == "note", in_family(R.contact_id, root_id), R.merge_id.in_(standing))
    came = and_(D.secondary_id == notes.c.contact_id, D.undone_at.is_(None), notes.c.created_at <= D.at)
    return (
        select(notes.c.id, notes.c.updated_by, notes.c.updated_at, D.id.label("merge_id"), D.primary_id, D.actor_id)
        .join(merges, came)
        .where(of_contact(root_id), SHOWN, notes.c.id.not_in(asked))
        .order_by(*IN_ORDER)
    )


async def ask_further(tx: AsyncConnection, root_id: str) -> bool:
    """Put some more of them on the list; False: there are none."""
    rows = (await tx.execute(not_asked(root_id).limit(NOTES_MAX))).all()
    for (merge_id, primary_id), some in groupby(rows, key=lambda row: (row.merge_id, row.primary_id)):
        reasons = [Reason("note", row.id, None, row.updated_by or row.actor_id, row.updated_at) for row in some]
        await insert_reasons(tx, primary_id, merge_id, reasons)
    return bool(rows)


async def insert_reasons(tx: AsyncConnection, primary_id: str, merge_id: str, reasons: Iterable[Reason]) -> None:
    """Put these on the list."""
    rows = [
        {
            "id": new_id("rev"),
            "contact_id": primary_id,
            "merge_id": merge_id,
            "kind": one.kind,
            "key": one.key,
            "value": json.dumps(one.value, ensure_ascii=False, separators=(",", ":")),
            "actor_id": one.actor_id,
            "at": one.at,
        }
        for one in reasons
    ]
    if rows:
        await tx.execute(insert(review_items), rows)
