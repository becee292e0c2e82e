"""A Node process of tests/clients, asked over JSON lines; and the people who write through it."""

import asyncio
import base64
import itertools
import json
import shutil
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.support.waiting import until

CLIENTS = Path(__file__).parent.parent / "clients"
LINE_BYTES_MAX = 64 * 1024 * 1024


@dataclass(slots=True)
class Node:
    """Ask it verbs; hear its events, in order and as they come."""

    process: asyncio.subprocess.Process
    events: list[dict[str, Any]] = field(default_factory=list)
    listeners: list[Callable[[dict[str, Any]], None]] = field(default_factory=list)
    _ids: Iterator[int] = field(default_factory=itertools.count)
    _asked: dict[int, asyncio.Future[Any]] = field(default_factory=dict)

    async def ask(self, verb: str, **question: Any) -> Any:
        """Put one question and wait for its answer."""
        number = next(self._ids)
        self._asked[number] = asyncio.get_running_loop().create_future()
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps({"id": number, "verb": verb, **question}).encode() + b"\n")
        await self.process.stdin.drain()
        try:
            return await self._asked[number]
        finally:
            del self._asked[number]

    async def listen(self) -> None:
        """Read lines until the process ends; then fail whatever is still unanswered."""
        assert self.process.stdout is not None
        async for line in self.process.stdout:
            told = json.loads(line)
            if "event" in told:
                self.events.append(told)
                for listener in self.listeners:
                    listener(told)
            elif "error" in told:
                self._asked[told["id"]].set_exception(AssertionError(told["error"]))
            else:
                self._asked[told["id"]].set_result(told["answer"])
        for waiting in self._asked.values():
            waiting.set_exception(AssertionError("the Node process ended; its stderr is above"))


@asynccontextmanager
async def node(script: str, *arguments: str) -> AsyncIterator[Node]:
    """Start `tests/clients/<script>`; its input's end is its own."""
    executable = shutil.which("node")
    assert executable, "there is no node on PATH; `make test` puts one there"
    process = await asyncio.create_subprocess_exec(
        executable,
        str(CLIENTS / script),
        *arguments,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        limit=LINE_BYTES_MAX,
    )
    running = Node(process)
    listening = asyncio.create_task(running.listen())
    try:
        yield running
    finally:
        assert process.stdin is not None
        process.stdin.close()
        await process.wait()
        await listening


@dataclass(frozen=True, slots=True)
class Person:
    """One person at one note, in the Node process `people.mjs`; gone when the process ends."""

    node: Node
    name: str

    async def state(self) -> dict[str, Any]:
        """What the provider says of itself: synced, unsynced, saved, scope, refusals, closes, present, text …"""
        return await self.node.ask("state", name=self.name)

    async def text(self) -> str:
        """The note's text as this person has it."""
        return (await self.state())["text"]

    async def do(self, verb: str, **question: Any) -> Any:
        """Any verb of people.mjs: write, erase, type, startTyping, stopTyping, present, cut, mend, update, leave."""
        return await self.node.ask(verb, name=self.name, **question)

    async def write(self, text: str) -> None:
        """Type at the end of one's own paragraph (a new one the first time)."""
        await self.do("write", text=text)

    async def until(self, *, seconds: float = 60, **expected: Any) -> dict[str, Any]:
        """Wait until every named part of the state is as expected (a callable is asked); answer the state."""
        last: dict[str, Any] = {}

        async def as_expected() -> dict[str, Any]:
            nonlocal last
            last = await self.state()
            parts = ((last[part], want) for part, want in expected.items())
            return last if all(want(part) if callable(want) else part == want for part, want in parts) else {}

        return await until(as_expected, seconds=seconds, what=lambda: f"{self.name} {expected}, but {last}")


@dataclass(frozen=True, slots=True)
class People:
    """Everybody of one Node process."""

    node: Node

    async def open(self, name: str, **question: Any) -> Person:
        """`url`, `document`, and for Hocuspocus `token`, for y-websocket `dialect` and `ticket`: see people.mjs."""
        await self.node.ask("open", name=name, **question)
        return Person(self.node, name)

    async def text(self, updates: Sequence[bytes]) -> str:
        """The text that Yjs itself makes of a log's rows."""
        return await self.node.ask("text", updates=[base64.b64encode(update).decode() for update in updates])

    async def texts(self, updates: Sequence[bytes]) -> list[str]:
        """The text that Yjs itself makes of a log's rows: of none of them, of the first, and so on to all of them."""
        return await self.node.ask("texts", updates=[base64.b64encode(update).decode() for update in updates])
