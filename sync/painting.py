"""Who wrote which letter: updates with every letter replaced by a sign for the hand that wrote it. Pure.

The library merges by ids and lengths and never looks at letters. So a document that is replayed from painted updates
has, wherever the real one has a letter, the sign of whoever wrote that letter: no second implementation of the CRDT,
and nothing that hangs on client ids.

    paint: update, hand → the update with signs for letters; signs have the lengths of their letters in UTF-16

A paragraph that is split or joined is deleted and written again in part, in one update: letters that are deleted and
inserted by the same update are moved, and stay with whoever wrote them.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from sync.limits import Limits
from sync.structs import STRING, Update, read_update, utf16_length, write_update

_NARROW, _WIDE = 0x3400, 0x20000
"""The sign of hand 0: for a letter of one UTF-16 unit and for one of two."""
HANDS_MAX = 0xD800 - _NARROW

MOVED_UNITS_MIN = 4
"""Shorter words are found again by chance; they count as moved only as a whole."""


def hand_of(sign: str) -> int | None:
    """Which hand a sign stands for; None for what is no sign (a line's end, the name in a mention)."""
    code = ord(sign)
    if _NARROW <= code < _NARROW + HANDS_MAX:
        return code - _NARROW
    return code - _WIDE if _WIDE <= code < _WIDE + HANDS_MAX else None


def _signs(text: str, hand: int) -> str:
    if utf16_length(text) == len(text):
        return chr(_NARROW + hand) * len(text)
    return "".join(chr((_NARROW if ord(letter) < 0x10000 else _WIDE) + hand) for letter in text)


@dataclass(frozen=True, slots=True)
class _Run:
    """Letters that stand in the document, from `clock` on, and their signs; both in UTF-16."""

    clock: int
    letters: bytes
    signs: bytes

    @property
    def end(self) -> int:
        return self.clock + len(self.letters) // 2

    def part(self, start: int, end: int) -> _Run:
        low, high = 2 * (start - self.clock), 2 * (end - self.clock)
        return _Run(start, self.letters[low:high], self.signs[low:high])


@dataclass(slots=True)
class _Writing:
    """The letters of one client that stand, in the order of their clocks."""

    starts: list[int] = field(default_factory=list)
    runs: list[_Run] = field(default_factory=list)

    def append(self, run: _Run) -> None:
        """At the end. What is typed on becomes one with what it follows."""
        if self.runs and self.runs[-1].end == run.clock and len(self.runs[-1].letters) < 512:
            last = self.runs[-1]
            self.runs[-1] = _Run(last.clock, last.letters + run.letters, last.signs + run.signs)
            return
        self.starts.append(run.clock)
        self.runs.append(run)

    def cut_out(self, start: int, end: int) -> _Run | None:
        """Take [start, end) away; what stood of it, as one run."""
        low = max(bisect_right(self.starts, start) - 1, 0)
        high = low
        taken: list[_Run] = []
        left: list[_Run] = []
        while high < len(self.runs) and self.runs[high].clock < end:
            run = self.runs[high]
            high += 1
            begin, stop = max(start, run.clock), min(end, run.end)
            if begin >= stop:
                left.append(run)
                continue
            taken.append(run.part(begin, stop))
            left += [part for part in (run.part(run.clock, begin), run.part(stop, run.end)) if part.letters]
        self.runs[low:high] = left
        self.starts[low:high] = [run.clock for run in left]
        if not taken:
            return None
        return _Run(start, b"".join(run.letters for run in taken), b"".join(run.signs for run in taken))


class Painter:
    """Paints the rows of a log, from the first on, in order; and counts what is added and removed."""

    def __init__(self, limits: Limits | None = None) -> None:
        self._added = self._removed = 0
        self._limits = limits or Limits()
        self._writings: dict[int, _Writing] = {}

    def paint(self, update: bytes, hand: int) -> bytes:
        """The update with the signs of `hand`, a number below `HANDS_MAX`."""
        read = read_update(update, self._limits)
        gone = self._delete(read, hand)
        structs = {
            client: [
                struct._replace(content=self._write(client, struct.clock, struct.content, hand, gone), raw=b"")
                if struct.kind == STRING
                else struct
                for struct in own
            ]
            for client, own in read.structs.items()
        }
        self._delete(read, hand)  # what it both brings and deletes
        return write_update(Update(structs, read.deletes))

    def tally(self) -> tuple[int, int]:
        """How many letters were added and removed since the last tally, where one hand painted."""
        counted = self._added, self._removed
        self._added = self._removed = 0
        return counted

    def _delete(self, read: Update, hand: int) -> list[_Run]:
        gone = []
        for client, ranges in read.deletes.items():
            for start, end in ranges if client in self._writings else ():
                run = self._writings[client].cut_out(start, end)
                if run:
                    gone.append(run)
                    self._count(run.signs, hand, -1)
        return gone

    def _write(self, client: int, clock: int, text: str, hand: int, gone: Sequence[_Run]) -> str:
        letters = text.encode("utf-16-le")
        signs = _moved(letters, _signs(text, hand).encode("utf-16-le"), gone)
        self._writings.setdefault(client, _Writing()).append(_Run(clock, letters, signs))
        self._count(signs, hand, 1)
        return signs.decode("utf-16-le")

    def _count(self, signs: bytes, hand: int, step: int) -> None:
        """Own letters that come or go are added or not; others' that go, unless they come again, are removed."""
        for sign, number in Counter(signs.decode("utf-16-le")).items():
            if hand_of(sign) == hand:
                self._added += step * number
            else:
                self._removed -= step * number


def _moved(letters: bytes, signs: bytes, gone: Sequence[_Run]) -> bytes:
    """The signs, with those of letters that the same update deletes in their place."""
    for run in gone:
        at = _find(run.letters, letters)
        if at >= 0 and (len(letters) >= 2 * MOVED_UNITS_MIN or len(letters) == len(run.letters)):
            return run.signs[at : at + len(letters)]
    free = bytearray(letters)
    result = bytearray(signs)
    for run in sorted(gone, key=lambda run: -len(run.letters)):
        at = _find(bytes(free), run.letters) if len(run.letters) >= 2 * MOVED_UNITS_MIN else -1
        if at >= 0:
            end = at + len(run.letters)
            result[at:end] = run.signs
            free[at:end] = b"\0" * len(run.letters)
    return bytes(result)


def _find(text: bytes, part: bytes) -> int:
    """Where in UTF-16 a part begins, at a whole unit; -1 where it is not."""
    at = text.find(part)
    while at > 0 and at % 2:
        at = text.find(part, at + 1)
    return at
