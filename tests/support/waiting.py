"""Wait for a condition, never for a time. The deadline only ends a test that would otherwise hang."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import TypeVar

T = TypeVar("T")
POLL_SECONDS = 0.02


async def until(condition: Callable[[], Awaitable[T]], *, seconds: float = 20, what: Callable[[], str] = str) -> T:
    """Ask `condition` until it answers something true, and return that; `what` says what was waited for."""
    deadline = time.monotonic() + seconds
    while not (answer := await condition()):
        assert time.monotonic() < deadline, f"not within {seconds} s: {what()}"
        await asyncio.sleep(POLL_SECONDS)
    return answer
