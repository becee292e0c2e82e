"""Whose a document is: said to whoever has one open of a contact that was merged, as it is opened and as that changes.

Nobody is sent away and nothing that they write is lost: it is brought to the survivor (late_values.py). But a phone
that was away should know whose page to show, and does not follow the feed. On `/sync` alone: y-websocket has no such
message.
"""

from __future__ import annotations

import json
from collections.abc import Collection
from typing import Any

from sqlalchemy import ColumnElement, Select, bindparam, select
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
    found: dict[str, Remark] = {}
    for prefix, chosen in _LED:
        if ids := [name.removeprefix(prefix) for name in names if name.startswith(prefix)]:
            found |= {prefix + row.id: _remark(row) for row in await tx.execute(chosen, {"ids": ids})}
    return found


def _led(id_column: ColumnElement[str], contact_id: ColumnElement[str]) -> Select[Any]:
    """Of these ids: the contact, and the one that it leads to."""
    chosen = select(id_column.label("id"), contact_id.label("contact_id"), aliases.c.root_id, aliases.c.merge_id)
    return chosen.outerjoin(aliases, aliases.c.contact_id == contact_id).where(
        id_column.in_(bindparam("ids", expanding=True))
    )


_LED = (
    (contact_documents.PREFIX, _led(contacts.c.id, contacts.c.id)),
    (projection.PREFIX, _led(notes.c.id, notes.c.contact_id)),
)


def _remark(row: AnyRow) -> Remark:
    said = {
        "type": "resolved",
        "resolved_from": row.contact_id,
        "resolved_contact_id": row.root_id or row.contact_id,
        "resolved_by": row.merge_id,
    }
    return Remark(json.dumps(said), at_opening=row.root_id is not None)
