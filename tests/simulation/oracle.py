"""What really happened: every row that was stored, in a journal beside the store, and what must hold of it.

The journal is kept from outside the engine. It is asked at every step of a simulation (safety), and once more when
everything has healed (liveness); what does not hold is noted, and the simulation ends with the first of it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from sync import documents
from sync.index import Ranges
from sync.kinds import Schema
from sync.limits import Limits
from sync.store import Append, Appended, Outcome, Stored
from sync.structs import read_update

LIMITS = Limits()


class Violation(AssertionError):
    """A promise that was not kept."""


@dataclass
class Items:
    """Which items, and which of them are deleted: of a log, or of one client's own doings."""

    clocks: dict[int, int] = field(default_factory=dict)
    deleted: dict[int, Ranges] = field(default_factory=dict)

    def add(self, update: bytes) -> None:
        read = read_update(update, LIMITS)
        for client, own in read.structs.items():
            self.clocks[client] = max(self.clocks.get(client, 0), own[-1].clock + own[-1].length)
        for client, spans in read.deletes.items():
            self.deleted[client] = Ranges.of(spans) | self.deleted.get(client, Ranges())

    def missing(self, other: Items) -> str | None:
        """What of `other` is not here."""
        for client, clock in other.clocks.items():
            if clock > self.clocks.get(client, 0):
                return f"items {self.clocks.get(client, 0)}..{clock} of {client}"
        for client, ranges in other.deleted.items():
            mine = self.deleted.get(client, Ranges())
            if any(not mine.cover(*span) for span in ranges):
                return f"deletions {list(ranges)} of {client}, having {list(mine)}"
        return None


def items_of(update: bytes) -> Items:
    items = Items()
    items.add(update)
    return items


@dataclass
class Document:
    """The journal of one document."""

    schema: Schema
    updates: list[bytes] = field(default_factory=list)
    items: Items = field(default_factory=Items)
    drawn: tuple[int, Any] = (0, None)  # the projection: up to which seq, and what it shows
    _implied: tuple[int, Items] = field(default_factory=lambda: (0, Items()))

    def missing(self, other: Items) -> str | None:
        """What of `other` is not in the log. Words in a paragraph that somebody deletes meanwhile are deleted with it,
        though no update says so; but whoever integrates the log finds that."""
        missing = self.items.missing(other)
        if missing and self._implied[0] < len(self.updates):
            self._implied = (len(self.updates), items_of(self.reading().deletions))
        return missing and Items(self.items.clocks, self._implied[1].deleted).missing(other)

    def reading(self, seq: int | None = None) -> documents.Reading:
        """The log replayed, up to `seq`."""
        return documents.read(None, self.updates[:seq], self.schema)


@dataclass(frozen=True)
class Barred:
    """Who may not write any more: what they had made until then. And what was stored, where they may not even read."""

    made: dict[int, int]
    shown: dict[int, int] | None


class Oracle:
    """The journal of a whole simulation."""

    def __init__(self, strangers: set[str]) -> None:
        self.strangers = strangers  # nothing they send may be stored
        self.documents: dict[str, Document] = {}
        self.owners: dict[int, str] = {}  # client id → who sits at that device
        self.barred: dict[tuple[str, str], Barred] = {}  # by who, and the document's name
        self._stored: dict[int, tuple[Append, Outcome]] = {}
        self._thinned: dict[str, int] = {}  # up to which row of a log its batches are not known any more
        self.violations: list[str] = []

    def blame(self, what: str) -> None:
        self.violations.append(what)

    def check(self) -> None:
        """Raises the first promise that was not kept."""
        if self.violations:
            raise Violation(self.violations[0])

    # --- what is stored ---

    def stored(self, appends: Sequence[Append], outcomes: Sequence[Outcome]) -> None:
        """A batch was stored, or decided otherwise."""
        for append, outcome in zip(appends, outcomes, strict=True):
            if not isinstance(outcome, Appended):
                continue
            before = self._stored.setdefault(id(append), (append, outcome))[1]
            # A try that reaches the database only when its rows are thinned, a month late, is not known there: stored
            # twice it says nothing new.
            late = isinstance(before, Appended) and before.last <= self._thinned.get(append.name, 0)
            if before != outcome and not late:
                self.blame(f"one batch of {append.name} was stored twice: {before}, {outcome}")
            document = self.documents[append.name]
            if outcome.last <= len(document.updates):
                continue  # the answer of before, given again
            if outcome.first != len(document.updates) + 1:
                self.blame(f"{append.name}: rows {outcome.first}.. behind {len(document.updates)}")
            for entry in append.entries:
                self._row(append.name, document, entry.author_id, entry.update)

    def _row(self, name: str, document: Document, author: str, update: bytes) -> None:
        barred = self.barred.get((author, name))
        read = read_update(update, LIMITS)
        for client, own in read.structs.items():
            known, end = document.items.clocks.get(client, 0), own[-1].clock + own[-1].length
            if end <= known:
                continue
            if self.owners.get(client, author) != author:
                self.blame(f"{name}: words of {self.owners[client]} stand in the log as {author}'s")
            if own[0].clock > known:
                self.blame(f"{name}: the log jumps from {known} to {own[0].clock} of {client}")
            corrects = client not in self.owners  # the engine itself, in the row of what it corrects
            if barred is not None and not corrects and end > barred.made.get(client, 0):
                self.blame(f"{name}: {author} may not write, and wrote")
        if author in self.strangers:
            self.blame(f"{name}: what a stranger forged is stored")
        document.updates.append(update)
        document.items.add(update)

    def admitted(self, name: str, values: dict[str, Any]) -> None:
        """Where a document is admitted, its values are written with each row, and are those of the document."""
        content = self.documents[name].reading().content
        if content != values:
            self.blame(f"{name}: the document says {content}, its projection {values}")

    def folded(self, name: str, stored: Stored) -> None:
        """A snapshot was put or rows were thinned: whole and short it reads as the journal does."""
        document = self.documents[name]
        self._thinned[name] = max((row.seq for row in stored.rows if row.first_seq is not None), default=0)
        truth = document.reading(stored.head)
        if documents.read(None, [row.update for row in stored.rows], document.schema) != truth:
            self.blame(f"{name}: the log no longer replays to what was typed")
        state = stored.snapshot.state if stored.snapshot else None
        if documents.read(state, [row.update for row in stored.tail], document.schema) != truth:
            self.blame(f"{name}: the snapshot at {stored.covered} and its tail are not what was typed")

    def drawn(self, name: str, seq: int, drawn: Any) -> None:
        """A projection was stored as that of `seq`."""
        document = self.documents[name]
        if drawn != document.reading(seq).content:
            self.blame(f"{name}: the projection of {seq} shows something else")
        if seq > document.drawn[0]:
            document.drawn = (seq, drawn)

    # --- what is shown and said ---

    def shown(self, name: str, who: str, update: bytes) -> None:
        """An update goes out to somebody: it is saved, and they may read it."""
        items = items_of(update)
        if missing := self.documents[name].missing(items):
            self.blame(f"{name}: {who} is shown what is not saved: {missing}")
        barred = self.barred.get((who, name))
        if barred and barred.shown is not None and (more := Items(barred.shown, items.deleted).missing(items)):
            self.blame(f"{name}: {who} may not read, and is shown {more}")

    def said_saved(self, name: str, who: str, made: Items) -> None:
        """A client says that everything it ever made is saved."""
        if missing := self.documents[name].missing(made):
            self.blame(f"{name}: {who} is told 'saved', and the log has not got {missing}")
