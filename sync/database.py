"""The one road to the database: writes stand in line and run to their end, reads see a consistent picture.

Every write of the process, the log's and the product's, goes through `Database.write`. SQLite has one writer, so there
the line is one wide; PostgreSQL takes several abreast. A transaction runs in a task that belongs to the `Database`,
not to the caller: a caller that is cancelled stops waiting, but its transaction still commits or rolls back as a whole
and the connection goes back to its pool sound. What differs between the databases stands in the functions at the end.

Other processes (command-line verbs) write to the same SQLite file: they and we wait for each other's lock,
`busy_seconds` at most.
"""

from __future__ import annotations

import asyncio
import sqlite3
import time
from collections.abc import Awaitable, Callable
from contextlib import closing
from typing import Any, TypeVar

from sqlalchemy import URL, MetaData, event, exc, make_url
from sqlalchemy.engine import Connection
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.pool import PoolResetState

from sync.store import StoreUnavailable

T = TypeVar("T")
Work = Callable[[AsyncConnection], Awaitable[T]]

WRITERS = {"sqlite": 1, "postgresql": 8}
READERS = 4

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

POSTGRESQL_PASSING = {"08", "40", "53", "55", "57", "58"}
"""Classes of SQLSTATE: connection, rolled back, out of something, in use, operator, system."""

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

    def __init__(self, url: str, *, busy_seconds: float = 5.0) -> None:
        self.url = _with_driver(url)
        self._busy_seconds = busy_seconds
        engine = _sqlite_engine if self.url.get_backend_name() == "sqlite" else _postgresql_engine
        writers = WRITERS[self.url.get_backend_name()]
        self._writing = _Lane(engine(self.url, writers, busy_seconds, writes=True), writers)
        self._reading = _Lane(engine(self.url, READERS, busy_seconds, writes=False), READERS)

    async def start(self) -> None:
        """Open for work. Connects once, so that a wrong address is heard of now."""
        if self.url.get_backend_name() == "sqlite":
            await asyncio.to_thread(_use_wal, str(self.url.database), self._busy_seconds)
        self._writing.is_open = self._reading.is_open = True
        await self.write(_nothing)

    async def close(self) -> None:
        """Refuse further work, let what has begun end, and close every connection."""
        await self._writing.close()
        await self._reading.close()

    async def write(self, work: Work[T]) -> T:
        """Run `work(tx)` in a transaction, in order of arrival; committed when this returns."""
        return await self._writing.run(work)

    async def read(self, work: Work[T]) -> T:
        """Run `work(tx)` on one snapshot of the database; it cannot write."""
        return await self._reading.run(work)


class _Lane:
    """Connections of one sort, and the transactions now on them."""

    def __init__(self, engine: AsyncEngine, width: int) -> None:
        self._engine = engine
        self._turn = asyncio.Semaphore(width)
        self._tasks: set[asyncio.Task[Any]] = set()
        self.is_open = False

    async def run(self, work: Work[T]) -> T:
        if not self.is_open:
            raise StoreUnavailable("the database is not open")
        assert asyncio.current_task() not in self._tasks, "a transaction inside a transaction would wait for itself"
        task = asyncio.create_task(self._transact(work))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return await asyncio.shield(task)

    async def _transact(self, work: Work[T]) -> T:
        async with self._turn:
            try:
                async with self._engine.begin() as tx:
                    return await work(tx)
            except Exception as error:
                if may_pass(error):
                    raise StoreUnavailable(str(getattr(error, "orig", error))) from error
                raise

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
        return error.connection_invalidated or str(getattr(cause, "sqlstate", ""))[:2] in POSTGRESQL_PASSING
    return isinstance(error, StoreUnavailable | exc.TimeoutError | OSError)


async def _nothing(tx: AsyncConnection) -> None:
    """Connecting is the test."""


def _with_driver(url: str) -> URL:
    """`sqlite:///file` and `postgresql://…` with the asynchronous driver named; refuse what we cannot serve."""
    parsed = make_url(url)
    backend = parsed.get_backend_name()
    if backend not in WRITERS:
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


def _postgresql_engine(url: URL, connections: int, busy_seconds: float, *, writes: bool) -> AsyncEngine:
    """Rows are locked by the statements themselves; reads see one snapshot."""
    engine = create_async_engine(
        url,
        hide_parameters=True,
        pool_size=connections,
        pool_pre_ping=True,
        connect_args={"server_settings": {"lock_timeout": f"{busy_seconds * 1000:.0f}"}},
    )
    if writes:
        return engine
    return engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
