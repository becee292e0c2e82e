"""Somebody who types, and feels how long it takes until each letter is said to be saved."""

import asyncio
import random
import time
from dataclasses import dataclass, field
from typing import Any

from pycrdt import Doc, XmlElement, XmlFragment, XmlText

from tests.support.server import Note
from tests.support.wire import Status, wire

KEYS_PER_SECOND = 8


@dataclass
class Typist:
    """Types one letter after another in a paragraph of their own; counts the seconds until each is said to be saved."""

    note: Note
    name: str
    typed: str = ""
    seconds: list[float] = field(default_factory=list)

    async def type_until(self, stop: asyncio.Event) -> None:
        doc: Doc[Any] = Doc()
        updates: list[bytes] = []
        subscription = doc.observe(lambda event: updates.append(event.update))
        doc["default"] = root = XmlFragment()
        root.children.append(XmlElement("paragraph"))
        paragraph = root.children[0]
        paragraph.children.append(XmlText())
        text = paragraph.children[0]
        async with wire(self.note, self.name) as socket:
            while not stop.is_set():
                letter = random.choice("abcdefghij")
                text.insert(len(self.typed), letter)
                self.typed += letter
                for update in updates:
                    await self._send(socket, update)
                updates.clear()
                await asyncio.wait([asyncio.create_task(stop.wait())], timeout=1 / KEYS_PER_SECOND)
        doc.unobserve(subscription)

    async def _send(self, socket: Any, update: bytes) -> None:
        began = time.perf_counter()
        await socket.update(update)
        status = await socket.until(Status)
        self.seconds.append(time.perf_counter() - began)
        assert status == Status(taken=True)


def percentile(seconds: list[float], share: float) -> float:
    return sorted(seconds)[min(len(seconds) - 1, int(len(seconds) * share))]
