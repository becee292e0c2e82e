"""Work that outlives the request that asked for it: one piece at a time, the others wait in line.

The lifespan owns it all and ends it when the server stops; a piece of work that can be interrupted says so in the
database on its way out. Nobody waits for its outcome, so a fault is logged here.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import structlog

log = structlog.get_logger("carnet.background")


Work = Callable[[], Coroutine[Any, Any, None]]


async def _nothing() -> None:
    """Wait quietly."""


class Background:
    """`start` puts work in line; `close` ends what runs and forgets what waits."""

    def __init__(self) -> None:
        self._turn = asyncio.Lock()
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def length(self) -> int:
        """How much runs or waits."""
        return len(self._tasks)

    def start(self, work: Work, name: str, meanwhile: Work = _nothing) -> None:
        """Run `work()` once those before it have ended; until then, `meanwhile()`."""
        task = asyncio.create_task(self._run(work, meanwhile), name=name)
        self._tasks.add(task)
        task.add_done_callback(self._end)

    async def _run(self, work: Work, meanwhile: Work) -> None:
        async with asyncio.TaskGroup() as tasks:
            waiting = tasks.create_task(meanwhile())
            async with self._turn:
                waiting.cancel()
                await work()

    def _end(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()):
            log.error("work in the background failed", work=task.get_name(), exc_info=error)

    async def close(self) -> None:
        """Cancel everything and wait until it is gone."""
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
