"""What the product tells the engine about a kind of document: one `Kind` value, and the words it needs.

The engine never learns what a contact or a note is; it learns a prefix, a schema, who may come in, and what to do in
the same transaction as a commit.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from sync.errors import SyncError

Role = Literal["read-write", "readonly"]
"""What an actor may do in a document; also the very words of the Hocuspocus Auth answer."""

Tx = Any
"""A transaction of the store: an SQLAlchemy `AsyncConnection`, or what a test store uses."""

TEXT = "#text"
"""The pseudo tag that stands for an XmlText among the children of an element."""


@dataclass(frozen=True, slots=True)
class Actor:
    """Whoever is behind a session or a request. `user` is stamped into awareness: {id, name, color}."""

    id: str
    user: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Schema:
    """The shapes a document may take; what the scanner allows and nothing else.

    `roots` names each root with its kind. In an `xml` root, `children[tag]` are the tags (or TEXT) allowed under an
    element, `children[root name]` those allowed at the top; `attributes[tag]` the attribute names of an element;
    `marks` the formats of text (a key may carry a hash: `link--abc`); `link_schemes` what a `href` may begin with.
    A `map` root holds plain values under any key.
    """

    roots: Mapping[str, Literal["xml", "map"]]
    children: Mapping[str, frozenset[str]] = field(default_factory=dict)
    attributes: Mapping[str, frozenset[str]] = field(default_factory=dict)
    marks: frozenset[str] = frozenset()
    link_schemes: frozenset[str] = frozenset({"https", "http", "mailto", "tel"})


@dataclass(frozen=True, slots=True)
class Problem:
    """One value that broke its definition: which key of the map, a machine-readable code, one human sentence."""

    key: str
    code: str
    message: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """What admission says of an update to a `map` document.

    `changes`: key → (old, new) as they stand after correction, None for absent. `corrections`: key → the value to put
    back (None removes it). `problems`: what the sender is told.
    """

    changes: Mapping[str, tuple[Any, Any]] = field(default_factory=dict)
    corrections: Mapping[str, Any] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()


Admit = Callable[[Mapping[str, Any], Mapping[str, Any]], Verdict]
"""Pure and module-level (it runs in a worker): the map before, the map after → a verdict."""


def overruled(
    admit: Admit, refused: tuple[Problem, ...], before: Mapping[str, Any], after: Mapping[str, Any]
) -> Verdict:
    """The verdict of `admit`, except that the keys that `refused` names stay as they were. Runs in a worker too."""
    verdict = admit(before, after)
    kept = {problem.key: before.get(problem.key) for problem in refused}
    changes = {key: change for key, change in verdict.changes.items() if key not in kept}
    return Verdict(changes, {**verdict.corrections, **kept}, (*verdict.problems, *refused))


class Rejected(SyncError):
    """Values that cannot stand.

    `admitted` raises it for what only the database knows: the update is judged again with those values put back. A
    server's own edit ends with it, for whatever reason: nothing of such an edit is stored.
    """

    reason, close_code = "rejected", 4422

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        super().__init__("; ".join(f"{problem.key}: {problem.code}" for problem in problems))
        self.problems = problems


@dataclass(frozen=True, slots=True)
class Remark:
    """What somebody in a document should know of it that does not stand in it: a Stateless message of the product's.

    It is said when it becomes another one, and `at_opening` behind each SyncStep2 too. y-websocket has no such message.
    """

    text: str
    at_opening: bool


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of document. `admit` and `settled` exclude each other: a kind is validated or rendered.

    `authorise(actor, name)` → role, or None where the actor may not know the document.
    `admitted(tx, name, verdict, author_id, origin)` and `settled(tx, name, drawn, seq)` write their rows in `tx`;
    `origin` is what the server's own edit came with, None for a session. What `admitted` raises ends that one edit.
    `draw` (pure, module-level: it runs in a worker) makes plain data of a settled document's tree; without it `drawn`
    is the tree.
    `unsettled()` → names of documents whose projection is behind their log (the durable to-do list).
    `remark(name)` is read when somebody comes who can be told; `Room.change_remark` when it is another one.
    `announce()` is called after `settled` or `admitted` has committed: wake whoever reads what they wrote.
    """

    prefix: str
    schema: Schema
    authorise: Callable[[Actor, str], Awaitable[Role | None]]
    admit: Admit | None = None
    admitted: Callable[[Tx, str, Verdict, str, Any], Awaitable[None]] | None = None
    draw: Callable[[Any], Any] | None = None
    settled: Callable[[Tx, str, Any, int], Awaitable[None]] | None = None
    unsettled: Callable[[], Awaitable[list[str]]] | None = None
    remark: Callable[[str], Awaitable[Remark | None]] | None = None
    announce: Callable[[], None] | None = None
