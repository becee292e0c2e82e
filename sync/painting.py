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
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from sync.difference import WORD, common
from sync.limits import Limits
from sync.structs import STRING, Struct, Update, read_update, utf16_length, write_update

_NARROW, _WIDE = 0x3400, 0x20000
"""The sign of hand 0: for a letter of one UTF-16 unit and for one of two."""
HANDS_MAX = 0xD800 - _NARROW

MOVED_LETTERS_MIN = 4
"""Shorter words are found again by chance; they are moved only as a whole and by one update."""
GONE_RUNS_MAX = 64
"""So many of what a hand deleted last may come again."""
PAIRS_MAX = 4_000_000
"""Of words that are compared in a whole log to find what moved; past it only what moved whole is found."""
RUN_UNITS_MAX = 256
"""Longer runs of letters are not put together: each key would copy them."""

_Signed = tuple[str, str]
"""Letters and their signs."""


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


class Painter:
    """Paints the rows of a log, from the first on, in order; and counts what is added and removed."""

    def __init__(self, limits: Limits | None = None) -> None:
        self._added = self._removed = 0
        self._limits = limits or Limits()
        self._writings: dict[int, _Writing] = {}
        self._gone: dict[int, _Gone] = {}
        self._pairs_left = PAIRS_MAX

    def paint(self, update: bytes, hand: int, hands: Mapping[int, int] | None = None) -> bytes:
        """The update with the signs of `hand`, a number below `HANDS_MAX`; of `hands` for the clients named there."""
        read = read_update(update, self._limits)
        gone = self._gone.setdefault(hand, _Gone())
        gone.put(self._delete(read, hand))
        of = hands or {}
        structs = {
            client: [
                struct._replace(content=self._write(client, struct, of.get(client, hand), gone), raw=b"")
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

    def _delete(self, read: Update, hand: int) -> list[_Signed]:
        gone: list[_Signed] = []
        for client, ranges in read.deletes.items():
            for start, end in ranges if client in self._writings else ():
                letters, signs = self._writings[client].cut_out(start, end)
                if letters:
                    gone.append((letters, signs))
                    self._count(signs, hand, -1)
        return gone

    def _write(self, client: int, struct: Struct, hand: int, gone: _Gone) -> str:
        signs = self._moved(struct.content, _signs(struct.content, hand), gone)
        run = _Run(struct.clock, struct.content.encode("utf-16-le"), signs.encode("utf-16-le"))
        self._writings.setdefault(client, _Writing()).append(run)
        self._count(signs, hand, 1)
        return signs

    def _count(self, signs: str, hand: int, step: int) -> None:
        """Own letters that come or go are added or not; others' that go, unless they come again, are removed."""
        for sign, number in Counter(signs).items():
            if hand_of(sign) == hand:
                self._added += step * number
            else:
                self._removed -= step * number

    def _moved(self, text: str, signs: str, gone: _Gone) -> str:
        """The signs, with those of letters that are gone in their place; these are gone no more."""
        long = len(text) >= MOVED_LETTERS_MIN
        for n, (letters, theirs) in enumerate(gone.runs):
            at = letters.find(text) if long or (n < gone.just and len(letters) == len(text)) else -1
            if at >= 0:
                end = at + len(text)
                gone.take(n, [(letters[:at], theirs[:at]), (letters[end:], theirs[end:])])
                return theirs[at:end]
        if not long:
            return signs
        found = list(signs)
        for n in reversed(range(len(gone.runs))):
            letters, theirs = gone.runs[n]
            rest: list[_Signed] = []
            done = 0
            for there, here, length in self._shared(letters, text) if n < gone.just else _found(letters, text):
                found[here : here + length] = theirs[there : there + length]
                rest.append((letters[done:there], theirs[done:there]))
                done = there + length
            if done:
                gone.take(n, [*rest, (letters[done:], theirs[done:])])
        return "".join(found)

    def _shared(self, letters: str, text: str) -> Iterator[tuple[int, int, int]]:
        """All of them, or what both have in one order, word by word: of a split paragraph some may be another's."""
        theirs, ours = WORD.findall(letters), WORD.findall(text)
        self._pairs_left -= len(theirs) * len(ours)
        if letters in text or self._pairs_left < 0:
            yield from _found(letters, text)
            return
        for a, b, length in common(theirs, ours):
            shared = len("".join(theirs[a : a + length]))
            if shared >= MOVED_LETTERS_MIN:
                yield len("".join(theirs[:a])), len("".join(ours[:b])), shared


def _found(letters: str, text: str) -> Iterator[tuple[int, int, int]]:
    """All of the letters in the text: (from there, from here, length)."""
    at = text.find(letters) if len(letters) >= MOVED_LETTERS_MIN else -1
    if at >= 0:
        yield 0, at, len(letters)


@dataclass(slots=True)
class _Gone:
    """What a hand deleted last, the newest first. The first `just` of them went by the update that is painted now."""

    runs: list[_Signed] = field(default_factory=list)
    just: int = 0

    def put(self, runs: Sequence[_Signed]) -> None:
        self.runs[:0] = runs
        self.runs[GONE_RUNS_MAX:] = []
        self.just = min(len(runs), GONE_RUNS_MAX)

    def take(self, n: int, rest: Sequence[_Signed]) -> None:
        """Of the run at `n` only this is left."""
        left = [run for run in rest if run[0]]
        self.runs[n : n + 1] = left
        if n < self.just:
            self.just += len(left) - 1


@dataclass(frozen=True, slots=True)
class _Run:
    """Letters that stand in the document, from `clock` on, and their signs; both in UTF-16, as clocks count."""

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
        if self.runs and self.runs[-1].end == run.clock and len(self.runs[-1].letters) < 2 * RUN_UNITS_MAX:
            last = self.runs[-1]
            self.runs[-1] = _Run(last.clock, last.letters + run.letters, last.signs + run.signs)
            return
        self.starts.append(run.clock)
        self.runs.append(run)

    def cut_out(self, start: int, end: int) -> _Signed:
        """Take [start, end) away; what stood of it."""
        low = high = max(bisect_right(self.starts, start) - 1, 0)
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
        letters, signs = b"".join(run.letters for run in taken), b"".join(run.signs for run in taken)
        return letters.decode("utf-16-le"), signs.decode("utf-16-le")
