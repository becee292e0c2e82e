"""PostgreSQL: transactions over asyncpg, each wait bounded."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TypeVar

from sqlalchemy import URL, exc, func, select
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

T = TypeVar("T")

TRIES = 3
LINE = int.from_bytes(b"carnet")
"""The number of the lock of those who write one at a time."""

PASSING = {"08", "25P03", "40", "53", "55", "57", "58", "XX000"}
"""Of SQLSTATE: connection, idle for too long, rolled back, out of something, in use, operator, system, internal.

The last one is what errors of the file system become that have no number of their own: a quota, a file's limit."""

AGAIN = {"40001", "40P01"}
"""It was rolled back in favour of another: the same again may do."""


@dataclass(frozen=True, slots=True)
class Waits:
    """How long PostgreSQL waits for a lock, and we for its answer; in seconds."""

    busy: float
    answer: float


class PostgresqlConnections:
    """`width` connections. `in_line`: of all processes' transactions of this sort one runs at a time."""

    def __init__(self, url: URL, width: int, waits: Waits, *, writes: bool, in_line: bool = False) -> None:
        self._engine = _engine(url, width, waits, writes=writes)
        self._in_line = in_line

    async def run(self, work: Callable[[AsyncConnection], Awaitable[T]]) -> T:
        """Run `work(tx)` in a transaction of its own; again when it was rolled back in favour of another."""
        for _ in range(TRIES - 1):
            try:
                return await self._transact(work)
            except exc.DBAPIError as error:
                if _state(error) not in AGAIN:
                    raise
        return await self._transact(work)

    async def _transact(self, work: Callable[[AsyncConnection], Awaitable[T]]) -> T:
        async with self._engine.begin() as tx:
            if self._in_line:
                await tx.execute(select(func.pg_advisory_xact_lock(LINE)))
            return await work(tx)

    async def close(self) -> None:
        """Close the connections."""
        await self._engine.dispose()


def may_pass(error: Exception) -> bool:
    """Whether the server is away, restarting, out of something and the like, and nothing wrong with what was asked."""
    if not isinstance(error, exc.DBAPIError):
        return False
    state = _state(error)
    return error.connection_invalidated or state in PASSING or state[:2] in PASSING


def _state(error: exc.DBAPIError) -> str:
    return str(getattr(error.orig, "sqlstate", None) or "")


def _engine(url: URL, connections: int, waits: Waits, *, writes: bool) -> AsyncEngine:
    """Rows are locked by the statements themselves; reads see one snapshot.

    A process that stands still in the middle of a transaction loses it, so that the others do not stand still too.
    """
    busy_ms = int(waits.busy * 1000)
    engine = create_async_engine(
        url.set(drivername="postgresql+asyncpg"),
        hide_parameters=True,  # what people write does not belong into logs of errors
        pool_size=connections,
        pool_pre_ping=True,
        connect_args={
            "timeout": waits.busy,
            "command_timeout": waits.answer,
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
