"""Imports: address books that become contacts. A file is uploaded, kept, and read in the background (import_run.py).

An import is a record: it tells how far it is, what it made, whom it refused and why. One that lost its process is
`interrupted`; like one that was cancelled it can be run again, and whoever is in already is found, not made twice. The
file is kept until then, and dropped when the import is done or a week old.
"""

from __future__ import annotations

import asyncio
import shutil
from contextlib import suppress
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Annotated, Literal

import structlog
from pydantic import Field
from sqlalchemy import insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection
from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from api import carnet
from api.access import Member, require_create
from api.auth import require_member
from api.carnet import Carnet
from api.errors import ImportState, NotFound, Throttled
from api.http import API, ISO, Answer, Operation, reply
from api.import_files import NotContacts
from api.import_messages import reason
from api.import_report import Case, Report
from api.import_run import Cancelled, Job, Progress, keep, run
from api.messages import Language, language_of
from api.tables import AnyRow, imports, new_id
from api.uploads import read_upload
from sync.store import StoreUnavailable

MEGABYTES_MAX = 100
WAITING_MAX = 10
FILES_KEPT_DAYS = 7
SILENT_SECONDS_MAX = 15
"""An import says every second or so that it lives, one that waits every few. Silent for so long, it has lost its
process: that of the command line, or a server's."""
WAITING_BEAT_SECONDS = 3.0

UNDER_WAY = ("waiting", "running", "cancelling")
State = Literal["waiting", "running", "cancelling", "cancelled", "interrupted", "failed", "done"]

log = structlog.get_logger("carnet.imports")


class ImportCase(Answer):
    """One thing to tell: who was `refused`, of whom a part was left out (`partly`), or who is there twice (`same`)."""

    kind: Literal["refused", "partly", "same"]
    line: int
    name: str
    code: str
    message: str
    detail: str


class Import(Answer):
    """An import: how far it is, and what became of the people in its file.

    `cases` are the first few hundred of what there is to tell, `codes` count all of it by its reason; `left_out` counts
    fields of the file that a contact has no place for.
    """

    id: str
    object: Literal["import"]
    file_name: str
    state: State
    progress: float = Field(ge=0, le=1)
    created: int
    unchanged: int
    refused: int
    cases: list[ImportCase]
    codes: dict[str, int]
    left_out: dict[str, int]
    created_at: Annotated[datetime, ISO]


class ImportList(Answer):
    """The newest imports, without their cases."""

    results: list[Import]


# --- verbs ---


async def begin(tx: AsyncConnection, job: Job, bytes_total: int, now: datetime) -> None:
    """Write down that there is an import, waiting for its turn."""
    counts = {"bytes_read": 0, "created": 0, "unchanged": 0, "refused": 0}
    await tx.execute(
        insert(imports).values(
            id=job.id,
            user_id=job.actor_id,
            file_name=job.file_name,
            state="waiting",
            bytes_total=bytes_total,
            report=Report().dump(),
            created_at=now,
            beat_at=now,
            **counts,
        )
    )


async def execute(server: Carnet, job: Job, file: Path, progress: Progress) -> State:
    """Run an import to its end, whatever that is, and write that down."""
    if not await server.database.write(lambda tx: _claim(tx, job, server.clock())):
        return "cancelled"
    state: State = "interrupted"
    try:
        with await asyncio.to_thread(file.open, "rb") as opened:
            await run(server, job, opened, progress)
        state = "done"
    except NotContacts as error:
        progress.report.add(Case("refused", 1, "", error.code))
        state = "failed"
    except Cancelled:
        state = "cancelled"
    finally:
        await server.database.write(partial(keep, job=job, progress=progress, server=server, state=state))
        server.feed.wake()
    return state


async def _claim(tx: AsyncConnection, job: Job, now: datetime) -> bool:
    """Its turn has come, unless nobody wants it any more."""
    mine = update(imports).where(imports.c.id == job.id, imports.c.state == "waiting")
    claimed = await tx.execute(mine.values(state="running", beat_at=now).returning(imports.c.id))
    return claimed.first() is not None


async def mark_interrupted(server: Carnet) -> None:
    """At a server's start: imports of its folder whose process is gone. Others that share the folder still run theirs.

    A server that serves alone need not wait for their silence: they were its own.
    """
    folder = server.settings.imports_dir
    own = [file.name for file in folder.iterdir()] if folder.exists() else []
    lost = imports.c.id.in_(own) & imports.c.state.in_(UNDER_WAY)
    if server.settings.redis_url:
        lost &= imports.c.beat_at < server.clock() - timedelta(seconds=SILENT_SECONDS_MAX)

    async def mark(tx: AsyncConnection) -> None:
        await tx.execute(update(imports).where(lost).values(state="interrupted"))

    await server.database.write(mark)


def state_of(row: AnyRow, now: datetime) -> State:
    """The state of an import: one that says nothing any more was interrupted."""
    silent = row.beat_at < now - timedelta(seconds=SILENT_SECONDS_MAX)
    state: State = "interrupted" if row.state in UNDER_WAY and silent else row.state
    return state


def file_of(server: Carnet, import_id: str) -> Path:
    """Where an import's file is kept."""
    return server.settings.imports_dir / import_id


def _start(server: Carnet, job: Job) -> None:
    async def work() -> None:
        file = file_of(server, job.id)
        try:
            state = await execute(server, job, file, Progress())
        except (StoreUnavailable, OSError) as error:
            log.warning("an import was interrupted", id=job.id, error=str(error))
            return
        if state in ("done", "failed"):
            await asyncio.to_thread(file.unlink, missing_ok=True)

    server.background.start(work, f"import {job.id}", partial(_say_that_it_waits, server, job))


async def _say_that_it_waits(server: Carnet, job: Job) -> None:
    mine = update(imports).where(imports.c.id == job.id, imports.c.state == "waiting")

    async def beat(tx: AsyncConnection) -> None:
        await tx.execute(mine.values(beat_at=server.clock()))

    while True:
        await asyncio.sleep(WAITING_BEAT_SECONDS)
        with suppress(StoreUnavailable):
            await server.database.write(beat)


# --- queries ---


async def find_import(tx: AsyncConnection, member: Member, import_id: str) -> AnyRow:
    """An import is its owner's, and an admin's. Raises NotFound."""
    row = (await tx.execute(select(imports).where(imports.c.id == import_id))).first()
    if row is None or (row.user_id != member.id and member.role != "admin"):
        raise NotFound
    return row


def present(row: AnyRow, now: datetime, language: Language, *, whole: bool = True) -> Import:
    """An import as REST shows it."""
    report = Report.load(row.report)
    state = state_of(row, now)
    read = row.bytes_read / row.bytes_total if row.bytes_total else 0.0
    return Import(
        id=row.id,
        object="import",
        file_name=row.file_name,
        state=state,
        progress=1.0 if state == "done" else min(read, 1.0),
        created=row.created,
        unchanged=row.unchanged,
        refused=row.refused,
        cases=[_present_case(case, language) for case in report.cases] if whole else [],
        codes=dict(report.codes),
        left_out=dict(report.left_out),
        created_at=row.created_at,
    )


def _present_case(case: Case, language: Language) -> ImportCase:
    return ImportCase(
        kind=case.kind,
        line=case.line,
        name=case.name,
        code=case.code,
        message=reason(case.code, language),
        detail=case.detail,
    )


# --- handlers ---


async def _reply(request: Request, member: Member, import_id: str, status: int = 200) -> Response:
    server = carnet.of(request)
    row = await server.database.read(lambda tx: find_import(tx, member, import_id))
    shown = present(row, server.clock(), language_of(request.headers.get("accept-language")))
    return reply(shown, status, {"Location": f"{API}/imports/{import_id}"} if status == 201 else None)


async def post_import(request: Request) -> Response:
    """POST /imports: a form with one file. Answers at once; the reading goes on."""
    server, member = carnet.of(request), await require_member(request)
    require_create(member)
    if server.background.length >= WAITING_MAX:
        raise Throttled(60)
    upload = await read_upload(request, megabytes_max=MEGABYTES_MAX)
    now = server.clock()
    job = Job(new_id("imp"), member.id, _file_name(upload))
    try:
        size = await asyncio.to_thread(_store, upload, file_of(server, job.id), now)
    finally:
        await upload.close()
    await server.database.write(lambda tx: begin(tx, job, size, now))
    _start(server, job)
    return await _reply(request, member, job.id, 201)


def _file_name(upload: UploadFile) -> str:
    """The last part of its name, as far as it can be shown."""
    name = (upload.filename or "").replace("\\", "/").rpartition("/")[2]
    return "".join(c for c in name if c.isprintable()).strip()[:200] or "contacts"


def _store(upload: UploadFile, file: Path, now: datetime) -> int:
    """Keep the file until it is done; drop those that nobody came back for."""
    file.parent.mkdir(parents=True, exist_ok=True)
    oldest = (now - timedelta(days=FILES_KEPT_DAYS)).timestamp()
    for old in file.parent.iterdir():
        with suppress(FileNotFoundError):  # an import that has just ended took its own file away
            if old.stat().st_mtime < oldest:
                old.unlink()
    with file.open("wb") as kept:
        shutil.copyfileobj(upload.file, kept)
        return kept.tell()


async def get_import(request: Request) -> Response:
    """GET /imports/{id}."""
    member = await require_member(request)
    return await _reply(request, member, request.path_params["id"])


async def list_imports(request: Request) -> Response:
    """GET /imports: one's own, an admin's are everybody's."""
    server, member = carnet.of(request), await require_member(request)
    newest = select(imports).order_by(imports.c.created_at.desc(), imports.c.id).limit(50)
    if member.role != "admin":
        newest = newest.where(imports.c.user_id == member.id)

    async def read(tx: AsyncConnection) -> list[AnyRow]:
        return list((await tx.execute(newest)).all())

    rows = await server.database.read(read)
    now, language = server.clock(), language_of(request.headers.get("accept-language"))
    return reply(ImportList(results=[present(row, now, language, whole=False) for row in rows]))


async def cancel_import(request: Request) -> Response:
    """POST /imports/{id}/cancel. Ends soon after; what is in stays in."""
    return await _move(request, {"waiting": "cancelled", "running": "cancelling", "cancelling": "cancelling"})


async def run_import(request: Request) -> Response:
    """POST /imports/{id}/run: once more, for one that came to no end."""
    return await _move(request, {"interrupted": "waiting", "cancelled": "waiting"})


async def _move(request: Request, moves: dict[State, State]) -> Response:
    """From one state to another, or 409."""
    server, member = carnet.of(request), await require_member(request)
    import_id = request.path_params["id"]

    async def move(tx: AsyncConnection) -> Job | None:
        row = await find_import(tx, member, import_id)
        now = server.clock()
        state = state_of(row, now)
        if state not in moves or (moves[state] == "waiting" and not file_of(server, import_id).exists()):
            raise ImportState(state=state)
        await tx.execute(update(imports).where(imports.c.id == import_id).values(state=moves[state], beat_at=now))
        return Job(row.id, row.user_id, row.file_name) if moves[state] == "waiting" else None

    job = await server.database.write(move)
    if job:
        _start(server, job)
    return await _reply(request, member, import_id)


routes: list[BaseRoute] = [
    Operation("GET", "/imports", list_imports, "The newest imports.", answer=ImportList),
    Operation(
        "POST", "/imports", post_import, "Import an address book: vCards, or CSV of Google, Outlook, Apple.",
        upload=True, answer=Import, status=201, refusals=(403, 413, 415, 429),
    ),
    Operation("GET", "/imports/{id}", get_import, "How far an import is.", answer=Import, refusals=(404,)),
    Operation("POST", "/imports/{id}/cancel", cancel_import, "End an import.", answer=Import, refusals=(404, 409)),
    Operation("POST", "/imports/{id}/run", run_import, "Run an import again.", answer=Import, refusals=(404, 409)),
]  # fmt: skip
