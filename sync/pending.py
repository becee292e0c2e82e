"""What one document has taken and not yet committed, in order, and who waits for each commit."""

from __future__ import annotations

import asyncio
from collections import deque
from dataclasses import dataclass, field

from sync.errors import SyncError
from sync.protocol import STATUS_TAKEN
from sync.session import Session
from sync.statuses import Debt
from sync.store import Append, Entry


@dataclass(slots=True)
class Taken:
    """An update on its way to the log. `claims` are client ids that its author owns from here on."""

    update: bytes
    author_id: str
    claims: tuple[int, ...]
    session: Session | None = None
    debts: list[tuple[Session, Debt]] = field(default_factory=list)
    done: asyncio.Future[int] | None = None


class Pending:
    """First what is on its way with the log's present batch, then what waits for the next one."""

    def __init__(self) -> None:
        self._waiting: deque[Taken] = deque()
        self._committing: list[Taken] = []

    def __bool__(self) -> bool:
        return bool(self._waiting or self._committing)

    @property
    def size_bytes(self) -> int:
        """All of it."""
        return sum(len(taken.update) for taken in (*self._committing, *self._waiting))

    def add(self, taken: Taken) -> None:
        """It waits for the next batch."""
        self._waiting.append(taken)

    def acknowledge(self, session: Session, debt: Debt) -> None:
        """Pay for an update that brought nothing new: known may so far be known in memory alone, so pay behind it."""
        last = self._waiting[-1] if self._waiting else self._committing[-1] if self._committing else None
        if last:
            last.debts.append((session, debt))
        elif session.statuses:
            session.statuses.settle(debt, STATUS_TAKEN)

    def collect(self, name: str) -> Append | None:
        """Everything that waits goes with the next batch."""
        assert not self._committing, "one batch at a time"
        if not self._waiting:
            return None
        self._committing = list(self._waiting)
        self._waiting.clear()
        return Append(name, tuple(Entry(taken.update, taken.author_id, taken.claims) for taken in self._committing))

    def committed(self) -> list[Taken]:
        """The present batch is stored: each of it is to be shown, then `pay`ed."""
        batch, self._committing = self._committing, []
        return batch

    @staticmethod
    def pay(taken: Taken, seq: int) -> None:
        """Tell those who waited."""
        for session, debt in taken.debts:
            if session.statuses:
                session.statuses.settle(debt, STATUS_TAKEN)
        if taken.done and not taken.done.done():
            taken.done.set_result(seq)

    def fail(self, error: SyncError) -> None:
        """None of it will be stored by us."""
        for taken in (*self._committing, *self._waiting):
            if taken.done and not taken.done.done():
                taken.done.set_exception(error)
        self._committing = []
        self._waiting.clear()
