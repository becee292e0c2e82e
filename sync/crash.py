"""Places where this process can be told to die, so that tests learn what a kill there costs.

    CARNET_CRASH=after-commit:3 carnet serve     dies the third time it passes there: SIGKILL, no goodbye, no flush

A kill at a random moment almost never hits the microseconds that matter. Without the variable a point is a comparison.
"""

from __future__ import annotations

import os
import signal
from typing import Literal, get_args

Point = Literal[
    "before-commit",  # rows are written, and nothing of them counts yet
    "after-commit",  # they count, and nobody has been told
    "before-publish",  # their author has been told, other processes have not
    "settling",  # a note is drawn, its row and its search entry are not written
    "folding",  # a snapshot is made and not proven
    "before-snapshot",  # proven, not stored
    "after-snapshot",  # stored beside the one before it
    "thinning",  # rows are joined, and nothing of it counts yet
]

POINTS: tuple[Point, ...] = get_args(Point)


class Fuse:
    """Burns down each time its point is passed."""

    def __init__(self, words: str) -> None:
        """`point:times`. Raises ValueError."""
        point, _, times = words.partition(":")
        if point not in POINTS or not times.isdecimal() or not int(times):
            raise ValueError(f"CARNET_CRASH: expected one of {', '.join(POINTS)}, a colon and a number, got {words!r}")
        self.point, self._left = point, int(times)

    def burn(self) -> None:
        """One time less; at none the process is gone."""
        self._left -= 1
        if not self._left:
            os.kill(os.getpid(), signal.SIGKILL)


_fuse = Fuse(words) if (words := os.environ.get("CARNET_CRASH")) else None


def passing(point: Point) -> None:
    """Here the process may be told to die."""
    if _fuse and _fuse.point == point:
        _fuse.burn()
