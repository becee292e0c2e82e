"""The one road to the database: writes stand in line and run to their end, reads see a consistent picture.

Every write, the log's and the product's, goes through `Database.write`, one at a time over all processes: what it reads
is still so when it writes. SQLite is so by itself, PostgreSQL by a lock of ours. The log need not stand in that line on
PostgreSQL: its writes go `abreast`, as they lock the rows that they build on. What people type goes `ahead` of whatever
else waits for a connection: nobody sees a letter before it is committed.

A transaction belongs to the `Database`, not to the caller: a caller that is cancelled stops waiting, but its
transaction still commits or rolls back as a whole and the connection goes back to its pool sound. Nobody waits for
ever: neither in line, nor for another process's lock, nor for an answer. What is particular to a database stands in
sqlite.py and postgresql.py.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Any, Protocol, TypeVar

from sqlalchemy import URL, MetaData, exc, make_url
from sqlalchemy.ext.asyncio import AsyncConnection

from sync import postgresql, sqlite
from sync.postgresql import PostgresqlConnections, Waits
from sync.sqlite import SqliteConnections
from sync.store import Distrusted, StoreUnavailable

T = TypeVar("T")
Work = Callable[[AsyncConnection], Awaitable[T]]

BACKENDS = ("sqlite", "postgresql")
ABREAST = 8
READERS = 4

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
        self.url = _served(url)
        self._busy_seconds = busy_seconds
        if self._is_sqlite:
            writing = SqliteConnections(self.url, 1, busy_seconds, writes=True)
            reading = SqliteConnections(self.url, READERS, busy_seconds, writes=False)
            self._writing = self._abreast = _Lane(writing, 1, line_seconds)
            self._reading = _Lane(reading, READERS, line_seconds)
        else:
            waits = Waits(busy_seconds, answer_seconds)
            in_line = PostgresqlConnections(self.url, 1, waits, writes=True, in_line=True)
            self._writing = _Lane(in_line, 1, line_seconds)
            abreast = PostgresqlConnections(self.url, ABREAST, waits, writes=True)
            self._abreast = _Lane(abreast, ABREAST, line_seconds)
            readers = PostgresqlConnections(self.url, READERS, waits, writes=False)
            self._reading = _Lane(readers, READERS, line_seconds)
        self._lanes = {self._writing, self._abreast, self._reading}

    @property
    def _is_sqlite(self) -> bool:
        return self.url.get_backend_name() == "sqlite"

    async def start(self) -> None:
        """Open for work. Connects once, so that a wrong address is heard of now."""
        if self._is_sqlite:
            await asyncio.to_thread(sqlite.use_wal, str(self.url.database), self._busy_seconds)
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

    async def write(self, work: Work[T], *, abreast: bool = False, ahead: bool = False) -> T:
        """Run `work(tx)` in a transaction; committed when this returns.

        One at a time, in order of arrival but for who goes `ahead`, unless `abreast`: then others may write meanwhile,
        and `work` has to lock what it reads before it builds on it. It may be run again after a rollback.
        """
        return await (self._abreast if abreast else self._writing).run(work, ahead=ahead)

    async def read(self, work: Work[T]) -> T:
        """Run `work(tx)` on one snapshot of the database; it cannot write."""
        return await self._reading.run(work)


class _Connections(Protocol):
    async def run(self, work: Work[T]) -> T: ...

    async def close(self) -> None: ...


class _Line:
    """Room for some, and those who wait: in order of arrival, but whoever is `ahead` passes the others."""

    def __init__(self, width: int) -> None:
        self._free = width
        self._ahead: deque[asyncio.Future[None]] = deque()
        self._waiting: deque[asyncio.Future[None]] = deque()

    async def turn(self, *, ahead: bool) -> None:
        """Return when it is one's turn; `step_out` ends it."""
        if self._free:
            self._free -= 1
            return
        turn = asyncio.get_running_loop().create_future()
        (self._ahead if ahead else self._waiting).append(turn)
        try:
            await turn
        except asyncio.CancelledError:
            if not turn.cancelled():
                self.step_out()  # it was given in the moment when nobody wanted it any more
            raise

    def step_out(self) -> None:
        """The turn of the next one who still waits."""
        while line := self._ahead or self._waiting:
            turn = line.popleft()
            if not turn.done():
                turn.set_result(None)
                return
        self._free += 1


class _Lane:
    """Connections of one sort, those who wait for one, and the transactions now on them."""

    def __init__(self, connections: _Connections, width: int, line_seconds: float) -> None:
        self._connections = connections
        self._line = _Line(width)
        self._line_seconds = line_seconds
        self._tasks: set[asyncio.Task[Any]] = set()
        self.is_open = False
        self.distrusted: str | None = None

    async def run(self, work: Work[T], *, ahead: bool = False) -> T:
        if not self.is_open:
            raise StoreUnavailable("the database is not open")
        if self.distrusted:
            raise Distrusted(self.distrusted)
        assert not self._is_inside(), "a transaction inside a transaction would wait for itself"
        task = asyncio.create_task(self._transact(work, ahead))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        try:
            return await asyncio.shield(task)
        except asyncio.CancelledError:
            task.add_done_callback(_hear)
            raise

    def _is_inside(self) -> bool:
        try:
            return asyncio.current_task() in self._tasks
        except RuntimeError:  # in a thread of SQLite's
            return True

    async def _transact(self, work: Work[T], ahead: bool) -> T:
        try:
            async with asyncio.timeout(self._line_seconds):
                await self._line.turn(ahead=ahead)
        except TimeoutError as error:
            raise StoreUnavailable("too many wait for the database") from error
        try:
            return await self._connections.run(work)
        except Exception as error:
            if may_pass(error):
                raise StoreUnavailable(_said(error)) from error
            raise
        finally:
            self._line.step_out()

    async def close(self) -> None:
        self.is_open = False
        if self._tasks:
            await asyncio.wait(self._tasks)
        await self._connections.close()


def _hear(task: asyncio.Task[Any]) -> None:
    """How a transaction ends whose caller has left: nobody is to be told, nor asyncio to complain that nobody was."""
    if not task.cancelled():
        task.exception()


def may_pass(error: Exception) -> bool:
    """Whether this is the database's trouble (locked, full, gone) and not a mistake in what it was asked."""
    cause = error.orig if isinstance(error, exc.DBAPIError) and error.orig else error  # BEGIN is not wrapped
    if sqlite.may_pass(cause) or postgresql.may_pass(error):
        return True
    return isinstance(error, StoreUnavailable | exc.TimeoutError | OSError)


def _said(error: Exception) -> str:
    return str(getattr(error, "orig", error)) or type(error).__name__


async def _nothing(tx: AsyncConnection) -> None:
    """Connecting is the test."""


def _served(url: str) -> URL:
    """The parts of an address; refuses what we cannot serve."""
    parsed = make_url(url)
    backend = parsed.get_backend_name()
    if backend not in BACKENDS:
        raise ValueError(f"expected a sqlite or postgresql address, got {backend}")
    if backend == "sqlite" and (parsed.database or ":memory:") == ":memory:":
        raise ValueError("expected a file for SQLite: in memory every connection would see a database of its own")
    return parsed
