"""Deleting contacts, and having them back: nothing is lost by a slip within 90 days.

A contact goes with all that was merged into it, and nobody opens, reads, finds or counts any of it (access.py);
whoever has it open is sent away (evictions.py). Nothing of it is changed but that: restored, it is as it was. What is
not wanted back goes for good in purge.py, at once where that was asked for.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

from pydantic import Field
from sqlalchemy import Select, delete, select, update
from sqlalchemy.ext.asyncio import AsyncConnection
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from api import carnet, evictions, feed, purge
from api.access import Member, knowable_contacts, require_delete, require_purge
from api.aliases import in_family, root_of
from api.auth import require_member
from api.contact_documents import make_findable
from api.contacts import Contact, reply_whole
from api.deleted_notes import KEPT_DAYS
from api.errors import AddressTaken, AlreadyMerged, Gone, NotFound
from api.holders import EMAILS, find_holders
from api.http import Operation, Query, no_content, parse_query, read_body
from api.idempotency import once
from api.properties import Definitions, split
from api.tables import AnyRow, contacts, property_values

BODY_BYTES_MAX = 1024


class DeleteContact(Query):
    """How to delete."""

    permanent: bool = Field(False, description="For good, at once: it cannot be restored. For admins.")


class RestoreContact(Query):
    """How to restore."""

    allow_duplicate: bool = Field(
        False, description="Also where somebody else has an address of this contact by now; the two can then be merged."
    )


# --- queries ---


async def _find(tx: AsyncConnection, member: Member, contact_id: str, *, lock: bool = False) -> AnyRow:
    """The contact's row, or its root's, there or deleted. Raises NotFound."""
    known: Select[*tuple[Any, ...]] = select(contacts).where(
        contacts.c.id == root_of(contact_id), knowable_contacts(member)
    )
    row = (await tx.execute(known.with_for_update() if lock else known)).first()
    if row is None:
        raise NotFound
    return row


async def _hold(tx: AsyncConnection, member: Member, contact_id: str) -> AnyRow:
    """The row under its lock, so that no merge slips in between."""
    held = await _find(tx, member, contact_id, lock=True)
    return await _find(tx, member, held.id)  # a merge that it waited for has made another one the root


def _is_gone(row: AnyRow, now: datetime) -> bool:
    return row.deleted_at is not None and (row.restorable_until is None or row.restorable_until <= now)


def _claims(definitions: Definitions, values: Mapping[str, Any]) -> dict[str, set[str]]:
    """What of a contact's values should be one person's alone: addresses, and what is defined to be unique."""
    single = {EMAILS, *(one.name for one in definitions.values() if one.unique)}
    claims = {name: set[str]() for name in single}
    for key, value in values.items():
        name, element = split(key)
        if name in single and value is not None:
            claims[name].add(element or str(value))
    return claims


# --- verbs ---


async def delete_contact(tx: AsyncConnection, member: Member, contact_id: str, now: datetime, kept_days: int) -> None:
    """Take a contact away, with all that was merged into it; the feed tells. Raises NotFound, AlreadyMerged, Forbidden.

    An old id of a merged contact will not do: who chose it has not seen what it has become.
    """
    row = await _hold(tx, member, contact_id)
    if _is_gone(row, now) or (row.deleted_at is not None and kept_days):
        raise NotFound(members={"deleted": True})
    require_delete(member, row.id)
    if row.id != contact_id:
        raise AlreadyMerged(members={"root_id": row.id})
    deleted = {"deleted_at": now, "deleted_by": member.id, "restorable_until": now + timedelta(days=kept_days)}
    await tx.execute(update(contacts).where(in_family(contacts.c.id, row.id)).values(**deleted))
    await tx.execute(delete(property_values).where(property_values.c.contact_id == row.id))
    await feed.record(tx, "contact.deleted", row.id, contact_id=row.id, seq=row.version, actor_id=member.id)


async def restore_contact(
    tx: AsyncConnection,
    definitions: Definitions,
    member: Member,
    contact_id: str,
    now: datetime,
    *,
    allow_duplicate: bool = False,
) -> None:
    """Have a contact back with everything it had; the feed tells. One that is there stays as it is.

    Raises NotFound, Forbidden, Gone; AddressTaken, with whoever has it, unless that is allowed.
    """
    row = await _hold(tx, member, contact_id)
    require_delete(member, row.id)
    if row.deleted_at is None:
        return
    if _is_gone(row, now):
        raise Gone(days=KEPT_DAYS)
    claims = _claims(definitions, json.loads(row.properties))
    if not allow_duplicate and (holders := await find_holders(tx, member, claims)):
        raise AddressTaken(members={"candidates": [asdict(one) for one in holders]}, value=holders[0].value)
    there = {"deleted_at": None, "deleted_by": None, "restorable_until": None}
    await tx.execute(update(contacts).where(in_family(contacts.c.id, row.id)).values(**there))
    await make_findable(tx, definitions, row.id, merged=False)
    await feed.record(tx, "contact.restored", row.id, contact_id=row.id, seq=row.version, actor_id=member.id)


# --- handlers ---


async def delete_contact_by_id(request: Request) -> Response:
    """DELETE /contacts/{id}."""
    server, member, contact_id = carnet.of(request), await require_member(request), request.path_params["id"]
    permanent = parse_query(request, DeleteContact).permanent
    await server.database.read(lambda tx: _find(tx, member, contact_id))  # who may not know of it hears no more
    if permanent:
        require_purge(member)
    now, kept_days = server.clock(), 0 if permanent else KEPT_DAYS
    await server.database.write(lambda tx: delete_contact(tx, member, contact_id, now, kept_days))
    server.feed.wake()
    await evictions.send_away(server)
    if permanent:
        await purge.purge(server)
    return no_content()


async def restore_contact_by_id(request: Request) -> Response:
    """POST /contacts/{id}/restore."""
    server, member, contact_id = carnet.of(request), await require_member(request), request.path_params["id"]
    allowed = parse_query(request, RestoreContact).allow_duplicate
    body = await read_body(request, bytes_max=BODY_BYTES_MAX)
    definitions, now = server.catalogue.definitions, server.clock()

    async def restore() -> Response:
        await server.database.write(
            lambda tx: restore_contact(tx, definitions, member, contact_id, now, allow_duplicate=allowed)
        )
        server.feed.wake()
        return await reply_whole(server, member, contact_id)

    return await once(request, member, body, restore)


routes: list[BaseRoute] = [
    Operation(
        "DELETE", "/contacts/{id}", delete_contact_by_id, "Delete a contact; it can be had back for 90 days.",
        query=DeleteContact, status=204, refusals=(403, 404, 409),
    ),
    Operation(
        "POST", "/contacts/{id}/restore", restore_contact_by_id, "Have a deleted contact back, with all that it had.",
        query=RestoreContact, answer=Contact, refusals=(403, 404, 409, 410, 413, 422, 503),
        headers=("Idempotency-Key",),
    ),
]  # fmt: skip
