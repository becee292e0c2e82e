"""`carnet import FILE`: the same import as an upload's, in a process of its own, beside a running server or alone.

It writes through its own connection; a server on the same database shows the contacts at its next look, and people who
type there wait for one short transaction at most.
"""

from __future__ import annotations

import asyncio
import sys
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from api.app import open_carnet
from api.import_messages import reason
from api.import_run import Job, Progress
from api.imports import State, begin, execute
from api.settings import Settings
from api.tables import new_id, users
from api.users import find_user

SHOWN_EVERY_SECONDS = 1.0
CASES_SHOWN = 50


class NobodyToImportFor(ValueError):
    """There is no such account, or none that may make contacts."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of it."""

    state: State
    progress: Progress


async def import_file(settings: Settings, file: Path, email: str | None) -> Outcome:
    """Import `file` as the account with this address, else as the first admin; tell progress on standard error.

    Raises NobodyToImportFor, OSError.
    """
    size = (await asyncio.to_thread(file.stat)).st_size
    progress = Progress()
    async with open_carnet(settings, serving=False) as server:
        actor_id = await server.database.read(lambda tx: _actor(tx, email))
        job = Job(new_id("imp"), actor_id, file.name)
        await server.database.write(lambda tx: begin(tx, job, size, server.clock()))
        async with _shown(progress, size):
            state = await execute(server, job, file, progress)
    return Outcome(state, progress)


async def _actor(tx: AsyncConnection, email: str | None) -> str:
    if email is not None:
        member = await find_user(tx, email.strip().lower())
        if member is None or not member.may_edit:
            raise NobodyToImportFor(f"There is no account with the address {email} that may make contacts.")
        return member.id
    admins = (
        select(users.c.id)
        .where(users.c.role == "admin", users.c.removed_at.is_(None))
        .order_by(users.c.created_at, users.c.id)
    )
    found: str | None = (await tx.execute(admins.limit(1))).scalar_one_or_none()
    if found is None:
        raise NobodyToImportFor("There is no admin yet: carnet user add EMAIL --name NAME --role admin")
    return found


@asynccontextmanager
async def _shown(progress: Progress, size: int) -> AsyncIterator[None]:
    """Say how far it is, every second: on one line of a terminal, on lines of their own in a log."""

    async def show() -> None:
        while True:
            _print_progress(progress, size)
            await asyncio.sleep(SHOWN_EVERY_SECONDS)

    showing = asyncio.create_task(show())
    try:
        yield
    finally:
        showing.cancel()
        with suppress(asyncio.CancelledError):
            await showing
        _print_progress(progress, size)
        if sys.stderr.isatty():
            print(file=sys.stderr)


def _print_progress(progress: Progress, size: int) -> None:
    percent = min(100, progress.bytes_read * 100 // size) if size else 0
    line = f"{percent:3} %  {summary(progress)}"
    start, end = ("\r", "\x1b[K") if sys.stderr.isatty() else ("", "\n")
    print(f"{start}{line}", end=end, file=sys.stderr, flush=True)


def summary(progress: Progress) -> str:
    """The three numbers that matter."""
    return f"{progress.created} made, {progress.unchanged} there already, {progress.refused} refused"


def report_lines(progress: Progress) -> list[str]:
    """What there is to tell, for a terminal."""
    report = progress.report
    lines = [
        f"line {case.line}{': ' if case.name else ''}{case.name}: {reason(case.code, 'en')}"
        + (f" ({case.detail})" if case.detail else "")
        for case in report.cases[:CASES_SHOWN]
    ]
    more = Counter(report.codes).total() - len(lines)
    if more > 0:
        lines.append(f"and {more} more: " + ", ".join(f"{code} {count}" for code, count in report.codes.most_common()))
    if report.left_out:
        fields = ", ".join(f"{name} ({count})" for name, count in report.left_out.most_common())
        lines.append(f"Fields that a contact has no place for: {fields}")
    return lines
