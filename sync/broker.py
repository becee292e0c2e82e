"""Between processes: who committed what, who is where. A wire, never a store; losing any message only costs a repair.

The in-process form serves a single process; sync/redis_broker.py is the form for several.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from sync.store import Row


@dataclass(frozen=True, slots=True)
class Committed:
    """`node` committed the rows up to `seq`; `rows` are the last of them, without a gap. Empty: read them."""

    name: str
    node: str
    seq: int
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class Present:
    """An awareness update (y-protocols bytes) about sessions of `node`."""

    name: str
    node: str
    awareness: bytes


@dataclass(frozen=True, slots=True)
class Asking:
    """`node` has just opened the document: whoever has sessions in it says who is there."""

    name: str
    node: str


@dataclass(frozen=True, slots=True)
class Missed:
    """From the broker itself: the subscription begins, or began anew. What was said before was not heard."""

    name: str


@dataclass(frozen=True, slots=True)
class Control:
    """Words of the product between its processes, such as "rights": heard by every node."""

    word: str
    node: str


DocumentMessage = Committed | Present | Asking | Missed
Message = DocumentMessage | Control


class Broker(Protocol):
    """Publish is fire and forget: no await, no error. A receiver does not hear its own node."""

    @property
    def lag_seconds(self) -> float:
        """How slow the wire is; while it is away, since when."""

    def publish(self, message: Message) -> None:
        """Offer a message to every other node that subscribed to its document."""

    def subscribe(self, name: str, receive: Callable[[DocumentMessage], None]) -> None:
        """Call `receive` for other nodes' messages about `name`; one receiver a document and node."""

    def unsubscribe(self, name: str) -> None:
        """Stop receiving about `name`."""

    def listen(self, word: str, receive: Callable[[], None]) -> None:
        """Call `receive` when another node says this word, and when words may have been missed."""


class LocalBroker:
    """One process's end of an in-process wire; ends given the same `wire` hear each other."""

    def __init__(self, node: str, wire: list[LocalBroker] | None = None) -> None:
        self.node = node
        self._wire = wire if wire is not None else []
        self._wire.append(self)
        self._receivers: dict[str, Callable[[DocumentMessage], None]] = {}
        self._listeners: dict[str, Callable[[], None]] = {}

    @property
    def lag_seconds(self) -> float:
        """None at all."""
        return 0.0

    def publish(self, message: Message) -> None:
        """Hand the message to every other end of the wire, at once and in order."""
        for end in self._wire:
            if end is not self:
                end._hear(message)

    def subscribe(self, name: str, receive: Callable[[DocumentMessage], None]) -> None:
        """Call `receive` for what other ends publish about `name`."""
        self._receivers[name] = receive

    def unsubscribe(self, name: str) -> None:
        """Stop receiving about `name`."""
        self._receivers.pop(name, None)

    def listen(self, word: str, receive: Callable[[], None]) -> None:
        """Call `receive` when another end says this word."""
        self._listeners[word] = receive

    def _hear(self, message: Message) -> None:
        if isinstance(message, Control):
            if listener := self._listeners.get(message.word):
                listener()
        elif receive := self._receivers.get(message.name):
            receive(message)
