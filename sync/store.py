"""The log's contract: append, load, since, heads, snapshots, thinning, quarantine.

A document is a log of bytes. `seq` counts from 1 in each document and is given inside the transaction that stores the
row. Snapshots are caches of a prefix of the log and may be missing or dropped at any time: the log itself, thinned or
not, replays to the same document. Two forms pass one contract suite: memory beside, SQL beside.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from sync.errors import SyncError
from sync.kinds import Tx

TAIL_SHARE = 100
"""A document is folded anew when more than this part of its log stands behind its snapshot. As each fold is checked
against the whole log, it costs each keystroke the reading of so many rows, however long the log grows."""


class Entry(NamedTuple):
    """One update to append. `claims` are the client ids with new structs in it: first writer owns them.

    `trace` is the id of the socket or request that brought it, for the log's lines.
    """

    update: bytes
    author_id: str
    claims: tuple[int, ...] = ()
    trace: str = ""


@dataclass(frozen=True, slots=True)
class New:
    """A document to make, with its first row where it has one."""

    name: str
    first: Entry | None = None


@dataclass(frozen=True, slots=True)
class Append:
    """What one batch adds to one document, in order.

    `expected_head` makes it conditional: stored only while the document's head is this one. `within(tx)` runs in the
    same transaction (a SAVEPOINT for this document alone), after the rows are in; what it raises becomes `Refused`.
    `seen_head` was committed once: a database that has less is an older copy.
    """

    name: str
    entries: tuple[Entry, ...]
    expected_head: int | None = None
    within: Callable[[Tx], Awaitable[None]] | None = None
    seen_head: int = 0


@dataclass(frozen=True, slots=True)
class Appended:
    """The rows are in as `first .. last`. `first` other than mine + 1 means: somebody else wrote in between."""

    first: int
    last: int


@dataclass(frozen=True, slots=True)
class Moved:
    """A conditional append found another head and stored nothing."""

    head: int


@dataclass(frozen=True, slots=True)
class Older:
    """The head is lower than it was seen: the database went back in time. Nothing of this document was stored."""

    head: int


@dataclass(frozen=True, slots=True)
class Foreign:
    """An entry claims a client id that `owner_id` owns; nothing of this document was stored. `entry` is its index."""

    entry: int
    client: int
    owner_id: str


@dataclass(frozen=True, slots=True)
class Absent:
    """There is no such document (any more)."""


@dataclass(frozen=True, slots=True)
class Refused:
    """`within` raised: neither its rows nor anything of this document was stored, the others of the batch were.

    `error` is the SyncError it raised; anything else is a bug, logged, and stands here as a plain SyncError.
    """

    error: SyncError


Outcome = Appended | Moved | Older | Foreign | Absent | Refused


def decide(append: Append, head: int | None, owners: Mapping[int, str]) -> Outcome:
    """The rule of every store, applied while the document is locked: what becomes of an append, `within` aside.

    `head` is None where there is no such document; `owners` are those of the claimed clients that have one.
    """
    assert append.entries, "an append brings at least one row: a second try is known by it"
    if head is None:
        return Absent()
    if head < append.seen_head:
        return Older(head)
    if append.expected_head not in (None, head):
        return Moved(head)
    owned = dict(owners)
    for index, entry in enumerate(append.entries):
        for client in entry.claims:
            owner = owned.setdefault(client, entry.author_id)
            if owner != entry.author_id:
                return Foreign(index, client, owner)
    return Appended(head + 1, head + len(append.entries))


@dataclass(frozen=True, slots=True)
class Row:
    """One stored update. `at` is milliseconds since 1970, UTC; `author_id` the authenticated session's user.

    Beyond the history window a row is a whole edit session: the updates `first_seq .. seq` in one, begun at `began_at`.
    It has the author and time of its last update; where several wrote together, the owners of its client ids tell
    whose each word is.
    """

    seq: int
    author_id: str
    at: int
    update: bytes
    first_seq: int | None = None
    began_at: int | None = None

    @property
    def first(self) -> int:
        """Where it begins: rows follow on each other without a gap and without an overlap."""
        return self.seq if self.first_seq is None else self.first_seq


def gapless(rows: Sequence[Row], after: int, head: int) -> bool:
    """Whether these rows are the log from behind `after` to `head`, nothing missing and nothing twice."""
    for row in rows:
        if row.first != after + 1:
            return False
        after = row.seq
    return after == head


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The document folded up to `seq`: a full update, its state vector, and the scanner's index at that point.

    `checksum` is SHA-256 over state, state_vector and index; the store checks it on load and drops a torn one.
    """

    seq: int
    state: bytes
    state_vector: bytes
    index: bytes


@dataclass(frozen=True, slots=True)
class Thinned:
    """The rows `first .. last` in one update."""

    first: int
    last: int
    update: bytes


@dataclass(frozen=True, slots=True)
class Quarantine:
    """Why nobody may write in a document, since when, and the `seq` up to which it is sound: so it is shown."""

    name: str
    seq: int
    reason: str
    at: int


@dataclass(frozen=True, slots=True)
class Stored:
    """A document as loaded: `rows` are those after the snapshot (all of them without one), in order and gapless.

    An owner of "" owns a retired client id: it is everybody's stranger. The log is thinned up to `thinned`.
    """

    name: str
    head: int
    epoch: int
    snapshot: Snapshot | None
    rows: tuple[Row, ...]
    owners: dict[int, str]
    thinned: int = 0
    quarantine: Quarantine | None = None

    @property
    def covered(self) -> int:
        """Up to where the snapshot goes."""
        return self.snapshot.seq if self.snapshot else 0

    @property
    def tail(self) -> tuple[Row, ...]:
        """The rows after the snapshot, also where the log was loaded whole."""
        return tuple(row for row in self.rows if row.seq > self.covered)


class Store(Protocol):
    """Durable once a call returns. Every call may raise `StoreUnavailable`; then nothing is known about its outcome."""

    async def create(self, tx: Tx, name: str) -> None:
        """Make an empty document (head 0, epoch 1) in the caller's transaction. Making it twice is a no-op."""

    async def create_many(self, tx: Tx, new: Sequence[New]) -> None:
        """Make documents in the caller's transaction, with their first rows. None of them may exist."""

    async def remove_many(self, tx: Tx, names: Sequence[str]) -> None:
        """Take documents away for good in the caller's transaction, with everything stored of them."""

    async def write(self, work: Callable[[Tx], Awaitable[None]]) -> None:
        """Run `work` in a transaction of its own, others beside it: it locks what it reads before it builds on it."""

    async def append(self, batch_id: int, appends: Sequence[Append]) -> list[Outcome]:
        """Store a batch in one transaction; one outcome for each document, in order. No document stands in it twice.

        Calling it again with the same `batch_id` and appends, after an unknown outcome, stores nothing twice: a
        document that was stored answers the same, one that was not is decided anew (nobody heard the first answer).
        `batch_id` is a random integer below 2**63.
        """

    async def load(self, name: str, *, whole: bool = False) -> Stored | None:
        """The newest sound snapshot, the rows after it and the owners of client ids; None where there is none.

        `whole`: every row, those that the snapshot covers too. Raises SyncError where the log has a hole: such a
        document is not served.
        """

    async def since(self, name: str, seq: int, limit: int = 1000) -> list[Row]:
        """Rows after `seq`, in order, at most `limit`. The first may begin before it, where the log was thinned."""

    async def heads(self, names: Sequence[str]) -> dict[str, tuple[int, int]]:
        """name → (head, epoch) of those that exist."""

    async def put_snapshot(self, name: str, epoch: int, snapshot: Snapshot) -> bool:
        """Keep a snapshot beside the older ones. False: a newer one is kept, or the document is gone or made anew."""

    async def confirm_snapshot(self, name: str, seq: int) -> bool:
        """Read the snapshot back. Sound: the older ones go. Torn: it goes itself, and the older ones still serve."""

    async def thin(self, name: str, epoch: int, after: int, thinned: Sequence[Thinned]) -> bool:
        """Make each of these stretches of the log one row, the first of them beginning behind `after`.

        All or nothing, and only while the log is thinned up to `after`, a snapshot covers them, and the document was
        not made anew: otherwise False, and somebody else was here first.
        """

    async def foldable(self, rows: int, limit: int) -> list[str]:
        """Documents with more than so many rows, and than a hundredth of their log, behind their newest snapshot."""

    async def thinnable(self, before: int, limit: int) -> list[str]:
        """Documents whose first row that is not thinned was stored before this time."""

    async def put_in_quarantine(self, quarantine: Quarantine) -> bool:
        """Let nobody write in a document, in any process. False: it is in quarantine already, or gone."""

    async def release(self, name: str) -> bool:
        """Take a document out of quarantine. False: it is in none."""

    async def quarantines(self) -> list[Quarantine]:
        """The documents in quarantine, the oldest case first."""

    def distrust(self, why: str) -> None:
        """It is not the database that it was: every call raises `Distrusted` until the process starts anew."""


class StoreUnavailable(Exception):
    """The database did not answer or answered with a fault that may pass."""


class Distrusted(StoreUnavailable):
    """The database is an older copy of itself: words that were acknowledged are not in it. Nobody is served from it."""


def older_copy(seen: str) -> str:
    """What was seen of a database that went back in time, and what to do, for whoever runs the servers."""
    return (
        f"the database is an older copy: {seen}. What was acknowledged since is not in it, so this process serves "
        "nobody from it. Bring the newer database back; or, if this one is meant to be served, start every server "
        "process anew: who still has the missing words open sends them again."
    )
