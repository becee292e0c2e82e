"""The verbs that make contacts and change their properties: for REST, the import and the demo.

What is to be written is made ready by a worker first (births.py), so that a transaction only writes. A change takes the
road of a live edit through the rooms; a new contact, which nobody can have open yet, goes straight into the log.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from api import births, feed, projection
from api.births import Birth
from api.carnet import Carnet
from api.contact_documents import Origin, Source, Stale, document_of, insert_births
from api.drafts import Draft
from api.errors import FieldError, InQuarantine, Invalid, NotFound, PreconditionFailed, Unavailable, UnknownProperty
from api.properties import split
from api.property_shapes import Fault, keyed
from api.tables import AnyRow, new_id
from sync.errors import InQuarantine as DocumentInQuarantine
from sync.errors import NotFound as NoDocument
from sync.errors import SyncError
from sync.kinds import Actor, Rejected
from sync.workers import WorkerFailed


async def bear(server: Carnet, drafts: Sequence[Draft], name: str) -> list[Birth]:
    """Have a worker make ready what `create_many` then writes; `name` is whose fault it is if that never ends."""
    return await server.workers.run(name, births.bear, server.catalogue.definitions, tuple(drafts))


async def create_many(
    tx: AsyncConnection,
    server: Carnet,
    actor_id: str,
    born: Sequence[tuple[Draft, Birth]],
    now: datetime,
    source: Source,
    ids: Sequence[tuple[str, str]] | None = None,
) -> list[str]:
    """Make contacts, their main notes and their dated ones, with what is in them; tell search and the feed.

    Returns their ids; `ids` are (contact, main note) where the caller chose them. Values that `bear` left out are the
    caller's to report. Some fifty at a time keep a transaction short enough for those who type meanwhile. Raises
    `Rejected`.
    """
    ids = ids or [(new_id("con"), new_id("act")) for _ in born]
    made = [contact_id for contact_id, _ in ids]
    of_ids = {contact_id: birth for contact_id, (_, birth) in zip(made, born, strict=True)}
    await insert_births(tx, server.store, server.catalogue.definitions, actor_id, of_ids, now, source)
    new = [projection.NewNote(note_id, contact_id, main=True) for contact_id, note_id in ids]
    new += [
        projection.NewNote(new_id("act"), contact_id, title=draft.title, occurred_at=draft.occurred_at, words=words)
        for contact_id, (person, birth) in zip(made, born, strict=True)
        for draft, words in zip(person.notes, birth.notes, strict=True)
    ]
    await projection.make_notes(tx, server.store, actor_id, new, now)
    versions = [(contact_id, int(birth.first is not None)) for contact_id, birth in of_ids.items()]
    await feed.record_many(tx, "contact.created", versions, actor_id=actor_id)
    return made


async def create_contact(
    server: Carnet, actor_id: str, wanted: Mapping[str, Any], now: datetime, ids: tuple[str, str] | None = None
) -> str:
    """Make one contact with these properties, as REST takes them. Raises Invalid, UnknownProperty."""
    contact_id, note_id = ids or (new_id("con"), new_id("act"))
    draft = Draft(wanted)
    (birth,) = await bear(server, [draft], document_of(contact_id))
    refuse_faults(birth.faults)
    chosen = [(contact_id, note_id)]

    async def create(tx: AsyncConnection) -> list[str]:
        return await create_many(tx, server, actor_id, [(draft, birth)], now, "api", chosen)

    try:
        await server.database.write(create)
    except Rejected as error:
        raise _invalid(error) from error
    server.feed.wake()
    return contact_id


async def set_properties(server: Carnet, actor: Actor, row: AnyRow, wanted: Mapping[str, Any], origin: Origin) -> None:
    """Change what `wanted` names, by the road of a live edit. What is as it was changes nothing.

    Raises Invalid, UnknownProperty, PreconditionFailed.
    """
    writes, faults = keyed(server.catalogue.definitions, json.loads(row.properties), wanted)
    refuse_faults(faults)
    try:
        await write_values(server, actor, row.id, writes, origin)
    except Stale as error:
        raise PreconditionFailed(expected=origin.expected_version, current=error.current) from error


async def write_values(
    server: Carnet, actor: Actor, contact_id: str, writes: Mapping[str, Any], origin: Origin
) -> None:
    """Give keys of a contact's document these values, by the road of a live edit. Raises Invalid, Stale."""
    try:
        await server.rooms.set_values(document_of(contact_id), actor, writes, origin)
    except Rejected as error:
        raise _invalid(error) from error
    except Stale:
        raise
    except NoDocument as error:
        raise NotFound from error
    except DocumentInQuarantine as error:
        raise InQuarantine from error
    except (SyncError, WorkerFailed) as error:
        raise Unavailable from error


def refuse_faults(faults: Sequence[Fault]) -> None:
    """Nothing is written where something of it cannot be."""
    if faults:
        errors = tuple(FieldError(f"properties.{fault.path}", fault.code, fault.values) for fault in faults)
        if unknown := next((fault for fault in faults if fault.code == "unknown_property"), None):
            raise UnknownProperty(name=unknown.path, errors=errors)
        raise Invalid(errors=errors)


def _invalid(error: Rejected) -> Invalid:
    return Invalid(errors=tuple(FieldError(f"properties.{split(it.key)[0]}", it.code) for it in error.problems))
