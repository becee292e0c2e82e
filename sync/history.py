"""The past of a document, from its log: which versions there are, how it read at each, who wrote which letter.

    versions(past)            → [Version], the oldest first
    readings(past, root, seqs) → how it read after each of these rows
    signed(past, root)        → the tree with signs for letters (painting.py), and whose hand each sign stands for

These run in a worker: they replay the whole log. `Histories` asks them for a server, one at a time, so that nobody who
types ever waits for somebody who looks back, and keeps the answers for a while.
"""

from __future__ import annotations

import asyncio
import time
from bisect import bisect_right
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar, TypeVarTuple

from sync.documents import tree, trees
from sync.errors import NotFound
from sync.painting import HANDS_MAX, Painter
from sync.store import Store
from sync.tree import Element
from sync.versions import Stretch, cut
from sync.workers import Workers

R = TypeVar("R")
Args = TypeVarTuple("Args")

ROWS_AT_ONCE = 2_000
ANSWERS_KEPT_MAX = 16
ANSWERS_KEPT_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Past:
    """The log of a document by columns, so that a long one reaches the worker quickly."""

    seqs: list[int]
    authors: list[str]
    ats: list[int]
    updates: list[bytes]

    def rows_to(self, seq: int) -> int:
        """How many rows there are up to `seq`."""
        return bisect_right(self.seqs, seq)

    def to(self, seq: int) -> Past:
        """The past of the document as it was at `seq`. Raises NotFound where there is no such row."""
        n = self.rows_to(seq)
        if not n or self.seqs[n - 1] != seq:
            raise NotFound("no such version")
        return Past(self.seqs[:n], self.authors[:n], self.ats[:n], self.updates[:n])


@dataclass(frozen=True, slots=True)
class Version:
    """A version, and how many characters it added and removed, all in all. What came and went in it is neither."""

    stretch: Stretch
    added: int
    removed: int


@dataclass(frozen=True, slots=True)
class Hand:
    """Who wrote, and when they were done with that version (as in the log)."""

    author_id: str
    at: int


async def read_past(store: Store, name: str) -> Past:
    """The one place where a document's past is read."""
    past = Past([], [], [], [])
    people: dict[str, str] = {}
    while rows := await store.since(name, past.seqs[-1] if past.seqs else 0, ROWS_AT_ONCE):
        past.seqs.extend(row.seq for row in rows)
        past.authors.extend(people.setdefault(row.author_id, row.author_id) for row in rows)
        past.ats.extend(row.at for row in rows)
        past.updates.extend(row.update for row in rows)
    return past


class Histories:
    """The pasts of all documents of a store, for one server process."""

    def __init__(self, store: Store, workers: Workers, clock: Callable[[], float] = time.monotonic) -> None:
        self._store, self._workers, self._clock = store, workers, clock
        self._turn = asyncio.Lock()
        self._answers: OrderedDict[tuple[Any, ...], tuple[float, Any]] = OrderedDict()

    async def ask(self, name: str, question: Callable[[Past, *Args], R], *args: *Args) -> R:
        """What a function of a module (it runs in a worker) makes of the past of a document as it is now.

        Raises NotFound, and what `Workers.run` raises. A past too long to be read quarantines nothing: its replay runs
        under a name of its own.
        """
        async with self._turn:
            heads = await self._store.heads([name])
            if name not in heads:
                raise NotFound("no such document")
            key = (name, heads[name], question, args)
            kept = self._answers.get(key)
            if kept and self._clock() - kept[0] < ANSWERS_KEPT_SECONDS:
                self._answers.move_to_end(key)
                answer: R = kept[1]
                return answer
            past = await read_past(self._store, name)
            answer = await self._workers.run(f"history of {name}", question, past, *args)
            self._answers[key] = (self._clock(), answer)
            while len(self._answers) > ANSWERS_KEPT_MAX:
                self._answers.popitem(last=False)
            return answer


# --- in a worker ---


def versions(past: Past) -> list[Version]:
    """All of them, the oldest first."""
    painter = Painter()
    found: list[Version] = []
    for n, stretch in enumerate(_stretches(past)):
        for at in range(past.rows_to(stretch.first - 1), past.rows_to(stretch.last)):
            painter.paint(past.updates[at], n % HANDS_MAX)
        found.append(Version(stretch, *painter.tally()))
    return found


def before(past: Past, seq: int) -> int:
    """The last row before the version that this row belongs to; 0 before the first. Raises NotFound."""
    return next(stretch.first for stretch in reversed(_stretches(past.to(seq)))) - 1


def readings(past: Past, root: str, seqs: Sequence[int]) -> list[Element]:
    """How the document read after each of these rows."""
    return trees(past.updates, root, [past.rows_to(seq) for seq in seqs])


def signed(past: Past, root: str) -> tuple[Element, Element, list[Hand]]:
    """The document as it reads now, the same with a sign for each letter, and the hands by the numbers of the signs."""
    numbers: dict[tuple[str, int], int] = {}
    hands: list[Hand] = []
    painter, painted = Painter(), []
    stretches = _stretches(past)
    apart = len(stretches) * 2 < HANDS_MAX  # else whoever wrote so often is told by name alone
    for n, stretch in enumerate(stretches):
        for at in range(past.rows_to(stretch.first - 1), past.rows_to(stretch.last)):
            author = past.authors[at]
            number = numbers.setdefault((author, n if apart else 0), len(numbers))
            hands[number : number + 1] = [Hand(author, past.ats[at])]
            painted.append(painter.paint(past.updates[at], number))
    return tree(None, past.updates, root), tree(None, painted, root), hands


def _stretches(past: Past) -> list[Stretch]:
    return cut(zip(past.seqs, past.authors, past.ats, strict=True))
