"""An event loop whose time stands still while anybody works, and jumps to the next timer when all of them wait.

A minute of the engine's life takes as long as its work, and the same work is always done in the same order: what is
drawn at random is drawn from the seed, tasks are told apart by when they were made and not by where they lie in memory,
and work for threads is done in its place.
"""

from __future__ import annotations

import asyncio
import secrets
import selectors
from collections.abc import Callable, Coroutine
from itertools import count
from random import Random
from typing import Any, TypeVar
from unittest import mock

T = TypeVar("T")

STEPS_AT_ONE_MOMENT_MAX = 200_000


class StoodStill(AssertionError):
    """Nothing will ever happen again, or something happens for ever while no time passes."""


class _Selector(selectors.SelectSelector):
    """Waits for nobody: what the loop would sleep through is past at once."""

    def __init__(self) -> None:
        super().__init__()
        self.now = 1_000.0
        self._steps = 0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        if timeout is None:
            raise StoodStill("everybody waits, and no timer runs")
        self._steps = 0 if timeout > 0 else self._steps + 1
        if self._steps > STEPS_AT_ONE_MOMENT_MAX:
            raise StoodStill("somebody is busy for ever")
        self.now += max(timeout, 0)
        return []


class _Task(asyncio.Task[Any]):
    """Its hash is its number: sets of tasks have the same order in each run."""

    def __init__(self, coroutine: Coroutine[Any, Any, Any], loop: VirtualLoop, **options: Any) -> None:
        self._number = next(loop.numbers)
        super().__init__(coroutine, loop=loop, **options)

    def __hash__(self) -> int:
        return self._number


class VirtualLoop(asyncio.SelectorEventLoop):
    """The loop of a simulation."""

    def __init__(self) -> None:
        self._virtual = _Selector()
        self.numbers = count()
        super().__init__(self._virtual)
        self.set_task_factory(lambda loop, coroutine, **options: _Task(coroutine, self, **options))

    def time(self) -> float:
        return self._virtual.now

    def run_in_executor(self, executor: object, function: Callable[..., Any], *args: Any) -> asyncio.Future[Any]:  # type: ignore[override]
        """There is one thread: this one."""
        future = self.create_future()
        try:
            future.set_result(function(*args))
        except Exception as error:  # noqa: BLE001 - whoever awaits it gets it
            future.set_exception(error)
        return future


def run(life: Coroutine[Any, Any, T], chance: Random) -> T:
    """Run to the end, in no time, with the engine's own dice drawn from `chance`."""
    with (
        mock.patch.object(secrets, "randbits", chance.getrandbits),
        asyncio.Runner(loop_factory=VirtualLoop) as runner,
    ):
        return runner.run(life)
