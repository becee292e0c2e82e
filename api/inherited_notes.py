"""The main notes that a contact has by merges: they stand under its own in the section of its notes.

Only their names are here; their words are read like any note's. One in which nothing stands is not among them.
"""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from api.access import Member
from api.http import Answer
from api.messages import merged_notes_title
from api.projection import IN_ORDER, SHOWN, of_contact
from api.tables import aliases, contacts, merges, notes


class InheritedNote(Answer):
    """What was the main note of a contact that was merged into this one, by its title in the reader's language."""

    id: str
    origin_contact_id: str
    origin_name: str
    title: str


async def inherited_notes(tx: AsyncConnection, member: Member, root_id: str) -> list[InheritedNote]:
    """Those of one contact, as they stand below one another."""
    chosen = (
        select(notes.c.id, notes.c.contact_id, contacts.c.firstname, contacts.c.lastname, merges.c.at)
        .join(contacts, contacts.c.id == notes.c.contact_id)
        .join(aliases, aliases.c.contact_id == notes.c.contact_id)
        .join(merges, merges.c.id == aliases.c.merge_id)
        .where(of_contact(root_id), notes.c.main, SHOWN)
        .order_by(*IN_ORDER)
    )
    found = []
    for row in await tx.execute(chosen):
        name = " ".join(part for part in (row.firstname, row.lastname) if part)
        title = merged_notes_title(name, row.at, member.language)
        found.append(InheritedNote(id=row.id, origin_contact_id=row.contact_id, origin_name=name, title=title))
    return found
