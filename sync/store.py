"""The log's contract: append, load, since, heads, snapshot. Two forms pass one contract suite: memory here, SQL beside.

A document is a log of bytes. `seq` counts from 1 in each document and is given inside the transaction that stores the
row. Snapshots are caches of a prefix of the log and may be missing or dropped at any time.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from sync.errors import SyncError
from sync.kinds import Tx


@dataclass(frozen=True, slots=True)
class Entry:
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
    """One stored update. `at` is milliseconds since 1970, UTC; `author_id` the authenticated session's user."""

    seq: int
    author_id: str
    at: int
    update: bytes


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
class Stored:
    """A document as loaded: `rows` are those after the snapshot (all of them without one), in order and gapless.

    An owner of "" owns a retired client id: it is everybody's stranger.
    """

    name: str
    head: int
    epoch: int
    snapshot: Snapshot | None
    rows: tuple[Row, ...]
    owners: dict[int, str]


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

        `whole`: every row, and no snapshot. Raises SyncError where the log has a hole: such a document is not served.
        """

    async def since(self, name: str, seq: int, limit: int = 1000) -> list[Row]:
        """Rows after `seq`, in order, at most `limit`."""

    async def heads(self, names: Sequence[str]) -> dict[str, tuple[int, int]]:
        """name → (head, epoch) of those that exist."""

    async def put_snapshot(self, name: str, snapshot: Snapshot) -> None:
        """Keep a snapshot and no older one; a no-op where a newer one is kept or the document does not exist."""

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
