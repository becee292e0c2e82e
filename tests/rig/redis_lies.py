"""Redis' replies as they come over TCP, with messages of its pub/sub lost, doubled and out of order. Sans-I/O.

    reply   = line | blob | aggregate                              RESP2 and RESP3
    line    = (+ - : , # _ "(") text CRLF
    blob    = ($ = !) length CRLF bytes CRLF                       length -1: null
    aggregate = (* ~ > % |) count CRLF count × reply               % and | count pairs

Only messages are touched: the answer to a command, lost, would be another fault than a wire that is no store.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field

LINES, BLOBS, PAIRS = b"+-:,#_(", b"$=!", b"%|"
MESSAGE = (b"*3\r\n$7\r\nmessage\r\n", b">3\r\n$7\r\nmessage\r\n")


@dataclass(slots=True)
class Rates:
    """How often each lie is told, from 0 to 1. Set anew at any time."""

    lose: float = 0.0
    double: float = 0.0
    reorder: float = 0.0


@dataclass(slots=True)
class Lies:
    """One connection's replies: `feed` what Redis sent, pass on what it returns."""

    chance: random.Random
    rates: Rates
    told: dict[str, int] = field(default_factory=lambda: dict.fromkeys(("passed", "lost", "doubled", "late"), 0))
    _rest: bytes = b""
    _kept: list[bytes] = field(default_factory=list)

    def feed(self, some: bytes) -> bytes:
        """Whole replies go on, or not; the beginning of one waits for its end."""
        self._rest += some
        out, at = [], 0
        while end := end_of_reply(self._rest, at):
            out.append(self._tell(self._rest[at:end]))
            at = end
        self._rest = self._rest[at:]
        return b"".join(out)

    def _tell(self, reply: bytes) -> bytes:
        if not reply.startswith(MESSAGE):
            return reply
        dice, rates = self.chance.random(), self.rates
        if dice < rates.lose:
            self.told["lost"] += 1
            return b""
        if dice < rates.lose + rates.reorder:
            self.told["late"] += 1
            self._kept.append(reply)  # it comes behind the next one that is not late
            return b""
        times = 2 if self.chance.random() < rates.double else 1
        self.told["doubled" if times == 2 else "passed"] += 1
        kept, self._kept = self._kept, []
        return b"".join((reply * times, *reversed(kept)))


def end_of_reply(data: bytes, at: int) -> int:
    """Where the reply that begins at `at` ends; 0 while it is not all there."""
    end = data.find(b"\r\n", at) + 2
    if end < 2:
        return 0
    kind, length = data[at : at + 1], data[at + 1 : end - 2]
    if kind in LINES:
        return end
    if kind in BLOBS:
        end += max(int(length), -2) + 2 if length != b"-1" else 0
        return end if end <= len(data) else 0
    for _ in range(int(length) * (2 if kind in PAIRS else 1)):
        if not (end := end_of_reply(data, end)):
            return 0
    return end
