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
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar, TypeVarTuple

from sync.documents import tree, trees
from sync.edit_sessions import edit_sessions
from sync.errors import NotFound
from sync.limits import Limits
from sync.painting import HANDS_MAX, Painter
from sync.store import Row, Store
from sync.structs import read_update
from sync.tree import Element
from sync.workers import Workers

R = TypeVar("R")
Args = TypeVarTuple("Args")

ANSWERS_KEPT_MAX = 16
ANSWERS_KEPT_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Past:
    """The log of a document by columns, so that a long one reaches the worker quickly; and whose each client id is.

    Row `n` is the updates `firsts[n] .. seqs[n]`: beyond the history window a row is a whole edit session.
    """

    firsts: list[int]
    seqs: list[int]
    authors: list[str]
    begans: list[int]
    ats: list[int]
    updates: list[bytes]
    owners: dict[int, str]

    def rows_to(self, seq: int) -> int:
        """How many rows there are up to `seq`."""
        return bisect_right(self.seqs, seq)

    def to(self, seq: int) -> Past:
        """The past of the document as it was at `seq`. Raises NotFound where no row ends there."""
        n = self.rows_to(seq)
        if not n or self.seqs[n - 1] != seq:
            raise NotFound("no such version")
        return Past(
            self.firsts[:n],
            self.seqs[:n],
            self.authors[:n],
            self.begans[:n],
            self.ats[:n],
            self.updates[:n],
            self.owners,
        )


@dataclass(frozen=True, slots=True)
class Version:
    """An edit session: rows `first..last` of the log, who wrote in it, and when it began and ended (as in the log).

    `added` and `removed` count characters, all in all: what came and went within it is neither.
    """

    first: int
    last: int
    authors: tuple[str, ...]
    began: int
    ended: int
    added: int
    removed: int


@dataclass(frozen=True, slots=True)
class Hand:
    """Who wrote, and when they were done with that version (as in the log)."""

    author_id: str
    at: int


async def read_past(store: Store, name: str) -> Past:
    """The one place where a document's past is read. Raises NotFound."""
    stored = await store.load(name, whole=True)
    if stored is None:
        raise NotFound("no such document")
    rows, people = stored.rows, {row.author_id: row.author_id for row in stored.rows}
    return Past(
        [row.first_seq or row.seq for row in rows],
        [row.seq for row in rows],
        [people[row.author_id] for row in rows],
        [row.began_at or row.at for row in rows],
        [row.at for row in rows],
        [row.update for row in rows],
        dict(stored.owners),
    )


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
    for number, rows in enumerate(_sessions(past)):
        people: dict[str, None] = {}
        for n in rows:
            painter.paint(past.updates[n], number % HANDS_MAX)
            people |= dict.fromkeys(_people(past, n).values()) or {past.authors[n]: None}
        began, ended = min(past.begans[n] for n in rows), max(past.ats[n] for n in rows)
        first, last = past.firsts[rows[0]], past.seqs[rows[-1]]
        found.append(Version(first, last, tuple(people), began, ended, *painter.tally()))
    return found


def before(past: Past, seq: int) -> int:
    """The last row before the version that this row belongs to; 0 before the first. Raises NotFound."""
    *_, latest = _sessions(past.to(seq))
    return past.firsts[latest[0]] - 1


def readings(past: Past, root: str, seqs: Sequence[int]) -> list[Element]:
    """How the document read after each of these rows."""
    return trees(past.updates, root, [past.rows_to(seq) for seq in seqs])


def signed(past: Past, root: str) -> tuple[Element, Element, list[Hand]]:
    """The document as it reads now, the same with a sign for each letter, and the hands by the numbers of the signs."""
    numbers: dict[tuple[str, int], int] = {}
    hands: list[Hand] = []
    painter, painted = Painter(), []
    sessions = list(_sessions(past))
    apart = len(sessions) * len(set(past.owners.values())) < HANDS_MAX  # else they are told by their author alone
    for session, rows in enumerate(sessions):
        for n in rows:
            author, clients = past.authors[n], _people(past, n)
            people = dict.fromkeys((author, *clients.values()))
            hand = {one: numbers.setdefault((one, session if apart else 0), len(numbers)) for one in people}
            for one, number in hand.items():
                hands[number : number + 1] = [Hand(one, past.ats[n])]
            of = {client: hand[one] for client, one in clients.items()}
            painted.append(painter.paint(past.updates[n], hand[author], of))
    return tree(None, past.updates, root), tree(None, painted, root), hands


def _sessions(past: Past) -> Iterator[range]:
    """The rows of each version."""
    columns = zip(past.seqs, past.authors, past.ats, strict=True)
    start = 0
    for session in edit_sessions([Row(seq, author, at, b"") for seq, author, at in columns]):
        yield range(start, start + len(session))
        start += len(session)


def _people(past: Past, n: int) -> dict[int, str]:
    """client id → author, of a row that several may have written; of any other row its author wrote all."""
    if past.firsts[n] == past.seqs[n]:
        return {}
    clients = read_update(past.updates[n], Limits()).structs
    return {client: past.owners.get(client) or past.authors[n] for client in clients}
