"""Wait for a condition, never for a time. The deadline only ends a test that would otherwise hang.

Where a promise says how long something may take, a test marked `timed` judges it by `allowed`.
"""

import asyncio
import os
import time
from collections.abc import Awaitable, Callable
from typing import TypeVar

T = TypeVar("T")
POLL_SECONDS = 0.02
ALONE = os.environ.get("CARNET_ALONE") == "1"
"""Nothing else runs on this machine, as with `make soak`: what is promised is judged to the letter."""
BUSY_FACTOR = 10


def allowed(promised: float) -> float:
    """How long something may take whose time is promised, in the same unit: ten times as long beside other tests."""
    return promised if ALONE else promised * BUSY_FACTOR


async def until(condition: Callable[[], Awaitable[T]], *, seconds: float = 60, what: Callable[[], str] = str) -> T:
    """Ask `condition` until it answers something true, and return that; `what` says what was waited for."""
    deadline = time.monotonic() + seconds
    while not (answer := await condition()):
        assert time.monotonic() < deadline, f"not within {seconds} s: {what()}"
        await asyncio.sleep(POLL_SECONDS)
    return answer
