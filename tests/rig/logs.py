"""The logs as they lie in the database, read past everything that is ours: for the oracle."""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import asyncpg

ROWS = "SELECT seq, author_id, bytes, first_seq FROM document_updates WHERE name = {} ORDER BY seq"
CLIENTS = "SELECT client_id, user_id FROM document_clients WHERE name = {}"
ANSWER_SECONDS_MAX = 10


@dataclass(frozen=True, slots=True)
class Row:
    """An update as it was committed. `first_seq`: it was thinned, and is a whole edit session."""

    seq: int
    author_id: str
    update: bytes
    first_seq: int | None


@dataclass(frozen=True, slots=True)
class Logs:
    """Of one database, by its address."""

    url: str

    async def rows(self, name: str) -> list[Row]:
        """What is committed of a document now."""
        return [Row(*row) for row in await self._ask(ROWS, name)]

    async def owners(self, name: str) -> dict[int, str]:
        """Client id → user, of a document."""
        return dict(await self._ask(CLIENTS, name))

    async def _ask(self, question: str, name: str) -> list[Any]:
        if self.url.startswith("sqlite"):
            return await asyncio.to_thread(self._ask_file, question.format("?"), name)
        connection = await asyncpg.connect(self.url, timeout=ANSWER_SECONDS_MAX, command_timeout=ANSWER_SECONDS_MAX)
        try:
            return [tuple(row) for row in await connection.fetch(question.format("$1"), name)]
        finally:
            await connection.close()

    def _ask_file(self, question: str, name: str) -> list[Any]:
        file = Path(self.url.removeprefix("sqlite:///"))
        with closing(sqlite3.connect(file)) as database:
            return database.execute(question, [name]).fetchall()
