"""Whose a document is: said to whoever has one open of a contact that was merged, as it is opened and as that changes.

Nobody is sent away and nothing that they write is lost: it is brought to the survivor (late_values.py). But a phone
that was away should know whose page to show, and does not follow the feed. On `/sync` alone: y-websocket has no such
message.
"""

from __future__ import annotations

import json
from collections.abc import Collection

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from api import contact_documents, projection
from api.carnet import Carnet
from api.following import follow
from api.tables import AnyRow, aliases, contacts, notes
from sync.database import Database
from sync.kinds import Remark

IDS_A_QUERY = 500
"""So few that every database takes them as parameters."""
MERGERS = frozenset({"contact.merged", "contact.unmerged"})


async def run(server: Carnet) -> None:
    """Tell whenever contacts were merged, or parted, until the server drains."""
    await follow(server, MERGERS, tell)


async def tell(server: Carnet) -> None:
    """Those of this process who have a document open that is another contact's now."""
    rooms = {room.name: room for room in server.rooms.opened() if room.sessions}
    names = list(rooms)
    for start in range(0, len(names), IDS_A_QUERY):
        some = names[start : start + IDS_A_QUERY]
        found = await server.database.read(lambda tx, some=some: read_remarks(tx, some))  # type: ignore[misc]
        for name, remark in found.items():
            rooms[name].change_remark(remark)


async def read_remark(database: Database, name: str) -> Remark | None:
    """What is to be said of a document as it is opened."""
    return (await database.read(lambda tx: read_remarks(tx, [name]))).get(name)


async def read_remarks(tx: AsyncConnection, names: Collection[str]) -> dict[str, Remark]:
    """What is to be said of these documents, of those that are there."""
    led = (aliases.c.root_id, aliases.c.merge_id)
    of_contacts = select(contacts.c.id, contacts.c.id.label("contact_id"), *led).outerjoin(
        aliases, aliases.c.contact_id == contacts.c.id
    )
    of_notes = select(notes.c.id, notes.c.contact_id, *led).outerjoin(
        aliases, aliases.c.contact_id == notes.c.contact_id
    )
    found: dict[str, Remark] = {}
    for prefix, chosen, column in (
        (contact_documents.PREFIX, of_contacts, contacts.c.id),
        (projection.PREFIX, of_notes, notes.c.id),
    ):
        if ids := [name.removeprefix(prefix) for name in names if name.startswith(prefix)]:
            rows = await tx.execute(chosen.where(column.in_(ids)))
            found |= {prefix + row.id: _remark(row) for row in rows}
    return found


def _remark(row: AnyRow) -> Remark:
    said = {
        "type": "resolved",
        "resolved_from": row.contact_id,
        "resolved_contact_id": row.root_id or row.contact_id,
        "resolved_by": row.merge_id,
    }
    return Remark(json.dumps(said), at_opening=row.root_id is not None)
