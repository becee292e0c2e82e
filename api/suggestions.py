"""Which contacts may be the same person, of all of them: found once, then kept true by the changes of the feed.

The first who asks has everybody compared, which takes seconds with 100,000 contacts; after that only those are compared
anew that have changed since. It is a cache in the memory of a process and reads the feed's table in the transaction in
which it looks, so an answer is never older than the last commit. Who would rather see what there is than wait asks
`so_far`. Whom somebody said to be two people is left out by
whoever shows it (duplicates.py).
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping, Sequence

from sqlalchemy import ColumnElement, and_, func, select, true, tuple_
from sqlalchemy.ext.asyncio import AsyncConnection

from api.aliases import is_root
from api.feed import CHANGES_KEPT, last_number
from api.likeness import NEIGHBOURS, SHARING_MAX, Likeness, Pair, Person, judge, likeness, pair_of, person
from api.tables import changes, contacts, property_values
from sync.database import Database
from sync.workers import Workers

PEOPLE_A_READ = 500
IDS_A_QUERY = 500
SINGLY_MAX = 200
"""More that have changed are not worth looking at one by one."""
SHARED = ("emails", "phones")

V = property_values.c
IN_ORDER = (contacts.c.sort_key, contacts.c.id)

_THERE = and_(contacts.c.deleted_at.is_(None), is_root())


class Suggestions:
    """One process's view of who may be whom. `pairs` is true as of the last `refresh`."""

    def __init__(self, database: Database, workers: Workers) -> None:
        self._database, self._workers = database, workers
        self._turn = asyncio.Lock()
        self._number: int | None = None
        self._pairs: dict[Pair, Likeness] = {}
        self._of: dict[str, set[Pair]] = {}
        self._going: asyncio.Task[Mapping[Pair, Likeness]] | None = None
        self._compared = 0.0

    async def so_far(self, seconds: float) -> tuple[Mapping[Pair, Likeness], float]:
        """What is found within `seconds`, and how much of the work that is; it goes on until somebody asks again."""
        if self._going is None:
            self._going = asyncio.create_task(self.refresh(), name="comparing")
        going = self._going
        await asyncio.wait([going], timeout=seconds)
        if not going.done():
            return dict(self._pairs), self._compared
        if self._going is going:
            self._going = None
        await going
        return await self.refresh(), 1.0  # somebody may have asked before the last commit

    async def close(self) -> None:
        """End what goes on."""
        if self._going:
            self._going.cancel()
            await asyncio.gather(self._going, return_exceptions=True)

    async def refresh(self) -> Mapping[Pair, Likeness]:
        """Everybody who may be somebody else, as of now."""
        async with self._turn:
            number, changed = await self._database.read(self._changed)
            if changed is None or len(changed) > SINGLY_MAX:
                self._forget_all()
                await self._scan()
            else:
                for contact_id in changed:
                    self._forget(contact_id)
                    self._keep(await self._database.read(lambda tx, of=contact_id: like(tx, of)))  # type: ignore[misc]
            self._number = number
            return dict(self._pairs)

    async def _changed(self, tx: AsyncConnection) -> tuple[int, Collection[str] | None]:
        """The number of the last change, and whom those since concern; None: nobody knows any more."""
        last = await last_number(tx)
        if self._number is None or last - self._number >= CHANGES_KEPT or last < self._number:
            return last, None
        new = select(changes.c.object_id, changes.c.contact_id).where(
            changes.c.number > self._number, changes.c.type.startswith("contact.")
        )
        return last, {contact_id for row in await tx.execute(new) for contact_id in row}

    async def _scan(self) -> None:
        """Compare everybody: who shares an address or a number, then neighbours, some hundred at a time."""
        self._compared = 0.0
        shared = await self._database.read(_sharing)
        count = len(shared) + await self._database.read(_count)
        for start in range(0, len(shared), IDS_A_QUERY):
            some = shared[start : start + IDS_A_QUERY]
            people = await self._database.read(lambda tx, some=some: _people(tx, {of for pair in some for of in pair}))  # type: ignore[misc]
            self._keep({pair: like for pair in some if (like := _compared(people, pair))})
            self._compared += len(some) / count
        crowded = await self._database.read(lambda tx: _crowded(tx, true()))
        last: tuple[str, str] | None = None
        before: list[Person] = []
        while found := await self._database.read(lambda tx, after=last: _in_order(tx, after, crowded)):  # type: ignore[misc]
            last = found[-1][0]
            together = [*before, *(one for _, one in found)]
            self._keep(await self._workers.run("likeness", judge, together, len(before)))
            self._compared = min(self._compared + len(found) / count, 1.0)
            before = together[-NEIGHBOURS:]

    # --- what is known ---

    def _keep(self, found: Mapping[Pair, Likeness]) -> None:
        self._pairs.update(found)
        for pair in found:
            for contact_id in pair:
                self._of.setdefault(contact_id, set()).add(pair)

    def _forget(self, contact_id: str) -> None:
        for pair in self._of.pop(contact_id, set()):
            self._pairs.pop(pair, None)
            for other in pair:
                self._of.get(other, set()).discard(pair)

    def _forget_all(self) -> None:
        self._pairs, self._of = {}, {}


# --- one contact ---


async def like(tx: AsyncConnection, contact_id: str) -> dict[Pair, Likeness]:
    """Whom a contact may be, by what it shares and by its neighbours. Nobody, where it is not there any more."""
    place = (await tx.execute(select(*IN_ORDER).where(contacts.c.id == contact_id, _THERE))).first()
    if place is None:
        return {}
    values = await _shared_values(tx, [contact_id])
    values -= await _crowded(tx, V.value.in_(values))
    sharing = select(V.contact_id).where(V.name.in_(SHARED), V.value.in_(values))
    near = set((await tx.execute(sharing)).scalars())
    at = tuple_(*place)
    for further, order in (
        (tuple_(*IN_ORDER) > at, IN_ORDER),
        (tuple_(*IN_ORDER) < at, [column.desc() for column in IN_ORDER]),
    ):
        beside = select(contacts.c.id).where(_THERE, further).order_by(*order).limit(NEIGHBOURS)
        near |= set((await tx.execute(beside)).scalars())
    people = await _people(tx, {*near, contact_id})
    pairs = {pair_of(contact_id, other) for other in near - {contact_id}}
    return {pair: found for pair in pairs if (found := _compared(people, pair))}


def _compared(people: Mapping[str, Person], pair: Pair) -> Likeness | None:
    one, other = (people.get(of) for of in pair)
    return likeness(one, other) if one and other else None


# --- reading ---


async def _count(tx: AsyncConnection) -> int:
    return (await tx.execute(select(func.count()).select_from(contacts).where(_THERE))).scalar_one()


async def _sharing(tx: AsyncConnection) -> Sequence[Pair]:
    """Who has an address or a number that somebody else has too."""
    crowd = select(V.name, V.value).where(V.name.in_(SHARED)).group_by(V.name, V.value)
    few = crowd.having(func.count().between(2, SHARING_MAX)).subquery()
    of = select(V.contact_id, V.name, V.value).join(few, and_(few.c.name == V.name, few.c.value == V.value))
    together: dict[tuple[str, str], list[str]] = {}
    for row in await tx.execute(of):
        together.setdefault((row.name, row.value), []).append(row.contact_id)
    return sorted(
        {pair_of(one, other) for group in together.values() for one in group for other in group if one < other}
    )


async def _in_order(
    tx: AsyncConnection, after: tuple[str, str] | None, crowded: Collection[str]
) -> list[tuple[tuple[str, str], Person]]:
    """Some people in the order of names, each with its place."""
    behind = [tuple_(*IN_ORDER) > tuple_(*after)] if after else []
    rows = (await tx.execute(select(*IN_ORDER).where(_THERE, *behind).order_by(*IN_ORDER).limit(PEOPLE_A_READ))).all()
    if not rows:
        return []
    people = await _read(tx, and_(*behind, tuple_(*IN_ORDER) <= tuple_(*rows[-1])), crowded)
    return [((row.sort_key, row.id), people[row.id]) for row in rows if row.id in people]


async def _people(tx: AsyncConnection, ids: Collection[str]) -> dict[str, Person]:
    """Those of them that are there."""
    values = await _shared_values(tx, ids)
    crowded = await _crowded(tx, V.value.in_(values)) if values else set()
    return await _read(tx, contacts.c.id.in_(ids), crowded)


async def _read(tx: AsyncConnection, which: ColumnElement[bool], crowded: Collection[str]) -> dict[str, Person]:
    mine = and_(V.contact_id == contacts.c.id, V.name.in_((*SHARED, "company")))
    columns = (contacts.c.id, contacts.c.firstname, contacts.c.lastname, V.name, V.value)
    rows = await tx.execute(select(*columns).outerjoin(property_values, mine).where(_THERE, which))
    named: dict[str, str] = {}
    held: dict[tuple[str, str], list[str]] = {}
    for contact_id, first, last, name, value in rows:
        named[contact_id] = f"{first or ''} {last or ''}"
        if value is not None and value not in crowded:
            held.setdefault((contact_id, name), []).append(value)
    return {
        of: person(
            of,
            name,
            " ".join(held.get((of, "company"), ())),
            frozenset(held.get((of, "emails"), ())),
            frozenset(held.get((of, "phones"), ())),
        )
        for of, name in named.items()
    }


async def _shared_values(tx: AsyncConnection, ids: Collection[str]) -> set[str]:
    """Their addresses and numbers. Read by themselves: no database is to choose in which order it joins."""
    mine = select(V.value).where(V.contact_id.in_(ids), V.name.in_(SHARED))
    return set((await tx.execute(mine)).scalars())


async def _crowded(tx: AsyncConnection, among: ColumnElement[bool]) -> set[str]:
    """Of these addresses and numbers, those that too many have."""
    crowd = select(V.value).where(V.name.in_(SHARED), among).group_by(V.name, V.value)
    return set((await tx.execute(crowd.having(func.count() > SHARING_MAX))).scalars())
