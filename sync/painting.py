"""Who wrote which letter: updates with every letter replaced by a sign for the hand that wrote it. Pure.

The library merges by ids and lengths and never looks at letters. So a document that is replayed from painted updates
has, wherever the real one has a letter, the sign of whoever wrote that letter: no second implementation of the CRDT,
and nothing that hangs on client ids.

    paint: update, hand → the update with signs for letters; signs have the lengths of their letters in UTF-16

A paragraph that is split or joined is deleted and written again in part, in one update; who undoes or moves words does
so in one session. So letters that a hand deletes and writes again are moved: they stay with whoever wrote them first,
and count neither as removed nor as added.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from sync.limits import Limits
from sync.structs import STRING, Struct, Update, read_update, utf16_length, write_update

_NARROW, _WIDE = 0x3400, 0x20000
"""The sign of hand 0: for a letter of one UTF-16 unit and for one of two."""
HANDS_MAX = 0xD800 - _NARROW

MOVED_UNITS_MIN = 4
"""Shorter words are found again by chance; they are moved only as a whole and by one update."""
GONE_RUNS_MAX = 64
"""So many of what a hand deleted last may come again."""


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

    def around(self, low: int, high: int) -> tuple[_Run, _Run]:
        """What is before and behind these bytes."""
        before = _Run(self.clock, self.letters[:low], self.signs[:low])
        return before, _Run(self.clock + high // 2, self.letters[high:], self.signs[high:])


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
        self._gone: dict[int, list[_Run]] = {}

    def paint(self, update: bytes, hand: int, hands: Mapping[int, int] | None = None) -> bytes:
        """The update with the signs of `hand`, a number below `HANDS_MAX`; of `hands` for the clients named there."""
        read = read_update(update, self._limits)
        gone = self._gone.setdefault(hand, [])
        gone[GONE_RUNS_MAX:] = []
        just_gone = self._delete(read, hand)
        gone[:0] = just_gone
        structs = {
            client: [
                struct._replace(
                    content=self._write(client, struct, (hands or {}).get(client, hand), gone, len(just_gone)), raw=b""
                )
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

    def _write(self, client: int, struct: Struct, hand: int, gone: list[_Run], just_gone: int) -> str:
        letters = struct.content.encode("utf-16-le")
        signs = _moved(letters, _signs(struct.content, hand).encode("utf-16-le"), gone, just_gone)
        self._writings.setdefault(client, _Writing()).append(_Run(struct.clock, letters, signs))
        self._count(signs, hand, 1)
        return signs.decode("utf-16-le")

    def _count(self, signs: bytes, hand: int, step: int) -> None:
        """Own letters that come or go are added or not; others' that go, unless they come again, are removed."""
        for sign, number in Counter(signs.decode("utf-16-le")).items():
            if hand_of(sign) == hand:
                self._added += step * number
            else:
                self._removed -= step * number


def _moved(letters: bytes, signs: bytes, gone: list[_Run], just_gone: int) -> bytes:
    """The signs, with those of letters that are gone in their place; these are gone no more."""
    long = len(letters) >= 2 * MOVED_UNITS_MIN
    for n, run in enumerate(gone):
        at = _find(run.letters, letters) if long or (n < just_gone and len(letters) == len(run.letters)) else -1
        if at >= 0:
            gone[n : n + 1] = [part for part in run.around(at, at + len(letters)) if part.letters]
            return run.signs[at : at + len(letters)]
    if not long:
        return signs
    free, result = bytearray(letters), bytearray(signs)
    for run in sorted(gone, key=lambda run: -len(run.letters)):
        at = _find(bytes(free), run.letters) if len(run.letters) >= 2 * MOVED_UNITS_MIN else -1
        if at >= 0:
            end = at + len(run.letters)
            result[at:end], free[at:end] = run.signs, b"\0" * len(run.letters)
            gone.remove(run)
    return bytes(result)


def _find(text: bytes, part: bytes) -> int:
    """Where in UTF-16 a part begins, at a whole unit; -1 where it is not."""
    at = text.find(part)
    while at > 0 and at % 2:
        at = text.find(part, at + 1)
    return at
