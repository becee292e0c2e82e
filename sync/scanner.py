"""The first wall: what an update says, checked against a document's index and its schema, without the CRDT library.

    scan(update, index, schema, limits) → Scan          pure; raises Malformed or SchemaBroken

First the bytes are read into plain structs (structs.py). Then those that are new are walked in the order in which they
build on one another, as Yjs integrates them, and each is given its place: the element that holds it, named by its
parent, or by the neighbour it stands beside. A place decides what may stand there. Missing knowledge is not an error:
the scan says `gapped`, and the caller holds the update. A keystroke, most of all traffic, takes a short way with the
same result.

Why so strict: a single hostile update of 7 to 20 bytes crashes the CRDT library, makes it lose later words, or makes
every honest editor delete what its schema does not know.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple

from sync.errors import Malformed
from sync.index import NOWHERE, Delta, Id, Index, Place, Ranges, Track, clocks_of
from sync.kinds import Schema
from sync.limits import Limits
from sync.shapes import fit, place_in_node, place_in_root
from sync.structs import DELETED, GC, SKIP, STRING, Deletes, Struct, Update, read_update

__all__ = ["Delta", "Index", "Run", "Scan", "scan"]


class Run(NamedTuple):
    """The structs of one client in an update: clocks start to end (exclusive), without a gap."""

    client: int
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Scan:
    """What an update is to a document. Exactly one of `known`, `gapped` and `delta` holds.

    `new_clients` have structs past the index. `known`: structs and deletions are all covered. `gapped`: it starts past
    what is known, or builds on or deletes what neither the index nor the update has. `delta` is for `Index.apply`.
    """

    runs: tuple[Run, ...]
    new_clients: tuple[int, ...]
    deletes_only: bool
    known: bool
    gapped: bool
    delta: Delta | None


def scan(update: bytes, index: Index, schema: Schema, limits: Limits) -> Scan:
    """Read and check a whole update. Raises Malformed or SchemaBroken."""
    return scan_keystroke(update, index, limits) or scan_any(update, index, schema, limits)


def scan_any(update: bytes, index: Index, schema: Schema, limits: Limits) -> Scan:
    """The long way, for every update."""
    parsed = read_update(update, limits)
    runs = tuple(_runs(parsed.structs))
    new_clients = tuple({run.client: None for run in runs if run.end > index.clocks.get(run.client, 0)})
    if len(new_clients) > limits.update_new_clients_max:
        raise Malformed(f"{len(new_clients)} new clients at once, {limits.update_new_clients_max} at most")
    deletions = _not_covered(parsed.deletes, index)
    delta = None
    known = not new_clients and not deletions
    if not known and not _jumps(runs, parsed, index):
        walk = _Walk(parsed, index, schema, limits)
        if walk.run() and walk.deletes(deletions):
            delta = walk.delta(deletions, len(update))
    return Scan(runs, new_clients, not runs, known, not known and delta is None, delta)


def _runs(structs: dict[int, list[Struct]]) -> Iterator[Run]:
    """A client's structs are one run, but for Skips between them."""
    for client, own in structs.items():
        start = own[0].clock
        for struct in own:
            if struct.kind == SKIP:
                yield Run(client, start, struct.clock)
                start = struct.clock + struct.length
        yield Run(client, start, own[-1].clock + own[-1].length)


def _not_covered(deletes: Deletes, index: Index) -> Deletes:
    """The deletions that the index does not have yet."""
    found = {}
    for client, ranges in deletes.items():
        mine = index.deleted.get(client)
        fresh = [span for span in ranges if mine is None or not mine.cover(*span)]
        if fresh:
            found[client] = fresh
    return found


def _jumps(runs: tuple[Run, ...], parsed: Update, index: Index) -> bool:
    """Whether something is left out: a run starts past what is known, or Skips stand in for some.

    Only a client that itself waits for words sends Skips. Its update is held, never stored: Yjs and the library read
    them differently.
    """
    if any(run.start > index.clocks.get(run.client, 0) for run in runs):
        return True
    return any(struct.kind == SKIP for structs in parsed.structs.values() for struct in structs)


class _Gap(Exception):
    """The walk needs what neither index nor update has."""


class _Walk:
    """Gives every new struct its place, in the order in which they build on one another.

    Known structs are walked too: integrating them again, Yjs looks their neighbours up and splits what it finds.
    """

    def __init__(self, update: Update, index: Index, schema: Schema, limits: Limits) -> None:
        self._structs, self._deletes = update.structs, update.deletes
        self._index, self._schema, self._limits = index, schema, limits
        self._known = {client: index.clocks.get(client, 0) for client in update.structs}
        self._tracks = {client: Track() for client in update.structs}  # places from the known clock on
        self._gone: dict[int, Ranges] = {}  # client → what the update deletes of it, sorted when it is asked for
        self._walked = {client: structs[0].clock for client, structs in update.structs.items()}
        self._next = dict.fromkeys(update.structs, 0)  # client → which of its structs begins at the walked clock

    # --- order ---

    def run(self) -> bool:
        """Place everything. False: something it builds on is missing."""
        try:
            for client, structs in self._structs.items():
                self._walk_to(client, structs[-1].clock + structs[-1].length)
        except _Gap:
            return False
        return True

    def _walk_to(self, client: int, clock: int) -> None:
        """Place a client's structs until `clock` is reached, and before each whatever it builds on."""
        waiting = {client: clock}  # the last one is at work, each other waits for the one behind it
        while waiting:
            client = next(reversed(waiting))
            if self._walked[client] >= waiting[client]:
                del waiting[client]
                continue
            struct = self._structs[client][self._next[client]]
            missing = self._missing(client, struct)
            if missing is None:
                self._place(client, struct)
                self._walked[client] = struct.clock + struct.length
                self._next[client] += 1
            elif missing[0] in waiting:
                raise Malformed(f"structs of clients {client} and {missing[0]} build on each other")
            else:
                waiting[missing[0]] = missing[1] + 1

    def _missing(self, client: int, struct: Struct) -> Id | None:
        """The first item that a struct names and that has no place yet. Raises _Gap where it will never have one."""
        for named in (struct.origin, struct.right, struct.parent):
            if not isinstance(named, tuple):
                continue
            other, clock = named
            if other == client:
                if clock >= struct.clock:
                    raise Malformed(f"client {client} builds at {struct.clock} on its own later {clock}")
            elif clock >= self._index.clocks.get(other, 0) and clock >= self._walked.get(other, 0):
                own = self._structs.get(other)
                if own is None or clock >= own[-1].clock + own[-1].length:
                    raise _Gap
                return named
        return None

    # --- places ---

    def _track(self, client: int, clock: int) -> Track | None:
        """Where an item is looked up; None: nobody has it."""
        known = self._known.get(client)
        return self._index.tracks.get(client) if known is None or clock < known else self._tracks[client]

    def _at(self, named: Id) -> Place:
        track = self._track(*named)
        assert track is not None, f"{named} was found missing before"
        return track[named[1]]

    def _splits(self, client: int, clock: int) -> bool:
        """Whether cutting before `clock` would cut a surrogate pair."""
        track = self._track(client, clock)
        return track is not None and track.splits(clock)

    def _place(self, client: int, struct: Struct) -> None:
        if struct.origin and self._splits(struct.origin[0], struct.origin[1] + 1):
            raise Malformed("an origin inside a surrogate pair")
        if struct.right and self._splits(*struct.right):
            raise Malformed("a right origin inside a surrogate pair")
        start = max(struct.clock, self._known[client])
        if start >= struct.clock + struct.length:
            return  # known
        place = NOWHERE if struct.kind == GC else self._beside(client, struct, start)
        if place != NOWHERE:
            place = fit(place, struct, self._schema, self._limits)
        track = self._tracks[client]
        track.append(start, place)
        if struct.kind == STRING and struct.length > len(struct.content):
            _note_pairs(track, struct, start)

    def _beside(self, client: int, struct: Struct, start: int) -> Place:
        """The place that its parent or its neighbours give a struct; neighbours that differ are a forgery."""
        named = [neighbour for neighbour in (struct.origin, struct.right) if neighbour]
        goes_on = start > struct.clock  # its first part is known, the rest stands behind that
        if goes_on:
            named.append((client, start - 1))
        found = [self._at(neighbour) for neighbour in named]
        places = [place if place.tag is None else place._replace(tag=None) for place in found]
        if isinstance(struct.parent, str):
            places.append(place_in_root(struct.parent, struct.key, self._schema))
        elif struct.parent is not None:
            places.append(place_in_node(struct.parent, self._at(struct.parent), struct.key))
        if NOWHERE in places:
            alive = [place for place in places if place != NOWHERE]
            if not all(self._is_gone(place.holder) for place in alive) or (alive and goes_on and found[-1] == NOWHERE):
                raise Malformed("something between the living and garbage")
            return NOWHERE
        if any(one != other for one, other in pairwise(places)):
            raise Malformed(f"neighbours that are not: {places}")
        if struct.right and places[0].attribute is not None:
            raise Malformed("a value before another")
        return places[0]

    def _is_gone(self, holder: Id | str) -> bool:
        """Whether a node is deleted, by this update or before."""
        if isinstance(holder, str):
            return False
        client, clock = holder
        if client not in self._gone:
            self._gone[client] = Ranges.of(self._deletes.get(client, ()))
        deleted = (self._index.deleted.get(client), self._gone[client])
        return any(ranges is not None and ranges.cover(clock, clock + 1) for ranges in deleted)

    # --- what comes of it ---

    def deletes(self, deletions: Deletes) -> bool:
        """Check the deletions against what is known now. False: some of it is not."""
        for client, ranges in deletions.items():
            known = max(self._walked.get(client, 0), self._index.clocks.get(client, 0))
            for start, end in ranges:
                if end > known:
                    return False
                if self._splits(client, start) or self._splits(client, end):
                    raise Malformed("a deletion that ends inside a surrogate pair")
        return True

    def delta(self, deletions: Deletes, size_bytes: int) -> Delta:
        """Everything the index has to learn. What came as deleted is deleted, whatever the delete set says."""
        news: dict[int, tuple[int, int, Track | None]] = {}
        deleted = {client: Ranges.of(spans) for client, spans in deletions.items()}
        for client, structs in self._structs.items():
            known, end, track = self._known[client], self._walked[client], self._tracks[client]
            if end > known:
                news[client] = (known, end, None if self._goes_on(client) else track)
            gone = [
                (max(s.clock, known), e)
                for s in structs
                if s.kind in (GC, DELETED) and (e := s.clock + s.length) > known
            ]
            if gone:
                deleted[client] = Ranges.of(gone) | deleted.get(client, Ranges())
        return Delta(news, deleted, size_bytes)

    def _goes_on(self, client: int) -> bool:
        """Whether all its new items stand where its last known one stands."""
        track, known = self._tracks[client], self._index.tracks.get(client)
        return known is not None and track.places == known.places[-1:] and not track.lows


def _note_pairs(track: Track, struct: Struct, start: int) -> None:
    """Remember the surrogate pairs of a text from clock `start` on."""
    clock = struct.clock
    for character in struct.content:
        clock += 1
        if character > "\uffff":
            if clock == start:
                raise Malformed("known up to the middle of a surrogate pair")
            if clock > start:
                track.lows.append(clock)
            clock += 1


_NUMBER = rb"([\x80-\xff]{0,6}[\x00-\x7f])"
_ID = _NUMBER * 2
_KEYSTROKE = re.compile(
    rb"\x01\x01" + _ID + rb"(?:(\x84|\x44)" + _ID + rb"|\xc4" + _ID + _ID + rb")([\x01-\x3f])(.{1,63})\x00", re.DOTALL
)
"""One client with one struct, a text of up to 63 bytes with one neighbour or two, and no deletions."""


def scan_keystroke(update: bytes, index: Index, limits: Limits) -> Scan | None:
    """The short way: one client's next words beside words that are known. None: take the long way."""
    match = _KEYSTROKE.fullmatch(update)
    if not match:
        return None
    client_, start_, side, one, one_, left, left_, right, right_, size, encoded = match.groups()
    client, start = _client(client_), _number(start_)
    try:
        text = encoded.decode()
    except UnicodeDecodeError:
        return None  # the long way says what is wrong
    end = start + len(text)
    if (
        index.clocks.get(client, 0) != start
        or size[0] != len(encoded)
        or max(text) > "\uffff"
        or end >= limits.clock_max
    ):
        return None
    if one:
        place = _words_at(one, one_, side == b"\x84", index)
    else:
        place = _words_at(left, left_, 1, index)
        if place is None or place != _words_at(right, right_, 0, index):
            return None
    if place is None:
        return None
    places, track = None, index.tracks.get(client)
    if track is None or track.places[-1] != place:
        places = Track(clocks_of((start,)), [place])
    delta = Delta({client: (start, end, places)}, {}, len(update))
    return Scan((Run(client, start, end),), (client,), False, False, False, delta)


def _number(encoded: bytes) -> int:
    """A varUint that is known to be whole."""
    value = 0
    for byte in reversed(encoded):
        value = value << 7 | byte & 0x7F
    return value


_client = lru_cache(maxsize=4096)(_number)


def _words_at(client_: bytes, clock_: bytes, after: int, index: Index) -> Place | None:
    """The place of a neighbour, if it is known to be words and text may go before it, or after it."""
    client, clock = _client(client_), _number(clock_)
    if clock >= index.clocks.get(client, 0):
        return None
    track = index.tracks[client]
    place = track[clock]
    return place if place.is_words and not track.splits(clock + after) else None
