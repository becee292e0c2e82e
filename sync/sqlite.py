"""SQLite: each transaction runs in a thread, from its BEGIN to its COMMIT, and is over in one crossing.

SQLite is a library: it answers in the thread that asks, or not at all. A driver that makes it asynchronous crosses to a
thread and back for each statement, several times over, and each way back waits until the event loop has a moment: on a
busy loop a transaction of twenty statements held the one writer for tens of milliseconds (decision 0008). Here the
whole transaction crosses. Its function is a coroutine like any other, but what it awaits has always happened already
(`InThread`), so the thread runs it to its end in one go; awaiting anything else is a mistake that shows at once.
"""

from __future__ import annotations

import asyncio
import contextvars
import math
import sqlite3
import time
from collections.abc import Awaitable, Callable, Coroutine, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from typing import Any, TypeVar

from sqlalchemy import URL, Executable, create_engine, event
from sqlalchemy.dialects.sqlite.pysqlite import dialect as SqliteDialect
from sqlalchemy.engine import Connection, CursorResult, Engine
from sqlalchemy.engine.interfaces import DBAPICursor
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.pool import PoolResetState
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.expression import ClauseElement

from sync.store import StoreUnavailable

T = TypeVar("T")

PASSING = {
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
LOOK_SECONDS = 0.0005
OTHERS_SECONDS = 1.0


class SqliteConnections:
    """`width` connections to a file, each with a thread of its own."""

    def __init__(self, url: URL, width: int, busy_seconds: float, *, writes: bool) -> None:
        self._engine = _engine(url, width, busy_seconds, writes=writes)
        self._threads = ThreadPoolExecutor(width, thread_name_prefix="sqlite")

    async def run(self, work: Callable[[AsyncConnection], Awaitable[T]]) -> T:
        """Run `work(tx)` in a transaction of its own."""
        here = contextvars.copy_context()
        return await asyncio.get_running_loop().run_in_executor(self._threads, here.run, self._transact, work)

    def _transact(self, work: Callable[[AsyncConnection], Awaitable[T]]) -> T:
        with self._engine.begin() as connection:
            return _finish(work(InThread(connection)))

    async def close(self) -> None:
        """What has begun ends first."""
        await asyncio.to_thread(self._threads.shutdown)
        self._engine.dispose()


class Prepared:
    """A statement of every commit, put into SQLite's words once: SQLAlchemy's share in running it is ten times its own.

    Its parameters and columns must be plain (numbers, texts, bytes): nothing is converted on the way.
    """

    def __init__(self, statement: Executable, columns: Sequence[str] | None = None) -> None:
        """`columns` are those that an INSERT gives."""
        assert isinstance(statement, ClauseElement)
        self.statement = statement
        compiled = statement.compile(dialect=SqliteDialect(paramstyle="qmark"), column_keys=columns)
        assert isinstance(compiled, SQLCompiler)
        self._sql, self._names = compiled.string, tuple(compiled.positiontup or ())

    def run(self, cursor: DBAPICursor, rows: Iterable[Mapping[str, Any]]) -> None:
        """Run it once for each."""
        cursor.executemany(self._sql, [tuple(map(row.__getitem__, self._names)) for row in rows])

    def ask(self, cursor: DBAPICursor, row: Mapping[str, Any]) -> list[Any]:
        """Run it once; the rows that it finds."""
        cursor.execute(self._sql, tuple(map(row.__getitem__, self._names)))
        return list(cursor.fetchall())


class InThread(AsyncConnection):
    """The connection that transactions see. Nothing of it waits for an event loop."""

    __slots__ = ()

    @property
    def cursor(self) -> DBAPICursor:
        """The driver's, inside the transaction: for what is `Prepared`."""
        return self.sync_connection.connection.cursor()

    def __init__(self, connection: Connection) -> None:
        self.sync_engine = connection.engine
        self.sync_connection: Connection = connection

    async def execute(self, statement: Executable, parameters: Any = None, **options: Any) -> CursorResult[Any]:
        """Run a statement; it has happened when this returns."""
        return self.sync_connection.execute(statement, parameters, **options)

    async def exec_driver_sql(self, statement: str, parameters: Any = None, *options: Any) -> CursorResult[Any]:
        """The same for a statement in the database's own words."""
        return self.sync_connection.exec_driver_sql(statement, parameters, *options)


def _finish(work: Awaitable[T]) -> T:
    assert isinstance(work, Coroutine)
    try:
        work.send(None)
    except StopIteration as done:
        answer: T = done.value
        return answer
    work.close()
    raise AssertionError("a transaction awaits nothing but its database")


def may_pass(error: BaseException) -> bool:
    """Whether the file is locked, the disk full and the like, and nothing wrong with what was asked."""
    return isinstance(error, sqlite3.Error) and getattr(error, "sqlite_errorcode", 0) & 0xFF in PASSING


def _engine(url: URL, connections: int, busy_seconds: float, *, writes: bool) -> Engine:
    """synchronous=FULL: a commit outlives a power cut. query_only: a read cannot write by mistake.

    We send BEGIN ourselves (`isolation_level=None` stops the driver from doing so): a write takes the lock at once, as
    a lock taken half-way can only fail, and a read keeps one snapshot from its first statement to its last.
    """
    engine = create_engine(
        url.set(drivername="sqlite+pysqlite"),
        hide_parameters=True,  # what people write does not belong into logs of errors
        pool_size=connections,
        pool_reset_on_return=None,
        connect_args={"isolation_level": None, "timeout": busy_seconds, "check_same_thread": False},
    )

    @event.listens_for(engine, "connect")
    def configure(connection: sqlite3.Connection, record: Any) -> None:
        for pragma in ("synchronous=FULL", "foreign_keys=ON", f"query_only={not writes:d}"):
            connection.execute(f"PRAGMA {pragma}")
        if writes:
            connection.execute("PRAGMA busy_timeout=0")  # it is waited for by us

    @event.listens_for(engine, "reset")
    def reset(connection: sqlite3.Connection, record: Any, state: PoolResetState) -> None:
        if not state.terminate_only and connection.in_transaction:
            connection.rollback()

    take_lock = _TheLock(busy_seconds).take if writes else _begin_to_read

    @event.listens_for(engine, "begin")
    def start(connection: Connection) -> None:
        take_lock(connection.connection.cursor())

    return engine


def _begin_to_read(cursor: DBAPICursor) -> None:
    cursor.execute("BEGIN")


class _TheLock:
    """The one writer's lock, for which other processes may wait too.

    SQLite's own way of waiting sleeps ever longer, up to 100 ms, and who comes meanwhile goes first. Here it is looked
    for twice a millisecond, and a process that had to wait a moment ago leaves the others so much room before each of
    its transactions. In WAL nothing after BEGIN IMMEDIATE waits for a lock.
    """

    def __init__(self, busy_seconds: float) -> None:
        self._busy_seconds = busy_seconds
        self._others_at = -math.inf

    def take(self, cursor: DBAPICursor) -> None:
        """Begin a transaction that writes."""
        began = time.monotonic()
        if began - self._others_at < OTHERS_SECONDS:
            time.sleep(2 * LOOK_SECONDS)
        while True:
            try:
                cursor.execute("BEGIN IMMEDIATE")
                return
            except sqlite3.OperationalError as error:
                self._others_at = time.monotonic()
                if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or self._others_at > began + self._busy_seconds:
                    raise
            time.sleep(LOOK_SECONDS)


def use_wal(file: str, busy_seconds: float) -> None:
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
