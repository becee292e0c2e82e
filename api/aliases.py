"""Where the id of a contact leads: to itself, or to the one it was merged into at the end of every chain (its *root*).

Nothing of a merged contact is rewritten. Its notes keep their `contact_id`, and whose they are now is derived here; so
a merge costs the same whatever hangs on the contacts, and taking it back gives each exactly its own. A root and what
was merged into it are its *family*.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Text, exists, func, literal, select, union_all
from sqlalchemy.ext.asyncio import AsyncConnection

from api.tables import aliases, contacts


def root_of(contact: str | ColumnElement[str]) -> ColumnElement[str]:
    """The root of a contact: of an id, or of each row's in a query."""
    known: ColumnElement[str] = literal(contact, Text) if isinstance(contact, str) else contact
    alias = aliases.alias()
    leads_to = select(alias.c.root_id).where(alias.c.contact_id == known).scalar_subquery()
    return func.coalesce(leads_to, known)


def is_root() -> ColumnElement[bool]:
    """The condition on `contacts` that a row was not merged into another."""
    alias = aliases.alias()
    return ~exists().where(alias.c.contact_id == contacts.c.id)


def in_family(column: ColumnElement[str], contact: str | ColumnElement[str]) -> ColumnElement[bool]:
    """The condition on a column of contacts' ids that a row is of the same family as `contact`.

    As one set, not as "the root or one of those": PostgreSQL looks up the one in an index, the other it does not.
    """
    alias, root = aliases.alias(), root_of(contact)
    return column.in_(union_all(select(root), select(alias.c.contact_id).where(alias.c.root_id == root)))


def in_families(column: ColumnElement[str], root_ids: Collection[str]) -> ColumnElement[bool]:
    """The same of many families, by their roots."""
    alias = aliases.alias()
    roots = select(contacts.c.id).where(contacts.c.id.in_(root_ids))
    return column.in_(union_all(roots, select(alias.c.contact_id).where(alias.c.root_id.in_(root_ids))))


@dataclass(frozen=True, slots=True)
class Merged:
    """What was merged into a root: the ids, and since when the eldest of them has been known."""

    ids: tuple[str, ...] = ()
    created_at: datetime | None = None


async def merged_into(tx: AsyncConnection, root_ids: Collection[str]) -> dict[str, Merged]:
    """root → what was merged into it, of those into which something was."""
    chosen = (
        select(aliases.c.root_id, contacts.c.id, contacts.c.created_at)
        .join(contacts, contacts.c.id == aliases.c.contact_id)
        .where(aliases.c.root_id.in_(root_ids))
        .order_by(contacts.c.created_at, contacts.c.id)
    )
    found: dict[str, Merged] = {}
    for row in await tx.execute(chosen):
        before = found.get(row.root_id, Merged(created_at=row.created_at))
        found[row.root_id] = Merged((*before.ids, row.id), before.created_at)
    return found
