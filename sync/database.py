"""The one road to the database: writes stand in line and run to their end, reads see a consistent picture.

Every write, the log's and the product's, goes through `Database.write`, one at a time over all processes: what it reads
is still so when it writes. SQLite is so by itself, PostgreSQL by a lock of ours. The log need not stand in that line on
PostgreSQL: its writes go `abreast`, as they lock the rows that they build on.

A transaction runs in a task that belongs to the `Database`, not to the caller: a caller that is cancelled stops
waiting, but its transaction still commits or rolls back as a whole and the connection goes back to its pool sound.
Nobody waits for ever: neither in line, nor for another process's lock, nor for an answer. What differs between the
databases stands in the functions at the end.
"""

from __future__ import annotations

import asyncio
import sqlite3
import time
from collections.abc import Awaitable, Callable
from contextlib import closing
from dataclasses import dataclass
from typing import Any, TypeVar

from sqlalchemy import URL, MetaData, event, exc, func, make_url, select
from sqlalchemy.engine import Connection
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.pool import PoolResetState

from sync.store import Distrusted, StoreUnavailable

T = TypeVar("T")
Work = Callable[[AsyncConnection], Awaitable[T]]

BACKENDS = ("sqlite", "postgresql")
ABREAST = 8
READERS = 4
TRIES = 3
LINE = int.from_bytes(b"carnet")
"""PostgreSQL's number for the lock of those who write one at a time."""

SQLITE_PASSING = {
    sqlite3.SQLITE_BUSY,
    sqlite3.SQLITE_LOCKED,
    sqlite3.SQLITE_NOMEM,
    sqlite3.SQLITE_INTERRUPT,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_PROTOCOL,
}
"""Primary result codes, the low byte of an extended one."""

POSTGRESQL_PASSING = {"08", "25P03", "40", "53", "55", "57", "58"}
"""Of SQLSTATE: connection, idle for too long, rolled back, out of something, in use, operator, system."""

POSTGRESQL_AGAIN = {"40001", "40P01"}
"""It was rolled back in favour of another: the same again may do."""

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)
"""Every table of the log and of the product hangs on this one. Migrations need each constraint to have a name."""


class Database:
    """`write` and `read` run a function in a transaction of its own and return what it returns.

    Raise in the function to roll back: the very exception comes out. A fault of the database that may pass (locked for
    too long, disk full, connection lost) comes out as `StoreUnavailable`; after a write nothing is then known about its
    outcome. Nothing may be awaited inside but the database: everybody else waits.
    """

    def __init__(
        self, url: str, *, busy_seconds: float = 5.0, line_seconds: float = 15.0, answer_seconds: float = 30.0
    ) -> None:
        """Wait at most so long for another process's lock, for one's turn here, for the answer to a statement."""
        self.url = _with_driver(url)
        self._busy_seconds = busy_seconds
        if self.url.get_backend_name() == "sqlite":
            self._writing = _Lane(_sqlite_engine(self.url, 1, busy_seconds, writes=True), 1, line_seconds)
            self._abreast = self._writing
            self._reading = _Lane(_sqlite_engine(self.url, READERS, busy_seconds, writes=False), READERS, line_seconds)
        else:
            waits = _Waits(busy_seconds, answer_seconds)
            self._writing = _Lane(_postgresql_engine(self.url, 1, waits, writes=True), 1, line_seconds, _stand_in_line)
            self._abreast = _Lane(_postgresql_engine(self.url, ABREAST, waits, writes=True), ABREAST, line_seconds)
            self._reading = _Lane(_postgresql_engine(self.url, READERS, waits, writes=False), READERS, line_seconds)
        self._lanes = {self._writing, self._abreast, self._reading}

    async def start(self) -> None:
        """Open for work. Connects once, so that a wrong address is heard of now."""
        if self.url.get_backend_name() == "sqlite":
            await asyncio.to_thread(_use_wal, str(self.url.database), self._busy_seconds)
        for lane in self._lanes:
            lane.is_open = True
        await self.write(_nothing)

    async def close(self) -> None:
        """Refuse further work, let what has begun end, and close every connection."""
        for lane in self._lanes:
            await lane.close()

    def distrust(self, why: str) -> None:
        """Let nobody read or write any more, until the process starts anew."""
        for lane in self._lanes:
            lane.distrusted = why

    async def write(self, work: Work[T], *, abreast: bool = False) -> T:
        """Run `work(tx)` in a transaction; committed when this returns.

        One at a time, in order of arrival, unless `abreast`: then others may write meanwhile, and `work` has to lock
        what it reads before it builds on it. It may be run again after a rollback.
        """
        return await (self._abreast if abreast else self._writing).run(work)

    async def read(self, work: Work[T]) -> T:
        """Run `work(tx)` on one snapshot of the database; it cannot write."""
        return await self._reading.run(work)


class _Lane:
    """Connections of one sort, and the transactions now on them."""

    def __init__(self, engine: AsyncEngine, width: int, line_seconds: float, before: Work[None] | None = None) -> None:
        self._engine = engine
        self._turn = asyncio.Semaphore(width)
        self._line_seconds = line_seconds
        self._before = before
        self._tasks: set[asyncio.Task[Any]] = set()
        self.is_open = False
        self.distrusted: str | None = None

    async def run(self, work: Work[T]) -> T:
        if not self.is_open:
            raise StoreUnavailable("the database is not open")
        if self.distrusted:
            raise Distrusted(self.distrusted)
        assert asyncio.current_task() not in self._tasks, "a transaction inside a transaction would wait for itself"
        task = asyncio.create_task(self._transact(work))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return await asyncio.shield(task)

    async def _transact(self, work: Work[T]) -> T:
        try:
            async with asyncio.timeout(self._line_seconds):
                await self._turn.acquire()
        except TimeoutError as error:
            raise StoreUnavailable("too many wait for the database") from error
        try:
            for _ in range(TRIES - 1):
                try:
                    return await self._try(work)
                except exc.DBAPIError as error:
                    if _sqlstate(error) not in POSTGRESQL_AGAIN:
                        raise
            return await self._try(work)
        except Exception as error:
            if may_pass(error):
                raise StoreUnavailable(_said(error)) from error
            raise
        finally:
            self._turn.release()

    async def _try(self, work: Work[T]) -> T:
        async with self._engine.begin() as tx:
            if self._before:
                await self._before(tx)
            return await work(tx)

    async def close(self) -> None:
        self.is_open = False
        if self._tasks:
            await asyncio.wait(self._tasks)
        await self._engine.dispose()


def may_pass(error: Exception) -> bool:
    """Whether this is the database's trouble (locked, full, gone) and not a mistake in what it was asked."""
    cause = error.orig if isinstance(error, exc.DBAPIError) else error  # BEGIN is not wrapped
    if isinstance(cause, sqlite3.Error):
        return getattr(cause, "sqlite_errorcode", 0) & 0xFF in SQLITE_PASSING
    if isinstance(error, exc.DBAPIError):
        state = _sqlstate(error)
        return error.connection_invalidated or state in POSTGRESQL_PASSING or state[:2] in POSTGRESQL_PASSING
    return isinstance(error, StoreUnavailable | exc.TimeoutError | OSError)


def _sqlstate(error: exc.DBAPIError) -> str:
    return str(getattr(error.orig, "sqlstate", None) or "")


def _said(error: Exception) -> str:
    return str(getattr(error, "orig", error)) or type(error).__name__


async def _nothing(tx: AsyncConnection) -> None:
    """Connecting is the test."""


def _with_driver(url: str) -> URL:
    """`sqlite:///file` and `postgresql://…` with the asynchronous driver named; refuse what we cannot serve."""
    parsed = make_url(url)
    backend = parsed.get_backend_name()
    if backend not in BACKENDS:
        raise ValueError(f"expected a sqlite or postgresql address, got {backend}")
    if backend == "sqlite" and (parsed.database or ":memory:") == ":memory:":
        raise ValueError("expected a file for SQLite: in memory every connection would see a database of its own")
    return parsed.set(drivername="sqlite+aiosqlite" if backend == "sqlite" else "postgresql+asyncpg")


def _sqlite_engine(url: URL, connections: int, busy_seconds: float, *, writes: bool) -> AsyncEngine:
    """synchronous=FULL: a commit outlives a power cut. query_only: a read cannot write by mistake.

    We send BEGIN ourselves (`isolation_level=None` stops the driver from doing so): a write takes the lock at once, as
    a lock taken half-way can only fail, and a read keeps one snapshot from its first statement to its last.
    """
    engine = create_async_engine(
        url,
        hide_parameters=True,  # what people write does not belong into logs of errors
        pool_size=connections,
        pool_reset_on_return=None,
        connect_args={"isolation_level": None, "timeout": busy_seconds},
    )
    begin = "BEGIN IMMEDIATE" if writes else "BEGIN"

    @event.listens_for(engine.sync_engine, "connect")
    def configure(connection: Any, record: Any) -> None:
        cursor = connection.cursor()
        for pragma in ("synchronous=FULL", "foreign_keys=ON", f"query_only={not writes:d}"):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @event.listens_for(engine.sync_engine, "reset")
    def reset(connection: Any, record: Any, state: PoolResetState) -> None:
        # Only where a transaction is left over: the driver would cross to its thread each time to roll back nothing.
        if not state.terminate_only and connection.driver_connection.in_transaction:
            connection.rollback()

    @event.listens_for(engine.sync_engine, "begin")
    def start(connection: Connection) -> None:
        # Straight to the driver: through a cursor of SQLAlchemy it takes three hops to the driver's thread, not one.
        driver: Any = connection.connection.dbapi_connection
        driver.run_async(lambda raw: raw.execute(begin))

    return engine


def _use_wal(file: str, busy_seconds: float) -> None:
    """In WAL readers and the writer do not wait for each other. The file keeps the mode once it is set.

    Of two processes that open a new file together one fails at once, whatever its timeout: it tries again.
    """
    deadline = time.monotonic() + busy_seconds
    try:
        with closing(sqlite3.connect(file, timeout=busy_seconds)) as connection:
            while connection.execute("PRAGMA journal_mode").fetchone() != ("wal",):
                try:
                    connection.execute("PRAGMA journal_mode=WAL")
                except sqlite3.OperationalError as error:
                    if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or time.monotonic() > deadline:
                        raise
                    time.sleep(0.01)
    except sqlite3.OperationalError as error:
        raise StoreUnavailable(str(error)) from error


@dataclass(frozen=True, slots=True)
class _Waits:
    """How long PostgreSQL waits for a lock, and we for its answer."""

    busy_seconds: float
    answer_seconds: float


def _postgresql_engine(url: URL, connections: int, waits: _Waits, *, writes: bool) -> AsyncEngine:
    """Rows are locked by the statements themselves; reads see one snapshot.

    A process that stands still in the middle of a transaction loses it, so that the others do not stand still too.
    """
    busy_ms = int(waits.busy_seconds * 1000)
    engine = create_async_engine(
        url,
        hide_parameters=True,
        pool_size=connections,
        pool_pre_ping=True,
        connect_args={
            "timeout": waits.busy_seconds,
            "command_timeout": waits.answer_seconds,
            "server_settings": {
                "application_name": "carnet",
                "lock_timeout": str(busy_ms),
                "idle_in_transaction_session_timeout": str(2 * busy_ms),
            },
        },
    )
    if writes:
        return engine
    return engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)


async def _stand_in_line(tx: AsyncConnection) -> None:
    """Until whoever writes now, in whichever process, has come to an end."""
    await tx.execute(select(func.pg_advisory_xact_lock(LINE)))
