"""A log folded into a snapshot, and the proof that it reads as the log does. Pure; runs in workers (sync/workers.py).

Nothing is taken on trust: who decodes the result is another process than the one that made it, and compares it with
the log replayed from its first row. What differs is never stored.
"""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import accumulate, pairwise
from typing import Any

from sync import documents
from sync.errors import SyncError
from sync.index import Index
from sync.joining import join_updates
from sync.kinds import Schema
from sync.limits import Limits
from sync.tree import Element, Text


class Differs(SyncError):
    """The same words of the log read differently by two ways that must agree."""


class Reordered(Differs):
    """Nothing is missing, but it stands in another order.

    An item that names one letter as its neighbour on both sides has no place of its own: whoever reads it anew has it
    elsewhere, Yjs too. Once in half a million edits Yjs makes one itself, undoing (tests/clients/corpus.mjs 20261175).
    """


@dataclass(frozen=True, slots=True)
class Log:
    """Updates on their way to a process: in one piece, as pickling some hundred thousand holds up everybody else."""

    whole: bytes
    ends: array[int]

    @classmethod
    def of(cls, updates: Sequence[bytes]) -> Log:
        """Pack them."""
        return cls(b"".join(updates), array("Q", accumulate(map(len, updates))))

    def updates(self) -> list[bytes]:
        """Unpack them."""
        return [self.whole[start:end] for start, end in pairwise([0, *self.ends])]


@dataclass(frozen=True, slots=True)
class Fold:
    """What a snapshot is made of, `seq` aside."""

    state: bytes
    state_vector: bytes
    index: bytes


def fold(base: Fold | None, log: Log, schema: Schema, limits: Limits) -> Fold:
    """The document as one update, with the scanner's index of it. Library and scanner must agree what it holds."""
    updates = log.updates()
    index = documents.index(base.index if base else None, updates, schema, limits)
    folded = documents.fold(base.state if base else None, updates)
    if Index.load(index).vector() != folded.state_vector:
        raise Differs("the library and the scanner do not find the same words")
    return Fold(folded.state, folded.state_vector, index)


def verify(made: Fold, log: Log, schema: Schema) -> None:
    """Compare with a replay of the whole log: text and structure or values, state vector, delete set."""
    compare(documents.read(made.state, (), schema), documents.read(None, log.updates(), schema))
    if made.state_vector != documents.fold(made.state, ()).state_vector:
        raise Differs("the state vector is another than that of the state")


def join(sessions: Sequence[Sequence[bytes]], limits: Limits) -> list[bytes]:
    """Each edit session as one update."""
    return [join_updates(updates, limits) for updates in sessions]


def verify_joined(log: Log, thinned: Log, schema: Schema) -> None:
    """Compare two forms of one log, as it is and as it is to be."""
    compare(documents.read(None, thinned.updates(), schema), documents.read(None, log.updates(), schema))


def prove(log: Log, schema: Schema, limits: Limits, draw: Callable[[Any], Any] | None) -> None:
    """Everything that is done to a document of this log, once: it must come to its end, and agree but for the order."""
    with suppress(Reordered):
        verify(fold(None, log, schema, limits), log, schema)
    if draw:
        (root,) = schema.roots
        documents.settle(None, log.updates(), root, draw)


def compare(folded: documents.Reading, replayed: documents.Reading) -> None:
    """Raises Reordered or Differs and says in what."""
    differs = [
        part.replace("_", " ")
        for part in ("content", "state_vector", "deletions")
        if getattr(folded, part) != getattr(replayed, part)
    ]
    if not differs:
        return
    told = f"folded and replayed the {' and the '.join(differs)} is not the same"
    if differs == ["content"] and _pieces(folded.content) == _pieces(replayed.content):
        raise Reordered(told)
    raise Differs(told)


def _pieces(content: Element | Text | dict[str, Any]) -> Counter[str]:
    """What a text is made of, in no order: its letters and the names of its nodes; of values, each."""
    match content:
        case Text(text):
            return Counter(text)
        case Element(tag, _, children):
            return sum(map(_pieces, children), Counter([f"<{tag}>"]))
        case _:
            return Counter(f"{key}={value!r}" for key, value in content.items())
