"""Who means harm: on sockets of their own they send what no honest client sends, and nothing of it may be stored.

Two of them, as it takes different rights to get different bytes refused: one may only read, and sends whatever scans;
the other may write, and sends what does not, or words under somebody else's client id.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from random import Random
from typing import Any

from pycrdt import Doc, XmlFragment

from sync import protocol
from sync.kinds import Schema
from tests.simulation.clients import Device, HocuspocusDevice
from tests.simulation.oracle import Oracle
from tests.support.hostile import CRAFTED, mutations

READER, WRITER = "reader", "writer"
FRAMES = 4


class Stranger(HocuspocusDevice):
    """Says hello like anybody, then sends `FRAMES` frames and leaves."""

    def __init__(self, name: str, who: str, schema: Schema, oracle: Oracle, chance: Random) -> None:
        super().__init__(name, who, schema, oracle, chance)
        self._updates = islice(self._forged(), FRAMES)

    def greet(self) -> None:
        super().greet()
        kinds = protocol.update_body, protocol.step2_body
        for update in self._updates:
            self.send(self.prefix + self.chance.choice(kinds)(update))
        if self.chance.random() < 0.5:
            self.send(self.chance.randbytes(self.chance.randint(0, 12)))

    def _forged(self) -> Iterator[bytes]:
        known = self.oracle.documents[self.name].updates
        if self.who == READER and known:
            yield from mutations(known, self.chance)
        while True:
            stolen = self._stolen(known) if self.chance.random() < 0.6 else None
            yield stolen or self.chance.choice(list(CRAFTED.values()))

    def _stolen(self, known: list[bytes]) -> bytes | None:
        """The next words of somebody else, written for them."""
        clients = list(self.oracle.documents[self.name].items.clocks)
        if not clients or "xml" not in self.schema.roots.values():
            return None
        doc: Doc[Any] = Doc(client_id=self.chance.choice(clients))
        doc["default"] = root = XmlFragment()
        for update in known:
            doc.apply_update(update)
        made: list[bytes] = []
        subscription = doc.observe(lambda event: made.append(event.update))
        for block in root.children:
            for text in block.children:
                text.insert(0, "signed by you")
        doc.unobserve(subscription)
        return made[0] if made else None


def is_stranger(device: Device) -> bool:
    return device.who in (READER, WRITER)
