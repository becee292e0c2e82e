"""Two contacts side by side before they are merged: what each property becomes, who is to choose, what is united.

`POST /contacts/merge/preview` shows it; merges.py does just that. Whoever confirms sends the `version` of each
conflict that they saw, so that nothing is chosen of values that have changed since.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import AliasChoices, Field, StringConstraints
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from api import avatars, carnet, projection
from api.access import Member, require_delete, require_edit
from api.auth import require_member
from api.contact_documents import full_name
from api.contact_edits import refuse_faults
from api.contacts import find_contact
from api.errors import AlreadyMerged, ContactDeleted, NotFound, SameContact
from api.http import ISO, LINE, Answer, Body, Operation, parse_body, reply
from api.merge_rules import PHOTO, Choice, Contents, Note, Own, Resolved, Taken, Word, resolve
from api.notes import Author, find_authors
from api.properties import Definitions, split
from api.property_shapes import shown
from api.tables import AnyRow, notes, property_changes

ContactId = Annotated[str, StringConstraints(max_length=100), LINE]


class OwnValue(Body):
    """A value of one's own, as PATCH /contacts/{id} takes it."""

    value: Any


class ProposeMerge(Body):
    """Two contacts. The primary one stays, under its own id; the other's id leads to it from then on."""

    primary_id: ContactId = Field(validation_alias=AliasChoices("primary_id", "primaryObjectId"))
    secondary_id: ContactId = Field(validation_alias=AliasChoices("secondary_id", "objectIdToMerge"))
    choices: dict[str, Word | OwnValue] = Field(
        default_factory=dict, max_length=1000, description="By property; what is not named goes by the rules."
    )

    def chosen(self) -> dict[str, Choice]:
        """The choices as the rules take them."""
        return {name: Own(one.value) if isinstance(one, OwnValue) else one for name, one in self.choices.items()}


class LastChange(Answer):
    """Who gave a property its value, and when."""

    actor: Author | None
    at: Annotated[datetime, ISO]


class MergedProperty(Answer):
    """A property on both sides, and what becomes of it. `version` is another one when either side has changed.

    The photo stands among them as `photo`: where the two pictures are.
    """

    name: str
    primary: Any
    secondary: Any
    result: Any
    taken: Taken
    conflict: bool
    note: Note | None
    version: str
    primary_change: LastChange | None
    secondary_change: LastChange | None


class MergedContact(Answer):
    """One of the two: its name, and how many notes of it are shown."""

    id: str
    name: str
    notes: int


class MergePreview(Answer):
    """What would become of two contacts. `conflicts` are the properties of which somebody should choose."""

    object: Literal["merge_preview"]
    primary: MergedContact
    secondary: MergedContact
    properties: list[MergedProperty]
    conflicts: list[str]


# --- reading both ---


@dataclass(frozen=True, slots=True)
class Side:
    """A contact as it stands: its row, its document, the last change of each property, and its photo's digest."""

    row: AnyRow
    values: Mapping[str, Any]
    changes: Mapping[str, AnyRow]
    photo: str | None

    @property
    def contents(self) -> Contents:
        """What the rules look at."""
        held = {split(key)[0] for key in self.values}
        return Contents(self.values, self.changes.keys() - held, self.photo)

    def version_of(self, name: str) -> str:
        """Another word when the property has changed: the row of the document that did it, 0 for never."""
        if name == PHOTO:
            return self.photo[:12] if self.photo else "0"
        return str(self.changes[name].seq) if name in self.changes else "0"

    def shown(self, definitions: Definitions) -> dict[str, Any]:
        """As REST shows it."""
        return {**shown(definitions, self.values), PHOTO: avatars.url_of(self.row.id, self.photo)}


@dataclass(frozen=True, slots=True)
class Pair:
    """Two contacts that can be merged, as they stand at one moment."""

    primary: Side
    secondary: Side

    def resolve(self, definitions: Definitions, choices: Mapping[str, Choice]) -> Resolved:
        """What becomes of their properties. Raises Invalid, UnknownProperty of what cannot be chosen."""
        resolved = resolve(definitions, self.primary.contents, self.secondary.contents, choices)
        refuse_faults(resolved.faults)
        return resolved

    def version_of(self, name: str) -> str:
        """A word that changes with either side's value."""
        return f"{self.primary.version_of(name)}-{self.secondary.version_of(name)}"


async def find_pair(tx: AsyncConnection, member: Member, primary_id: str, secondary_id: str) -> Pair | None:
    """Both, if `member` may merge them; None: they are one contact already. An old id of the primary will do.

    Not so of the secondary: what it was merged into is more than was chosen. Raises NotFound, Forbidden, SameContact,
    AlreadyMerged, ContactDeleted.
    """
    if primary_id == secondary_id:
        raise SameContact
    primary, secondary = await _find(tx, member, primary_id), await _find(tx, member, secondary_id)
    require_edit(member, primary.id)
    require_edit(member, secondary.id)
    require_delete(member, secondary.id)
    if primary.id == secondary.id:
        return None
    if secondary.id != secondary_id:
        raise AlreadyMerged(members={"root_id": secondary.id})
    return Pair(await _side(tx, primary), await _side(tx, secondary))


async def _find(tx: AsyncConnection, member: Member, contact_id: str) -> AnyRow:
    """The contact's row. Raises NotFound, ContactDeleted."""
    try:
        return await find_contact(tx, member, contact_id)
    except NotFound as error:
        if error.members:
            raise ContactDeleted(members={"contact_id": error.members["contact_id"]}) from error
        raise


async def _side(tx: AsyncConnection, row: AnyRow) -> Side:
    H = property_changes.c
    last = select(H.name, func.max(H.seq).label("seq")).where(H.contact_id == row.id).group_by(H.name).subquery()
    rows = await tx.execute(
        select(H.name, H.seq, H.at, H.actor_id)
        .join(last, (last.c.name == H.name) & (last.c.seq == H.seq))
        .where(H.contact_id == row.id)
    )
    changes = {change.name: change for change in rows}
    return Side(row, json.loads(row.properties), changes, (await avatars.photos_of(tx, [row.id])).get(row.id))


async def preview(
    tx: AsyncConnection, definitions: Definitions, pair: Pair, choices: Mapping[str, Choice]
) -> MergePreview:
    """The two as REST shows them."""
    resolved = pair.resolve(definitions, choices)
    sides = (pair.primary, pair.secondary)
    one, other = (side.shown(definitions) for side in sides)
    after = {**pair.primary.values, **resolved.writes}
    result = shown(definitions, {key: value for key, value in after.items() if value is not None})
    result[PHOTO] = (one if resolved.photo == pair.primary.photo else other)[PHOTO]
    authors = await find_authors(tx, {change.actor_id for side in sides for change in side.changes.values()})
    return MergePreview(
        object="merge_preview",
        primary=await _contact(tx, pair.primary),
        secondary=await _contact(tx, pair.secondary),
        properties=[
            MergedProperty(
                name=property.name,
                primary=one[property.name],
                secondary=other[property.name],
                result=result[property.name],
                taken=property.taken,
                conflict=property.conflict,
                note=property.note,
                version=pair.version_of(property.name),
                primary_change=_change(pair.primary, property.name, authors),
                secondary_change=_change(pair.secondary, property.name, authors),
            )
            for property in resolved.properties
        ],
        conflicts=list(resolved.conflicts),
    )


async def _contact(tx: AsyncConnection, side: Side) -> MergedContact:
    counted = select(func.count()).select_from(notes).where(projection.of_contact(side.row.id), projection.SHOWN)
    return MergedContact(id=side.row.id, name=full_name(side.values), notes=(await tx.execute(counted)).scalar_one())


def _change(side: Side, name: str, authors: Mapping[str | None, Author]) -> LastChange | None:
    change = side.changes.get(name)
    return LastChange(actor=authors.get(change.actor_id), at=change.at) if change else None


# --- handlers ---


async def preview_merge(request: Request) -> Response:
    """POST /contacts/merge/preview."""
    server, member = carnet.of(request), await require_member(request)
    wanted = await parse_body(request, ProposeMerge)
    definitions = server.catalogue.definitions

    async def read(tx: AsyncConnection) -> MergePreview:
        pair = await find_pair(tx, member, wanted.primary_id, wanted.secondary_id)
        if pair is None:
            root = await find_contact(tx, member, wanted.primary_id)
            raise AlreadyMerged(members={"root_id": root.id})
        return await preview(tx, definitions, pair, wanted.chosen())

    return reply(await server.database.read(read))


routes: list[BaseRoute] = [
    Operation(
        "POST", "/contacts/merge/preview", preview_merge, "What would become of two contacts that are merged.",
        body=ProposeMerge, answer=MergePreview, refusals=(403, 404, 409, 413, 415, 422),
    ),
]  # fmt: skip
