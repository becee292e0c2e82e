"""Between processes: who committed what. A wire, never a store; losing any message only costs a repair.

The in-process form serves a single process. The Redis form (same contract) comes with several.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Committed:
    """`updates` are the rows `seq_from .. seq_to` of a document, as committed by `node`. Empty: read the rows."""

    name: str
    seq_from: int
    seq_to: int
    updates: tuple[bytes, ...]
    node: str


@dataclass(frozen=True, slots=True)
class Present:
    """An awareness update (y-protocols bytes) from `node`, for the sessions of other nodes."""

    name: str
    awareness: bytes
    node: str


Message = Committed | Present


class Broker(Protocol):
    """Publish is fire and forget: no await, no error. A receiver drops what its own node sent."""

    def publish(self, message: Message) -> None:
        """Offer a message to every other node that subscribed to its document."""

    def subscribe(self, name: str, receive: Callable[[Message], None]) -> None:
        """Call `receive` for other nodes' messages about `name`; one receiver a document and node."""

    def unsubscribe(self, name: str) -> None:
        """Stop receiving about `name`."""


class LocalBroker:
    """One process's end of an in-process wire; ends given the same `wire` hear each other."""

    def __init__(self, node: str, wire: list[LocalBroker] | None = None) -> None:
        self.node = node
        self._wire = wire if wire is not None else []
        self._wire.append(self)
        self._receivers: dict[str, Callable[[Message], None]] = {}

    def publish(self, message: Message) -> None:
        """Hand the message to every other end of the wire, at once and in order."""
        for end in self._wire:
            if end is not self and (receive := end._receivers.get(message.name)):
                receive(message)

    def subscribe(self, name: str, receive: Callable[[Message], None]) -> None:
        """Call `receive` for what other ends publish about `name`."""
        self._receivers[name] = receive

    def unsubscribe(self, name: str) -> None:
        """Stop receiving about `name`."""
        self._receivers.pop(name, None)
