"""The log in a database: the store's contract in SQLAlchemy Core, on the five tables of tables.py.

`documents` is the head of each log; its row is the lock of everything else about that document. An append locks the
heads of its whole batch, decides for each document under that lock (`store.decide`), then writes: a handful of
statements a batch, however many documents are in it. Only a document with `within` gets a SAVEPOINT of its own, since
only `within` can still fail after the decision.

A batch that is tried again finds its own rows: `(batch_id, batch_n)` is unique. The everyday append does not look for
them first, it runs into the constraint and is done over with a look.
"""

from __future__ import annotations

import hashlib
import logging
import secrets
import sqlite3
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from itertools import starmap
from typing import Any

from sqlalchemy import Select, Text, bindparam, delete, exists, func, insert, literal, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from sync import crash
from sync.database import Database, may_pass
from sync.errors import SyncError
from sync.sqlite import InThread, Prepared
from sync.store import (
    TAIL_SHARE,
    Append,
    Appended,
    New,
    Outcome,
    Quarantine,
    Refused,
    Row,
    Snapshot,
    Stored,
    Thinned,
    decide,
    gapless,
)
from sync.tables import document_clients, document_quarantine, document_snapshots, document_updates, documents

log = logging.getLogger(__name__)

NAMES_PER_QUERY = 10_000
ROWS_AT_ONCE = 2_000
"""Of a long log: between two portions others have their turn."""

_D, _U, _S, _C = documents.c, document_updates.c, document_snapshots.c, document_clients.c
_Q = document_quarantine.c
_NAME = bindparam("of", type_=Text)
_NAMES = bindparam("names", type_=Text, expanding=True)

LOCK_HEADS = select(_D.name, _D.head).where(_D.name.in_(_NAMES)).order_by(_D.name).with_for_update()
"""In order of name, so that two nodes never wait for each other in a ring."""
READ_HEAD = Prepared(select(_D.head).where(_D.name == _NAME))
"""SQLite holds its one lock already."""

FIND_BATCH = (
    select(_U.name, func.min(_U.seq), func.max(_U.seq)).where(_U.batch_id == bindparam("batch_id")).group_by(_U.name)
)
FIND_OWNERS = select(_C.name, _C.client_id, _C.user_id, _C.retired).where(
    _C.name.in_(_NAMES), _C.client_id.in_(bindparam("clients", expanding=True))
)
MOVE_HEAD = Prepared(update(documents).where(_D.name == _NAME).values(head=bindparam("last")))
INSERT_UPDATES = Prepared(
    insert(document_updates), ("name", "seq", "author_id", "batch_id", "batch_n", "node", "at", "bytes")
)
INSERT_CLIENTS = insert(document_clients)

READ_DOCUMENT = (
    select(_D.head, _D.epoch, _D.thinned, _Q.seq, _Q.reason, _Q.at)
    .outerjoin(document_quarantine, _Q.name == _D.name)
    .where(_D.name == _NAME)
)
READ_SNAPSHOTS = (
    select(_S.seq, _S.state, _S.state_vector, _S.scan_index, _S.checksum)
    .where(_S.name == _NAME)
    .order_by(_S.seq.desc())
)
READ_OWNERS = select(_C.client_id, _C.user_id, _C.retired).where(_C.name == _NAME)
READ_ROWS = (
    select(_U.seq, _U.author_id, _U.at, _U.bytes, _U.first_seq, _U.began_at)
    .where(_U.name == _NAME, _U.seq > bindparam("after"))
    .order_by(_U.seq)
    .limit(bindparam("most"))
)
LOCK_LOG = select(_D.head, _D.epoch, _D.thinned).where(_D.name == _NAME).with_for_update()
NEWEST_SNAPSHOT = select(func.max(_S.seq)).where(_S.name == _NAME)
"""Torn or not: where it is, its maker was."""
NEWEST_SNAPSHOTS = select(_S.name, func.max(_S.seq).label("seq")).group_by(_S.name).subquery()
_rows_behind = _D.head - func.coalesce(NEWEST_SNAPSHOTS.c.seq, 0)
FIND_FOLDABLE = (
    select(_D.name)
    .outerjoin(NEWEST_SNAPSHOTS, NEWEST_SNAPSHOTS.c.name == _D.name)
    .where(_rows_behind > bindparam("rows"), _rows_behind > _D.head // TAIL_SHARE, ~exists().where(_Q.name == _D.name))
    .order_by(_rows_behind.desc())
)
FIND_THINNABLE = (
    select(_D.name)
    .join(document_updates, (_U.name == _D.name) & (_U.seq == _D.thinned + 1))
    .where(_U.at < bindparam("before"), ~exists().where(_Q.name == _D.name))
    .order_by(_U.at)
)
READ_QUARANTINES = select(_Q.name, _Q.seq, _Q.reason, _Q.at).order_by(_Q.at, _Q.name)
READ_HEADS = select(_D.name, _D.head, _D.epoch).where(_D.name.in_(_NAMES))


@dataclass(frozen=True, slots=True)
class _Placed:
    """An append with its place: `first` in its document, `batch_n` in its batch; `new_clients` → their user."""

    append: Append
    outcome: Appended
    batch_n: int
    new_clients: Mapping[int, str]


class SqlStore:
    """`store.Store` on a `Database`; `node` names this process in the rows that it writes."""

    def __init__(self, database: Database, node: str, clock: Callable[[], float] = time.time) -> None:
        self._database = database
        self._node = node
        self._clock = clock

    async def create(self, tx: AsyncConnection, name: str) -> None:
        """Make an empty document (head 0, epoch 1) in the caller's transaction. Making it twice is a no-op."""
        new = select(literal(name), literal(0), literal(1), literal(self._now_ms()))
        absent = new.where(~exists().where(_D.name == name))
        await tx.execute(insert(documents).from_select(["name", "head", "epoch", "created_at"], absent))

    async def create_many(self, tx: AsyncConnection, new: Sequence[New]) -> None:
        """Make documents in the caller's transaction, with their first rows. None of them may exist."""
        if not new:
            return
        made = {"epoch": 1, "created_at": self._now_ms()}
        await tx.execute(insert(documents), [{"name": one.name, "head": int(bool(one.first)), **made} for one in new])
        first = [Append(one.name, (one.first,)) for one in new if one.first]
        placed = [_Placed(append, Appended(1, 1), n, _claims(append)) for n, append in enumerate(first)]
        await self._insert_rows(tx, secrets.randbits(63), placed)

    async def remove_many(self, tx: AsyncConnection, names: Sequence[str]) -> None:
        """Take documents away for good; rows, snapshots and owners go with their head."""
        await tx.execute(delete(documents).where(_D.name.in_(names)))

    async def write(self, work: Callable[[AsyncConnection], Awaitable[None]]) -> None:
        """Run `work` in a transaction of its own, others beside it."""
        await self._database.write(work, abreast=True)

    async def append(self, batch_id: int, appends: Sequence[Append]) -> list[Outcome]:
        """Store a batch in one transaction; see the contract.

        A conditional append looks for its batch first: a head that moved may have been moved by the first try.
        """
        conditional = any(append.expected_head is not None for append in appends)
        attempt = partial(self._append, batch_id=batch_id, appends=appends)
        try:
            return await self._database.write(partial(attempt, again=conditional), abreast=True, ahead=True)
        except (IntegrityError, sqlite3.IntegrityError):  # what is `Prepared` fails with the driver's own
            return await self._database.write(partial(attempt, again=True), abreast=True, ahead=True)

    async def load(self, name: str, *, whole: bool = False) -> Stored | None:
        """The newest sound snapshot, the rows after it and the owners, all of one moment."""
        return await self._database.read(partial(_load, name=name, whole=whole))

    async def since(self, name: str, seq: int, limit: int = 1000) -> list[Row]:
        """Rows after `seq`, in order, at most `limit`."""

        async def read(tx: AsyncConnection) -> list[Row]:
            rows = await tx.execute(READ_ROWS, {"of": name, "after": seq, "most": limit})
            return list(starmap(Row, rows))

        return await self._database.read(read)

    async def heads(self, names: Sequence[str]) -> dict[str, tuple[int, int]]:
        """name → (head, epoch) of those that exist."""

        async def read(tx: AsyncConnection) -> dict[str, tuple[int, int]]:
            found: dict[str, tuple[int, int]] = {}
            for start in range(0, len(names), NAMES_PER_QUERY):
                rows = await tx.execute(READ_HEADS, {"names": names[start : start + NAMES_PER_QUERY]})
                found |= {name: (head, epoch) for name, head, epoch in rows}
            return found

        return await self._database.read(read)

    async def put_snapshot(self, name: str, epoch: int, snapshot: Snapshot) -> bool:
        """Keep a snapshot beside the older ones, and in place of one at its own seq, which may be torn."""

        async def write(tx: AsyncConnection) -> bool:
            document = (await tx.execute(LOCK_LOG, {"of": name})).one_or_none()
            if document is None or document.epoch != epoch or document.head < snapshot.seq:
                return False
            newest = (await tx.execute(NEWEST_SNAPSHOT, {"of": name})).scalar()
            if newest is not None and newest > snapshot.seq:
                return False
            await tx.execute(delete(document_snapshots).where(_S.name == name, _S.seq == snapshot.seq))
            columns = {"name": name, "seq": snapshot.seq, "state": snapshot.state, "checksum": _checksum(snapshot)}
            columns |= {"state_vector": snapshot.state_vector, "scan_index": snapshot.index}
            await tx.execute(insert(document_snapshots), columns)
            return True

        return await self._database.write(write, abreast=True)

    async def confirm_snapshot(self, name: str, seq: int) -> bool:
        """Read the snapshot back: it, or the older ones, go."""

        async def write(tx: AsyncConnection) -> bool:
            await tx.execute(LOCK_LOG, {"of": name})
            sound = any(snapshot.seq == seq for snapshot in await _sound_snapshots(tx, name))
            of_no_use = _S.seq < seq if sound else _S.seq == seq
            await tx.execute(delete(document_snapshots).where(_S.name == name, of_no_use))
            return sound

        return await self._database.write(write, abreast=True)

    async def thin(self, name: str, epoch: int, after: int, thinned: Sequence[Thinned]) -> bool:
        """Make each of these stretches of the log one row."""
        ends = [after, *(one.last for one in thinned)]
        assert [one.first - 1 for one in thinned] == ends[:-1], "a stretch begins where the one before ends"

        async def write(tx: AsyncConnection) -> bool:
            document = (await tx.execute(LOCK_LOG, {"of": name})).one_or_none()
            newest = (await tx.execute(NEWEST_SNAPSHOT, {"of": name})).scalar()
            if document is None or (document.epoch, document.thinned) != (epoch, after):
                return False
            if newest is None or newest < thinned[-1].last:
                return False
            for one in thinned:
                await self._make_one_row(tx, name, one)
            await tx.execute(update(documents).where(_D.name == name).values(thinned=thinned[-1].last))
            crash.passing("thinning")
            return True

        return await self._database.write(write, abreast=True)

    @staticmethod
    async def _make_one_row(tx: AsyncConnection, name: str, thinned: Thinned) -> None:
        """The last row of the stretch becomes all of it. A row that stands alone stays as it was received."""
        if thinned.first == thinned.last:
            return
        stretch = (_U.name == name) & _U.seq.between(thinned.first, thinned.last)
        began_at = (await tx.execute(select(func.min(_U.at)).where(stretch))).scalar()
        gone = await tx.execute(delete(document_updates).where(stretch, _U.seq < thinned.last))
        assert gone.rowcount == thinned.last - thinned.first, f"expected every row of {thinned.first}..{thinned.last}"
        whole = {"bytes": thinned.update, "first_seq": thinned.first, "began_at": began_at}
        await tx.execute(update(document_updates).where(stretch).values(**whole))

    async def foldable(self, rows: int, limit: int) -> list[str]:
        """Documents with a long tail behind their newest snapshot."""
        return await self._names(FIND_FOLDABLE.limit(limit), {"rows": rows})

    async def thinnable(self, before: int, limit: int) -> list[str]:
        """Documents whose first row that is not thinned was stored before this time."""
        return await self._names(FIND_THINNABLE.limit(limit), {"before": before})

    async def _names(self, question: Select[str], parameters: Mapping[str, int]) -> list[str]:
        async def read(tx: AsyncConnection) -> list[str]:
            return list((await tx.execute(question, parameters)).scalars())

        return await self._database.read(read)

    async def put_in_quarantine(self, quarantine: Quarantine) -> bool:
        """Let nobody write in a document."""

        async def write(tx: AsyncConnection) -> bool:
            if not (await tx.execute(LOCK_LOG, {"of": quarantine.name})).first():
                return False
            if (await tx.execute(READ_QUARANTINES.where(_Q.name == quarantine.name))).first():
                return False
            await tx.execute(insert(document_quarantine), asdict(quarantine))
            return True

        return await self._database.write(write, abreast=True)

    async def release(self, name: str) -> bool:
        """Take a document out of quarantine."""

        async def write(tx: AsyncConnection) -> bool:
            gone = await tx.execute(delete(document_quarantine).where(_Q.name == name))
            return bool(gone.rowcount)

        return await self._database.write(write, abreast=True)

    async def quarantines(self) -> list[Quarantine]:
        """The documents in quarantine."""

        async def read(tx: AsyncConnection) -> list[Quarantine]:
            return list(starmap(Quarantine, await tx.execute(READ_QUARANTINES)))

        return await self._database.read(read)

    def distrust(self, why: str) -> None:
        """Nobody reads or writes any more, the product neither."""
        self._database.distrust(why)

    def _now_ms(self) -> int:
        return int(self._clock() * 1000)

    async def _append(
        self, tx: AsyncConnection, batch_id: int, appends: Sequence[Append], *, again: bool
    ) -> list[Outcome]:
        outcomes: dict[str, Outcome] = await _stored_before(tx, batch_id) if again else {}
        remaining = [append for append in appends if append.name not in outcomes]
        heads = await _lock_heads(tx, remaining)
        owners = await _owners(tx, remaining)
        placed: list[_Placed] = []
        batch_n = 0
        for append in appends:
            if append.name not in outcomes:
                owned = owners.get(append.name, {})
                outcome = outcomes[append.name] = decide(append, heads.get(append.name), owned)
                if isinstance(outcome, Appended):
                    new_clients = {client: user for client, user in _claims(append).items() if client not in owned}
                    placed.append(_Placed(append, outcome, batch_n, new_clients))
            batch_n += len(append.entries)
        assert len(outcomes) == len(appends), "a document stands twice in one batch"

        await self._insert(tx, batch_id, [one for one in placed if not one.append.within])
        for one in placed:
            if one.append.within:
                outcomes[one.append.name] = await self._insert_with(tx, batch_id, one)
        crash.passing("before-commit")
        return [outcomes[append.name] for append in appends]

    async def _insert_with(self, tx: AsyncConnection, batch_id: int, placed: _Placed) -> Outcome:
        """Rows and `within` of one document, or neither."""
        assert placed.append.within
        savepoint = await tx.begin_nested()
        await self._insert(tx, batch_id, [placed])
        try:
            await placed.append.within(tx)
        except SyncError as error:
            await savepoint.rollback()
            return Refused(error)
        except Exception as error:
            if may_pass(error):
                raise
            log.exception("what goes with an append to %s failed", placed.append.name)
            await savepoint.rollback()
            return Refused(SyncError("what belongs to this edit could not be stored"))
        await savepoint.commit()
        return placed.outcome

    async def _insert(self, tx: AsyncConnection, batch_id: int, placed: Sequence[_Placed]) -> None:
        if placed:
            await _run(tx, MOVE_HEAD, [{"of": one.append.name, "last": one.outcome.last} for one in placed])
            await self._insert_rows(tx, batch_id, placed)

    async def _insert_rows(self, tx: AsyncConnection, batch_id: int, placed: Sequence[_Placed]) -> None:
        now = self._now_ms()
        rows = [
            {
                "name": one.append.name,
                "seq": one.outcome.first + n,
                "author_id": entry.author_id,
                "batch_id": batch_id,
                "batch_n": one.batch_n + n,
                "node": self._node,
                "at": now,
                "bytes": entry.update,
            }
            for one in placed
            for n, entry in enumerate(one.append.entries)
        ]
        clients = [
            {"name": one.append.name, "client_id": client, "user_id": user}
            for one in placed
            for client, user in one.new_clients.items()
        ]
        if rows:
            await _run(tx, INSERT_UPDATES, rows)
        if clients:
            await tx.execute(INSERT_CLIENTS, clients)


def _claims(append: Append) -> dict[int, str]:
    return {client: entry.author_id for entry in append.entries for client in entry.claims}


async def _stored_before(tx: AsyncConnection, batch_id: int) -> dict[str, Outcome]:
    rows = await tx.execute(FIND_BATCH, {"batch_id": batch_id})
    return {name: Appended(first, last) for name, first, last in rows}


async def _run(tx: AsyncConnection, prepared: Prepared, rows: Sequence[Mapping[str, Any]]) -> None:
    if isinstance(tx, InThread):
        prepared.run(tx.cursor, rows)
    else:
        await tx.execute(prepared.statement, rows)


async def _lock_heads(tx: AsyncConnection, appends: Sequence[Append]) -> dict[str, int]:
    if isinstance(tx, InThread):
        cursor = tx.cursor
        return {append.name: head for append in appends for (head,) in READ_HEAD.ask(cursor, {"of": append.name})}
    rows = await tx.execute(LOCK_HEADS, {"names": [append.name for append in appends]})
    heads: dict[str, int] = dict(iter(rows))
    return heads


async def _owners(tx: AsyncConnection, appends: Sequence[Append]) -> dict[str, dict[int, str]]:
    """Owners of the claimed clients by document. Safe to read once the heads are locked: claims come with an append."""
    clients = {client for append in appends for entry in append.entries for client in entry.claims}
    owners: dict[str, dict[int, str]] = {}
    if clients:
        names = [append.name for append in appends if any(entry.claims for entry in append.entries)]
        rows = await tx.execute(FIND_OWNERS, {"names": names, "clients": sorted(clients)})
        for name, client, user, retired in rows:
            owners.setdefault(name, {})[client] = "" if retired else user
    return owners


async def _load(tx: AsyncConnection, name: str, *, whole: bool) -> Stored | None:
    document = (await tx.execute(READ_DOCUMENT, {"of": name})).one_or_none()
    if document is None:
        return None
    head, epoch, thinned, *case = document
    snapshot, rows = await _log(tx, name, head, whole=whole)
    owners = await tx.execute(READ_OWNERS, {"of": name})
    owned = {client: "" if retired else user for client, user, retired in owners}
    quarantine = Quarantine(name, *case) if case[0] is not None else None
    return Stored(name, head, epoch, snapshot, tuple(rows), owned, thinned, quarantine)


async def _log(tx: AsyncConnection, name: str, head: int, *, whole: bool) -> tuple[Snapshot | None, list[Row]]:
    """The newest sound snapshot that the log goes on from, and what follows, or all. The log alone is always enough."""
    rows: list[Row] = []
    for snapshot in await _sound_snapshots(tx, name):
        rows = await _rows(tx, name, 0 if whole else snapshot.seq)
        if gapless([row for row in rows if row.seq > snapshot.seq], snapshot.seq, head):
            break
        log.error("the log of %s does not go on from its snapshot at %d", name, snapshot.seq)
    else:
        snapshot, rows = None, await _rows(tx, name, 0)
    if (whole or snapshot is None) and not gapless(rows, 0, head):
        raise SyncError(f"the log of {name} has a hole: expected rows 1 to {head}, got {len(rows)} with gaps")
    return snapshot, rows


async def _rows(tx: AsyncConnection, name: str, after: int) -> list[Row]:
    rows: list[Row] = []
    while True:
        last = rows[-1].seq if rows else after
        portion = list(starmap(Row, await tx.execute(READ_ROWS, {"of": name, "after": last, "most": ROWS_AT_ONCE})))
        rows += portion
        if len(portion) < ROWS_AT_ONCE:
            return rows


async def _sound_snapshots(tx: AsyncConnection, name: str) -> list[Snapshot]:
    """The newest first. There are more than one only until the newest is confirmed."""
    sound: list[Snapshot] = []
    for seq, state, state_vector, index, checksum in await tx.execute(READ_SNAPSHOTS, {"of": name}):
        snapshot = Snapshot(seq, state, state_vector, index)
        if is_sound(snapshot, checksum):
            sound.append(snapshot)
        else:
            log.error("the snapshot of %s at %d is torn: what is older, or the log, serves", name, seq)
    return sound


def is_sound(snapshot: Snapshot, checksum: bytes) -> bool:
    """Whether a stored snapshot is what was stored."""
    return _checksum(snapshot) == checksum


def _checksum(snapshot: Snapshot) -> bytes:
    digest = hashlib.sha256(snapshot.state)
    digest.update(snapshot.state_vector)
    digest.update(snapshot.index)
    return digest.digest()
