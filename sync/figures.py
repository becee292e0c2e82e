"""What the engine counts of itself: plain numbers, added to where something happens and read when somebody asks.

No registry, no label look-up, no lock: a keystroke's path pays for one addition, a batch for a few. What can be seen by
looking (how many rooms, how old the oldest word that waits) is not counted at all.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from dataclasses import dataclass, field
from typing import Literal

Repair = Literal["broker", "sweep", "commit", "update"]
"""Why rows of others had to be read from the log: what another process said did not follow on what we have, the sweep
found a higher head, our own commit came after theirs, a client's update builds on them."""

SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.15, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
SIZES = (1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0, 256.0, 512.0, 1024.0)


class Histogram:
    """How many values lie under each bound, and their sum. `counts` has one more: what is over all of them."""

    def __init__(self, bounds: tuple[float, ...]) -> None:
        self.bounds = bounds
        self.counts = [0] * (len(bounds) + 1)
        self.sum = 0.0

    def add(self, value: float) -> None:
        """One more value."""
        self.counts[bisect_left(self.bounds, value)] += 1
        self.sum += value

    @property
    def total(self) -> int:
        """How many values there were."""
        return sum(self.counts)


@dataclass(slots=True)
class Figures:
    """The engine's counts since the process began.

    `ack_seconds` runs from an update's arrival at the gate to the moment it is committed, shown and acknowledged;
    `commit_seconds` is one transaction of the log, `commit_updates` how many updates went with it.
    """

    ack_seconds: Histogram = field(default_factory=lambda: Histogram(SECONDS))
    commit_seconds: Histogram = field(default_factory=lambda: Histogram(SECONDS))
    commit_updates: Histogram = field(default_factory=lambda: Histogram(SIZES))
    commits_retried: int = 0
    commits_lost: int = 0
    repairs: Counter[Repair] = field(default_factory=Counter)
    refusals: Counter[str] = field(default_factory=Counter)
    slow_reader_catchups: int = 0
