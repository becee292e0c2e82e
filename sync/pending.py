"""What one document has taken and not yet committed, in order, and who waits for each commit."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from sync.errors import SyncError
from sync.kinds import Tx
from sync.protocol import STATUS_TAKEN
from sync.session import Session
from sync.statuses import Debt
from sync.store import Append, Appended, Entry, Moved, Refused


@dataclass(frozen=True, slots=True)
class Condition:
    """It was admitted against `head` and counts only there; `within(tx)` writes what follows from it."""

    head: int
    within: Callable[[Tx], Awaitable[None]]
    outcome: asyncio.Future[Appended | Moved | Refused]


@dataclass(slots=True)
class Taken:
    """An update on its way to the log, since when. Everybody is shown it but `session`, which made it."""

    entry: Entry
    since: float
    session: Session | None = None
    debts: list[tuple[Session, Debt]] = field(default_factory=list)
    done: asyncio.Future[int] | None = None
    condition: Condition | None = None


class Pending:
    """First what is on its way with the log's present batch, then what waits for the next one."""

    def __init__(self) -> None:
        self._waiting: list[Taken] = []
        self._committing: list[Taken] = []
        self._failed: SyncError | None = None

    def __bool__(self) -> bool:
        return bool(self._waiting or self._committing)

    @property
    def size_bytes(self) -> int:
        """All of it."""
        return sum(len(taken.entry.update) for taken in (*self._committing, *self._waiting))

    @property
    def since(self) -> float | None:
        """Since when the oldest of it waits."""
        oldest = self._committing or self._waiting
        return oldest[0].since if oldest else None

    def add(self, taken: Taken) -> None:
        """It waits for the next batch. Raises what the document failed with: whoever took long to get here is told."""
        if self._failed:
            raise self._failed
        self._waiting.append(taken)

    def acknowledge(self, session: Session, debt: Debt) -> None:
        """Pay for an update that brought nothing new: known may so far be known in memory alone, so pay behind it."""
        last = self._waiting[-1] if self._waiting else self._committing[-1] if self._committing else None
        if last:
            last.debts.append((session, debt))
        elif session.statuses:
            session.statuses.settle(debt, STATUS_TAKEN)

    def collect(self, name: str, seen_head: int) -> Append | None:
        """Everything that waits goes with the next batch."""
        assert not self._committing, "one batch at a time"
        if not self._waiting:
            return None
        if condition := self._waiting[0].condition:  # it goes alone: it was admitted against the head
            self._committing = [self._waiting.pop(0)]
            return Append(name, (self._committing[0].entry,), condition.head, condition.within, seen_head)
        self._committing, self._waiting = self._waiting, []
        return Append(name, tuple(taken.entry for taken in self._committing), seen_head=seen_head)

    @property
    def batch(self) -> list[Taken]:
        """The present batch: once it is stored, each of it is to be shown, then `pay`ed."""
        return self._committing

    def committed(self) -> None:
        """All of the present batch was told."""
        self._committing = []

    @property
    def conditional(self) -> bool:
        """Nothing builds on the present batch: it was admitted by itself."""
        return any(taken.condition for taken in self._committing)

    def turned_back(self, outcome: Moved | Refused) -> None:
        """The present batch was not stored: whoever admitted it looks again, or gives up."""
        for taken in self._committing:
            if taken.condition and not taken.condition.outcome.done():
                taken.condition.outcome.set_result(outcome)
        self.committed()

    @staticmethod
    def pay(taken: Taken, seq: int) -> None:
        """Tell those who waited."""
        if taken.condition and not taken.condition.outcome.done():
            taken.condition.outcome.set_result(Appended(seq, seq))
        for session, debt in taken.debts:
            if session.statuses:
                session.statuses.settle(debt, STATUS_TAKEN)
        if taken.done and not taken.done.done():
            taken.done.set_result(seq)

    def fail(self, error: SyncError) -> None:
        """None of it will be stored by us, nor anything that comes: its document may be open anew by then, and no
        batch takes a document twice."""
        self._failed = error
        for taken in (*self._committing, *self._waiting):
            for future in (taken.done, taken.condition and taken.condition.outcome):
                if future and not future.done():
                    future.set_exception(error)
                    future.exception()  # whoever waits is told all the same; of who does not, nobody complains
        self._committing = []
        self._waiting.clear()
