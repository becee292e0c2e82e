"""What the product counts of itself, beside the engine's (sync/figures.py): requests by route, and lines of trouble."""

from __future__ import annotations

import logging
from collections import Counter
from dataclasses import dataclass, field

from sync.figures import SECONDS, Histogram

METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


@dataclass(slots=True)
class Requests:
    """How long requests took, by (method, route, status). A route is a pattern of ours, so there are few of them."""

    seconds: dict[tuple[str, str, str], Histogram] = field(default_factory=dict)

    def add(self, method: str, route: str, status: int, seconds: float) -> None:
        """One more request."""
        labels = (method if method in METHODS else "other", route, str(status))
        histogram = self.seconds.get(labels)
        if histogram is None:
            histogram = self.seconds[labels] = Histogram(SECONDS)
        histogram.add(seconds)


class Errors(logging.Handler):
    """Counts the lines of the log at error or worse, by their logger, as they pass."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.counts: Counter[str] = Counter()

    def emit(self, record: logging.LogRecord) -> None:
        """One more line."""
        self.counts[record.name] += 1
