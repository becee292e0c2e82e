"""The database's part of `carnet doctor`: does it keep what it is given, is it whole, is it up to date?

Everything is read on one snapshot of the database, beside running servers; nothing is changed.
"""

from __future__ import annotations

import time
from pathlib import Path

from alembic.migration import MigrationContext
from sqlalchemy import BigInteger, Connection, bindparam, func, or_, select, text, update
from sqlalchemy.ext.asyncio import AsyncConnection

from api import schema
from api.avatars import digests_in_use
from api.findings import Finding, some
from api.projection import PREFIX
from api.tables import change_numbers, notes
from sync.database import Database
from sync.sql_store import is_sound
from sync.store import Snapshot
from sync.tables import document_quarantine, document_snapshots, document_updates, documents

SKEW_SECONDS_MAX = 2.0
BEHIND_SECONDS_MAX = 60.0
POSTGRESQL_OLDEST = 14
SNAPSHOTS_A_READ = 100
PHOTOS_LOOKED_FOR = 1000

_D, _U, _S = documents.c, document_updates.c, document_snapshots.c

_ROWS = (
    select(
        _U.name,
        func.sum(_U.seq - func.coalesce(_U.first_seq, _U.seq) + 1).label("covered"),
        func.max(_U.seq).label("last"),
    )
    .group_by(_U.name)
    .subquery()
)
HOLES = (
    select(_D.name)
    .join(_ROWS, _ROWS.c.name == _D.name, isouter=True)
    .where(or_(func.coalesce(_ROWS.c.covered, 0) != _D.head, func.coalesce(_ROWS.c.last, _D.head) != _D.head))
    .order_by(_D.name)
)
"""Documents whose rows do not follow on each other, each an update or a whole edit session, up to the head."""

BEHIND = (
    select(_D.name)
    .join(notes, _D.name == PREFIX + notes.c.id)
    .join(document_updates, (_U.name == _D.name) & (_U.seq == _D.head))
    .where(notes.c.seq < _D.head, _U.at < bindparam("before", type_=BigInteger))
    .order_by(_D.name)
)


async def examine(database: Database, blobs_dir: Path) -> list[Finding]:
    """Every check of a database that answers."""
    found = [await _safe(database), await _writable(database), await database.read(_up_to_date)]
    if found[-1].state == "failed":
        return found  # what follows asks for tables that may not be there
    found += [await database.read(_clock), await database.read(_whole), await database.read(_snapshots)]
    found += [
        await database.read(_drawn),
        await database.read(_quarantined),
        await database.read(lambda tx: _photos(tx, blobs_dir)),
    ]
    return found


async def _safe(database: Database) -> Finding:
    """Whether a commit outlives a power cut, by the database's own words."""
    if database.url.get_backend_name() == "sqlite":
        return await database.write(_sqlite_safe)
    return await database.read(_postgresql_safe)


async def _sqlite_safe(tx: AsyncConnection) -> Finding:
    version = (await tx.execute(text("SELECT sqlite_version()"))).scalar_one()
    journal = (await tx.execute(text("PRAGMA journal_mode"))).scalar_one()
    synchronous = (await tx.execute(text("PRAGMA synchronous"))).scalar_one()
    if journal != "wal" or synchronous < 2:
        told = f"SQLite {version}: journal_mode is {journal}, synchronous {synchronous}"
        return Finding("database", "failed", told, "Expected wal and 2 (FULL). Something else has changed the file.")
    return Finding("database", "ok", f"SQLite {version}, WAL, synchronous=FULL")


async def _postgresql_safe(tx: AsyncConnection) -> Finding:
    names = ("server_version", "fsync", "synchronous_commit", "full_page_writes")
    answers = [(await tx.execute(text(f"SHOW {name}"))).scalar_one() for name in names]
    version, *switches = answers
    if int(version.partition(".")[0]) < POSTGRESQL_OLDEST:
        return Finding("database", "warning", f"PostgreSQL {version}", f"Use {POSTGRESQL_OLDEST} or newer.")
    off = [name for name, value in zip(names[1:], switches, strict=True) if value in ("off", "local")]
    if off:
        told = f"PostgreSQL {version}: {', '.join(off)} is off"
        return Finding(
            "database", "failed", told, "Turn it on: what people were told is saved must outlive a power cut."
        )
    if (await tx.execute(text("SELECT pg_is_in_recovery()"))).scalar_one():
        return Finding("database", "failed", f"PostgreSQL {version} is a replica", "Name the primary.")
    return Finding("database", "ok", f"PostgreSQL {version}, fsync on")


class _RolledBack(Exception):
    """The write was possible; nothing is to come of it."""


async def _writable(database: Database) -> Finding:
    async def touch(tx: AsyncConnection) -> None:
        if await tx.run_sync(_has_tables):
            await tx.execute(update(change_numbers).values(last=change_numbers.c.last))
        raise _RolledBack

    began = time.monotonic()
    try:
        await database.write(touch)
    except _RolledBack:
        return Finding("writing", "ok", f"can be written, its turn came after {time.monotonic() - began:.3f} s")
    raise AssertionError("the transaction was to be rolled back")


def _has_tables(connection: Connection) -> bool:
    return connection.dialect.has_table(connection, change_numbers.name)


async def _up_to_date(tx: AsyncConnection) -> Finding:
    """The step it is at, and the newest of this version."""
    at = await tx.run_sync(lambda connection: MigrationContext.configure(connection).get_current_revision())
    newest, known = schema.steps()
    if at == newest:
        return Finding("migrations", "ok", f"at {at}, the newest")
    if at is None or at in known:
        return Finding("migrations", "failed", f"at {at or 'none'}, this version needs {newest}", "Run: carnet migrate")
    advice = "A newer version of Carnet has been here. Start that one, or go back with its carnet migrate --back-to."
    return Finding("migrations", "failed", f"at {at}, which this version does not know", advice)


async def _clock(tx: AsyncConnection) -> Finding:
    """Against the database's clock where it has one of its own, and against what was written last."""
    newest = (await tx.execute(select(func.max(_U.at)))).scalar_one() or 0
    skew = max(0.0, newest / 1000 - time.time())
    if tx.dialect.name == "postgresql":
        before = time.time()
        there = float((await tx.execute(text("SELECT extract(epoch FROM clock_timestamp())"))).scalar_one())
        skew = max(skew, abs(there - (before + time.time()) / 2))
    if skew > SKEW_SECONDS_MAX:
        advice = "Let NTP set the clocks of all machines: what was written when, and sessions, go by them."
        return Finding("clock", "warning", f"this machine's clock is off by {skew:.0f} s", advice)
    return Finding("clock", "ok", f"within {SKEW_SECONDS_MAX:.0f} s of the database's")


async def _whole(tx: AsyncConnection) -> Finding:
    """Heads against rows."""
    count = (await tx.execute(select(func.count()).select_from(documents))).scalar_one()
    holes = list((await tx.execute(HOLES)).scalars())
    if holes:
        advice = "These are not served. Restore them from a backup (docs/operations.md), and look at what wrote there."
        return Finding("log", "failed", f"{len(holes)} of {count} logs have a hole: {some(holes)}", advice)
    return Finding("log", "ok", f"{count} logs go up to their heads without a hole")


async def _snapshots(tx: AsyncConnection) -> Finding:
    torn: list[str] = []
    count, last = 0, ""
    columns = (_S.name, _S.seq, _S.state, _S.state_vector, _S.scan_index, _S.checksum)
    while True:
        portion = select(*columns).where(_S.name > last).order_by(_S.name, _S.seq).limit(SNAPSHOTS_A_READ)
        rows = (await tx.execute(portion)).all()
        if not rows:
            break
        count, last = count + len(rows), rows[-1].name
        torn += [row.name for row in rows if not is_sound(Snapshot(*row[1:5]), row.checksum)]
    if torn:
        advice = (
            "While their logs are whole these documents are read from the log; check this machine's disk and memory."
        )
        return Finding("snapshots", "warning", f"{len(torn)} of {count} are torn: {some(torn)}", advice)
    return Finding("snapshots", "ok", f"{count} match their checksums")


async def _drawn(tx: AsyncConnection) -> Finding:
    """Notes that stay behind their log: with a server running that takes seconds, unless they cannot be drawn."""
    before = int((time.time() - BEHIND_SECONDS_MAX) * 1000)
    behind = list((await tx.execute(BEHIND, {"before": before})).scalars())
    if behind:
        advice = (
            "If a server runs, these cannot be drawn, or are in quarantine. Their log is whole; the server's log "
            "names the reason."
        )
        return Finding("notes", "warning", f"{len(behind)} are not drawn as they were written: {some(behind)}", advice)
    return Finding("notes", "ok", "all are drawn as they were written")


async def _quarantined(tx: AsyncConnection) -> Finding:
    """Documents that do harm to whoever reads all of them."""
    names = list((await tx.execute(select(document_quarantine.c.name).order_by(document_quarantine.c.name))).scalars())
    if names:
        advice = (
            "They are shown as they stood before the harm, read-only. carnet quarantine list tells why; report it, and "
            "after an upgrade that mends it run carnet quarantine release."
        )
        return Finding("quarantine", "warning", f"{len(names)} in quarantine: {some(names)}", advice)
    return Finding("quarantine", "ok", "none")


async def _photos(tx: AsyncConnection, blobs_dir: Path) -> Finding:
    """Whether files that the database names are in this folder: several processes must share it."""
    digests = list((await tx.execute(digests_in_use().limit(PHOTOS_LOOKED_FOR))).scalars())
    missing = [digest for digest in digests if not (blobs_dir / digest[:2] / digest).is_file()]
    if missing:
        told = f"{len(missing)} of {len(digests)} photos are not in {blobs_dir}"
        advice = "Give every process the same CARNET_DATA_DIR (a shared volume), or restore it with the database."
        return Finding("photos", "failed", told, advice)
    return Finding("photos", "ok", f"{len(digests)} looked for, all there")
