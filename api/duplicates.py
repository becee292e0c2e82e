"""Contacts that may be the same person, for people to decide: in a list, beside a contact, and when one is made.

What is shown is true as of the last commit (suggestions.py), of contacts that the reader may read. Who says that two
are two people says it for good, and for whatever either is merged into later.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Annotated

from pydantic import Field, StringConstraints
from sqlalchemy import insert, select
from sqlalchemy.ext.asyncio import AsyncConnection
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from api import carnet, feed
from api.access import Member, require_edit
from api.aliases import root_of
from api.auth import require_member
from api.carnet import Carnet
from api.contacts import Contact, Next, Paging, find_contact, find_many, present
from api.errors import InvalidParameter, SameContact
from api.http import (
    API,
    LINE,
    Answer,
    Body,
    Operation,
    Query,
    no_content,
    parse_body,
    parse_query,
    read_cursor,
    reply,
    write_cursor,
)
from api.likeness import SURE, Likeness, Pair, Reason, pair_of
from api.suggestions import like
from api.tables import contacts, dismissed_duplicates

PATIENCE_SECONDS = 0.3
"""So long whoever asks for what there is waits for all of it."""

ContactId = Annotated[str, StringConstraints(max_length=100), LINE]


class ListDuplicates(Query):
    """A page of pairs, the likeliest first."""

    limit: int = Field(50, ge=0, le=100)
    after: str | None = None
    partial: bool = Field(False, description="Rather what is found by now than waiting until everybody is compared.")


class DismissDuplicate(Body):
    """Two contacts that are two people."""

    one_id: ContactId
    other_id: ContactId


class Duplicate(Answer):
    """Two contacts that may be the same person: the elder one first. `score` is from 0 to 1."""

    contacts: list[Contact]
    reasons: list[Reason]
    score: float
    sure: bool = Field(description="The same e-mail address, and a name alike.")


class DuplicatePage(Answer):
    """Some pairs; how many there are in all, of how many it is sure, and how much has been compared, from 0 to 1."""

    results: list[Duplicate]
    paging: Paging
    total: int
    sure: int
    compared: float


class Duplicates(Answer):
    """Whom one contact may be, the likeliest first."""

    results: list[Duplicate]


Found = tuple[Pair, Likeness]

# --- queries ---


async def find_pairs(server: Carnet, member: Member) -> list[Found]:
    """All pairs of which nobody has said that they are two, the likeliest first."""
    return await _not_dismissed(server, await server.suggestions.refresh())


async def _not_dismissed(server: Carnet, pairs: Mapping[Pair, Likeness]) -> list[Found]:
    dismissed = await server.database.read(_dismissed)
    return in_order((pair, found) for pair, found in pairs.items() if pair not in dismissed)


def in_order(found: Iterable[Found]) -> list[Found]:
    """The likeliest first."""
    return sorted(found, key=lambda one: (-one[1].score, one[0]))


def is_sure(found: Likeness) -> bool:
    """Whether it may be merged without being looked at."""
    return found.score >= SURE


async def _dismissed(tx: AsyncConnection) -> set[Pair]:
    """By the roots that these contacts have now."""
    D = dismissed_duplicates.c
    rows = await tx.execute(select(root_of(D.one_id), root_of(D.other_id)))
    return {pair_of(one, other) for one, other in rows}


async def show(tx: AsyncConnection, server: Carnet, member: Member, found: Sequence[Found]) -> list[Duplicate]:
    """Pairs as REST shows them; none of which the reader may not read one."""
    definitions = server.catalogue.definitions
    rows = await find_many(tx, member, {contact_id for pair, _ in found for contact_id in pair})
    shown = {row.id: present(row, definitions, member) for row in rows}
    return [
        Duplicate(
            contacts=sorted((shown[of] for of in pair), key=lambda one: (one.created_at, one.id)),
            reasons=list(why.reasons),
            score=why.score,
            sure=is_sure(why),
        )
        for pair, why in found
        if all(of in shown for of in pair)
    ]


def _behind(found: Sequence[Found], after: str | None) -> Sequence[Found]:
    if after is None:
        return found
    word, one, other = read_cursor(after, 3)
    try:
        place = (-float(word), (one, other))
    except ValueError:
        raise InvalidParameter(name="after") from None
    return [(pair, why) for pair, why in found if (-why.score, pair) > place]


# --- verbs ---


async def dismiss(tx: AsyncConnection, member: Member, one_id: str, other_id: str, server: Carnet) -> None:
    """Say that two contacts are two people. Said twice it is said once. Raises NotFound, Forbidden, SameContact."""
    one, other = await find_contact(tx, member, one_id), await find_contact(tx, member, other_id)
    require_edit(member, one.id)
    require_edit(member, other.id)
    if one.id == other.id:
        raise SameContact
    D = dismissed_duplicates.c
    first, second = pair_of(one.id, other.id)
    ids = [contact.id for contact in (one, other)]
    await tx.execute(select(contacts.c.id).where(contacts.c.id.in_(ids)).order_by(contacts.c.id).with_for_update())
    if (await tx.execute(select(D.at).where(D.one_id == first, D.other_id == second))).first():
        return
    said = {"one_id": first, "other_id": second, "actor_id": member.id, "at": server.clock()}
    await tx.execute(insert(dismissed_duplicates).values(**said))
    for contact, beside in ((one, other), (other, one)):
        told = {"contact_id": contact.id, "seq": contact.version, "actor_id": member.id}
        await feed.record(tx, "duplicate.dismissed", beside.id, **told)


# --- handlers ---


async def list_duplicates(request: Request) -> Response:
    """GET /duplicates."""
    server, member = carnet.of(request), await require_member(request)
    wanted = parse_query(request, ListDuplicates)
    if wanted.partial:
        pairs, compared = await server.suggestions.so_far(PATIENCE_SECONDS)
        found = await _not_dismissed(server, pairs)
    else:
        found, compared = await find_pairs(server, member), 1.0
    behind = _behind(found, wanted.after)
    some = behind[: wanted.limit]
    shown = await server.database.read(lambda tx: show(tx, server, member, some))
    paging = Paging()
    if some and len(behind) > len(some):
        (one, other), why = some[-1]
        after = write_cursor(repr(why.score), one, other)
        paging = Paging(next=Next(after=after, link=f"{API}/duplicates?limit={wanted.limit}&after={after}"))
    sure = sum(is_sure(why) for _, why in found)
    return reply(DuplicatePage(results=shown, paging=paging, total=len(found), sure=sure, compared=compared))


async def list_of_contact(request: Request) -> Response:
    """GET /contacts/{id}/duplicates."""
    server, member, contact_id = carnet.of(request), await require_member(request), request.path_params["id"]

    async def read(tx: AsyncConnection) -> list[Duplicate]:
        row = await find_contact(tx, member, contact_id)
        dismissed, pairs = await _dismissed(tx), await like(tx, row.id)
        found = in_order((pair, why) for pair, why in pairs.items() if pair not in dismissed)
        return await show(tx, server, member, found)

    return reply(Duplicates(results=await server.database.read(read)))


async def post_dismissal(request: Request) -> Response:
    """POST /duplicates/dismiss."""
    server, member = carnet.of(request), await require_member(request)
    wanted = await parse_body(request, DismissDuplicate)
    await server.database.write(lambda tx: dismiss(tx, member, wanted.one_id, wanted.other_id, server))
    server.feed.wake()
    return no_content()


routes: list[BaseRoute] = [
    Operation(
        "GET", "/duplicates", list_duplicates, "Pairs of contacts that may be the same person.",
        query=ListDuplicates, answer=DuplicatePage,
    ),
    Operation(
        "GET", "/contacts/{id}/duplicates", list_of_contact, "Contacts that may be the same person as this one.",
        answer=Duplicates, refusals=(404,),
    ),
    Operation(
        "POST", "/duplicates/dismiss", post_dismissal, "Say that two contacts are two people, for good.",
        body=DismissDuplicate, status=204, refusals=(403, 404, 413, 415, 422),
    ),
]  # fmt: skip
