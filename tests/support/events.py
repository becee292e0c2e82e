"""Server-sent events, as a browser's EventSource reads them."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import httpx


@dataclass(frozen=True, slots=True)
class Event:
    """One event; `data` is None where it only carries a number."""

    id: str
    name: str
    data: Any


class Stream:
    """Events in the order in which they come."""

    def __init__(self, response: httpx.Response) -> None:
        self.response = response
        self._lines = response.aiter_lines()
        self.comments = 0

    async def next(self) -> Event | None:
        """The next one; None at the end of the stream."""
        fields: dict[str, str] = {}
        async for line in self._lines:
            if line.startswith(":"):
                self.comments += 1
            elif line:
                name, _, value = line.partition(": ")
                fields[name] = value
            elif fields:
                data = json.loads(fields["data"]) if "data" in fields else None
                return Event(fields.get("id", ""), fields.get("event", "message"), data)
        return None

    async def until(self, object_id: str) -> Event:
        """The next event about an object."""
        while event := await self.next():
            if event.data and event.data.get("id") == object_id:
                return event
        raise AssertionError(f"the stream ended before {object_id}")


@asynccontextmanager
async def listening(client: httpx.AsyncClient, after: str | None = None) -> AsyncIterator[Stream]:
    """A stream of changes, open until the block ends."""
    headers = {"Last-Event-ID": after} if after is not None else {}
    async with client.stream("GET", "/changes", headers=headers, timeout=60) as response:
        yield Stream(response)
