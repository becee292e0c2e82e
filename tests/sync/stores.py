"""Every form of the store, each with a toy table beside it, for the suites of its contract."""

from __future__ import annotations

import random
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from typing import Protocol

from sqlalchemy import Column, MetaData, Table, Text, insert, select

from sync.database import Database, metadata
from sync.kinds import Tx
from sync.memory_store import MemoryStore
from sync.sql_store import SqlStore
from sync.store import Append, Entry, Outcome, Store

NOW = 1_700_000_000.5


class Put(Protocol):
    def __call__(self, tx: Tx, key: str, value: str) -> Awaitable[None]: ...


@dataclass(frozen=True, slots=True)
class Bench:
    """A store, and a toy table beside it: `put` writes a row of it in a transaction, `get` reads what is committed."""

    store: Store
    put: Put
    get: Callable[[str], Awaitable[list[str]]]

    async def make(self, *names: str) -> None:
        """Create documents, each in a transaction of its own."""
        for name in names:
            await self.store.write(partial(self.store.create, name=name))

    async def append(self, *appends: Append) -> list[Outcome]:
        """One batch with a fresh id."""
        return await self.store.append(random.getrandbits(63), appends)

    async def updates(self, name: str) -> list[bytes]:
        """Everything stored of a document; its seqs are checked on the way."""
        rows = await self.store.since(name, 0, limit=100_000)
        assert [row.seq for row in rows] == list(range(1, len(rows) + 1))
        return [row.update for row in rows]


@asynccontextmanager
async def memory_bench() -> AsyncIterator[Bench]:
    store = MemoryStore(clock=lambda: NOW)

    async def put(tx: Tx, key: str, value: str) -> None:
        tx.setdefault(key, []).append(value)

    async def get(key: str) -> list[str]:
        return list(store.tables.get(key, []))

    yield Bench(store, put, get)


@asynccontextmanager
async def sql_bench(url: str) -> AsyncIterator[Bench]:
    database = Database(url)
    toys = Table("toys", MetaData(), Column("key", Text), Column("value", Text))

    async def put(tx: Tx, key: str, value: str) -> None:
        await tx.execute(insert(toys), {"key": key, "value": value})

    async def get(key: str) -> list[str]:
        found = await database.read(lambda tx: tx.execute(select(toys.c.value).where(toys.c.key == key)))
        return list(found.scalars())

    await database.start()
    await database.write(lambda tx: tx.run_sync(metadata.create_all))
    await database.write(lambda tx: tx.run_sync(toys.metadata.create_all))
    yield Bench(SqlStore(database, "node-1", clock=lambda: NOW), put, get)
    await database.close()


def typed(name: str, *updates: bytes, author: str = "lea", expected_head: int | None = None) -> Append:
    return Append(name, tuple(Entry(update, author) for update in updates), expected_head)


def claiming(name: str, author: str, *clients: int) -> Append:
    return Append(name, (Entry(b"hello", author, clients),))
