"""What a room remembers of a document instead of the document: clocks, deletions, and where the nodes are.

    clocks     client → next clock                          (the state vector)
    deleted    client → merged ranges of clocks             (the delete set)
    tracks     client → where its items stand               (run-length coded: what holds them, and what they are)

An item is named by (client, clock). Nearly all items are letters, and a run of letters in one XmlText is one entry, so
a document costs its nodes and its writers' steps from one to another, not its characters.

Plain data, made by `scanner.scan` one `Delta` at a time, kept beside each snapshot (`dump`, `load`).
"""

from __future__ import annotations

import json
from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import chain
from typing import NamedTuple, Self

from sync.errors import SyncError
from sync.kinds import TEXT
from sync.lib0 import Writer, write_vector

DUMP_FORMAT = 2

_FEW = 32
"""Up to so many ranges are put in one by one."""

Id = tuple[int, int]
"""An item: (client, clock)."""


class Place(NamedTuple):
    """Where an item stands and what it is.

    `holder` is the node it stands in, or the name of a root, and `under` that node's tag; `depth` counts from 1 under a
    root. An attribute has its name in `attribute` ("" for any key of a map root). A node that can hold others has its
    own `tag`; everything else, a node received as deleted included, has None.
    """

    holder: Id | str
    under: str
    depth: int
    attribute: str | None = None
    tag: str | None = None

    @property
    def is_words(self) -> bool:
        """Inside an XmlText: letters, formats, deleted letters."""
        return self.under == TEXT


class OtherFormat(SyncError):
    """Another version of this file dumped the index: the log is to be scanned anew."""


NOWHERE = Place("", "", 0)
"""Received as garbage (GC), or beside or below such: Yjs makes garbage of whatever refers to garbage."""


def clocks_of(values: Iterable[int] = ()) -> array[int]:
    """Clocks stay below 2^31: four bytes each."""
    return array("I", values)


@dataclass(slots=True)
class Track:
    """The places of one client's items, appended in clock order, and where its surrogate pairs are.

    `lows` are the clocks of low surrogates: nothing may be split off right before one.
    """

    starts: array[int] = field(default_factory=clocks_of)
    places: list[Place] = field(default_factory=list)
    lows: array[int] = field(default_factory=clocks_of)

    def __getitem__(self, clock: int) -> Place:
        return self.places[bisect_right(self.starts, clock) - 1]

    def append(self, clock: int, place: Place) -> None:
        """From `clock` on it is `place`."""
        if not self.places or place != self.places[-1]:
            self.starts.append(clock)
            self.places.append(place)

    def extend(self, later: Track, clock: int) -> None:
        """From `clock` on it is as `later` says."""
        i = bisect_right(later.starts, clock)
        self.append(clock, later.places[i - 1])
        self.starts.extend(later.starts[i:])
        self.places.extend(later.places[i:])
        self.lows.extend(later.lows[bisect_left(later.lows, clock) :])

    def splits(self, clock: int) -> bool:
        """Whether cutting right before `clock` would cut a surrogate pair."""
        i = bisect_left(self.lows, clock)
        return i < len(self.lows) and self.lows[i] == clock


@dataclass(slots=True)
class Ranges:
    """Half-open ranges of clocks, sorted, merged."""

    starts: array[int] = field(default_factory=clocks_of)
    ends: array[int] = field(default_factory=clocks_of)

    def __iter__(self) -> Iterator[tuple[int, int]]:
        return zip(self.starts, self.ends, strict=True)

    def __len__(self) -> int:
        return len(self.starts)

    def cover(self, start: int, end: int) -> bool:
        """Whether all of [start, end) is in."""
        i = bisect_right(self.starts, start) - 1
        return i >= 0 and self.ends[i] >= end

    def add(self, start: int, end: int) -> None:
        """Put [start, end) in; whatever it touches becomes one with it."""
        i, j = bisect_left(self.ends, start), bisect_right(self.starts, end)
        if i < j:
            start, end = min(start, self.starts[i]), max(end, self.ends[j - 1])
        self.starts[i:j], self.ends[i:j] = clocks_of((start,)), clocks_of((end,))

    @classmethod
    def of(cls, spans: Iterable[tuple[int, int]]) -> Self:
        """Spans in any order. A million of them take one sort, not a million insertions."""
        starts, ends = clocks_of(), clocks_of()
        for start, end in sorted(spans):
            if ends and start <= ends[-1]:
                ends[-1] = max(end, ends[-1])
            else:
                starts.append(start)
                ends.append(end)
        return cls(starts, ends)

    def __or__(self, other: Ranges) -> Ranges:
        more, fewer = (self, other) if len(self) >= len(other) else (other, self)
        if len(fewer) > _FEW:
            return Ranges.of(chain(self, other))
        both = Ranges(more.starts[:], more.ends[:])
        for start, end in fewer:
            both.add(start, end)
        return both


class Delta(NamedTuple):
    """What one update adds to an index.

    `news`: client → (from clock, to clock, places; None where all stand where that client's last item stands).
    """

    news: Mapping[int, tuple[int, int, Track | None]]
    deleted: Mapping[int, Ranges]
    size_bytes: int


@dataclass(slots=True)
class Index:
    """The whole of it. `size_bytes` is the sum of the updates taken, for the document's limit."""

    clocks: dict[int, int] = field(default_factory=dict)
    tracks: dict[int, Track] = field(default_factory=dict)
    deleted: dict[int, Ranges] = field(default_factory=dict)
    size_bytes: int = 0

    def vector(self) -> bytes:
        """The state vector, in lib0."""
        return write_vector(self.clocks)

    def deletions(self) -> bytes:
        """An update with no structs and the whole delete set."""
        writer = Writer().var_uint(0).var_uint(len(self.deleted))
        for client in sorted(self.deleted, reverse=True):
            ranges = self.deleted[client]
            writer.var_uint(client).var_uint(len(ranges))
            for start, end in ranges:
                writer.var_uint(start).var_uint(end - start)
        return writer.finish()

    def apply(self, delta: Delta) -> None:
        """Learn what an update brought. Parts that are known by now (it came twice, or by another way) are skipped."""
        for client, (start, end, places) in delta.news.items():
            known = self.clocks.get(client, 0)
            assert start <= known, f"client {client} jumps from {known} to {start}"
            if end <= known:
                continue
            self.clocks[client] = end
            if places is not None:
                self.tracks.setdefault(client, Track()).extend(places, known)
        for client, ranges in delta.deleted.items():
            mine = self.deleted.get(client)
            if mine is not None and len(ranges) <= _FEW:
                for start, end in ranges:
                    mine.add(start, end)
            else:
                self.deleted[client] = ranges | (mine or Ranges())
        self.size_bytes += delta.size_bytes

    def dump(self) -> bytes:
        """The index as bytes, for the snapshot it belongs to."""
        numbers: dict[Place, int] = {}
        tracks = {
            client: [list(track.starts), [numbers.setdefault(p, len(numbers)) for p in track.places], list(track.lows)]
            for client, track in self.tracks.items()
        }
        deleted = {client: [list(ranges.starts), list(ranges.ends)] for client, ranges in self.deleted.items()}
        whole = [DUMP_FORMAT, self.size_bytes, self.clocks, list(numbers), tracks, deleted]
        return json.dumps(whole, separators=(",", ":")).encode()

    @classmethod
    def load(cls, dump: bytes) -> Self:
        """The index that was dumped. Raises OtherFormat."""
        version, *parts = json.loads(dump)
        if version != DUMP_FORMAT:
            raise OtherFormat(f"an index in format {version}, not {DUMP_FORMAT}")
        size_bytes, clocks, places, tracks, deleted = parts
        index = cls({int(client): clock for client, clock in clocks.items()}, size_bytes=size_bytes)
        named = [Place(tuple(holder) if isinstance(holder, list) else holder, *rest) for holder, *rest in places]
        for client, (starts, numbers, lows) in tracks.items():
            index.tracks[int(client)] = Track(clocks_of(starts), [named[n] for n in numbers], clocks_of(lows))
        for client, (starts, ends) in deleted.items():
            index.deleted[int(client)] = Ranges(clocks_of(starts), clocks_of(ends))
        return index
