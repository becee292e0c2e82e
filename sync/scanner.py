"""The first wall: what an update says, checked against a document's index and its schema, without the CRDT library.

    scan(update, index, schema, limits) → Scan          pure; raises Malformed or SchemaBroken

First the bytes are read into plain structs (structs.py), and what is known is left out. The rest is walked in the order
in which it builds on itself, as Yjs integrates it, and each struct is given its place: the element that holds it, named
by its parent, or by the neighbours it stands between. A place decides what may stand there. Missing knowledge is not an
error: the scan says `gapped`, and the caller holds the update. A keystroke, most of all traffic, takes a short way with
the same result.

Why so strict: a single hostile update of 7 to 20 bytes crashes the CRDT library, makes it lose later words, or makes
every honest editor delete what its schema does not know. Why the known is left out: a page that opens sends all it has
stored, and where the known part of an item is garbage by now and the item goes on, Yjs throws in every page it reaches.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple

from sync.errors import Malformed
from sync.index import NOWHERE, Delta, Id, Index, Place, Ranges, Track, clocks_of
from sync.kinds import Schema
from sync.limits import Limits
from sync.shapes import fit, place_in_node, place_in_root
from sync.structs import DELETED, GC, SKIP, STRING, Deletes, Struct, Update, read_update, rest_of, write_update

__all__ = ["Delta", "Index", "Run", "Scan", "scan"]


class Run(NamedTuple):
    """The structs of one client in an update: clocks start to end (exclusive), without a gap."""

    client: int
    start: int
    end: int


class Scan(NamedTuple):
    """What an update is to a document. Exactly one of `known`, `gapped` and `delta` holds.

    `new_clients` have structs past the index. `known`: structs and deletions are all covered. `gapped`: it starts past
    what is known, or builds on or deletes what neither the index nor the update has. `delta` is for `Index.apply`.
    `update` is what to store and to pass on: what is new in it, which is nearly always the very bytes.
    """

    runs: tuple[Run, ...]
    new_clients: tuple[int, ...]
    deletes_only: bool
    known: bool
    gapped: bool
    delta: Delta | None
    update: bytes


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
    news = Update(_new_structs(parsed.structs, index), _new_deletes(parsed.deletes, index))
    known = not news.structs and not news.deletes
    if known or _jumps(runs, parsed, index):
        return Scan(runs, new_clients, not runs, known, not known, None, update)
    if news != parsed:
        update = write_update(news)
    walk = _Walk(news, index, schema, limits)
    delta = walk.delta(len(update)) if walk.run() and walk.deletes() else None
    return Scan(runs, new_clients, not runs, False, delta is None, delta, update)


def _runs(structs: dict[int, list[Struct]]) -> Iterator[Run]:
    """A client's structs are one run, but for Skips between them."""
    for client, own in structs.items():
        start = own[0].clock
        for struct in own:
            if struct.kind == SKIP:
                yield Run(client, start, struct.clock)
                start = struct.clock + struct.length
        yield Run(client, start, own[-1].clock + own[-1].length)


def _new_structs(structs: dict[int, list[Struct]], index: Index) -> dict[int, list[Struct]]:
    """Those past the known clocks; of one that is known in part, the rest (which is garbage behind garbage)."""
    found = {}
    for client, own in structs.items():
        known = index.clocks.get(client, 0)
        fresh = [struct for struct in own if struct.clock + struct.length > known]
        if fresh and fresh[0].clock < known:
            fresh[0] = rest_of(fresh[0], client, known)
            if index.tracks[client][known - 1] == NOWHERE:
                fresh[0] = Struct(known, fresh[0].length, GC)
        if any(struct.kind != SKIP for struct in fresh):
            found[client] = fresh
    return found


def _new_deletes(deletes: Deletes, index: Index) -> Deletes:
    """The ranges that are not deleted yet, or not altogether."""
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
    """Gives every new struct its place, in the order in which they build on one another."""

    def __init__(self, update: Update, index: Index, schema: Schema, limits: Limits) -> None:
        self._structs, self._deletes = update.structs, update.deletes
        self._index, self._schema, self._limits = index, schema, limits
        self._known = {client: structs[0].clock for client, structs in update.structs.items()}
        self._tracks = {client: Track() for client in update.structs}  # places from the known clock on
        self._gone: dict[int, Ranges] = {}  # client → what the update deletes of it, sorted when it is asked for
        self._walked = dict(self._known)
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
        place = NOWHERE if struct.kind == GC else self._beside(struct)
        if place != NOWHERE:
            place = fit(place, struct, self._schema, self._limits)
        track = self._tracks[client]
        track.append(struct.clock, place)
        if struct.kind == STRING and struct.length > len(struct.content):
            _note_pairs(track, struct)

    def _beside(self, struct: Struct) -> Place:
        """The place that its parent or its neighbours give a struct; neighbours that differ are a forgery."""
        found = [self._at(neighbour) for neighbour in (struct.origin, struct.right) if neighbour]
        places = [place if place.tag is None else place._replace(tag=None) for place in found]
        if isinstance(struct.parent, str):
            places.append(place_in_root(struct.parent, struct.key, self._schema))
        elif struct.parent is not None:
            places.append(place_in_node(struct.parent, self._at(struct.parent), struct.key))
        if NOWHERE in places:
            if not all(place == NOWHERE or self._is_gone(place.holder) for place in places):
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

    def deletes(self) -> bool:
        """Check the deletions against what is known now. False: some of it is not."""
        for client, ranges in self._deletes.items():
            known = max(self._walked.get(client, 0), self._index.clocks.get(client, 0))
            for start, end in ranges:
                if end > known:
                    return False
                if self._splits(client, start) or self._splits(client, end):
                    raise Malformed("a deletion that ends inside a surrogate pair")
        return True

    def delta(self, size_bytes: int) -> Delta:
        """Everything the index has to learn. What came as deleted is deleted, whatever the delete set says."""
        news: dict[int, tuple[int, int, Track | None]] = {}
        deleted = {client: Ranges.of(spans) for client, spans in self._deletes.items()}
        for client, structs in self._structs.items():
            track = None if self._goes_on(client) else self._tracks[client]
            news[client] = (structs[0].clock, self._walked[client], track)
            gone = [(s.clock, s.clock + s.length) for s in structs if s.kind in (GC, DELETED)]
            if gone:
                deleted[client] = Ranges.of(gone) | deleted.get(client, Ranges())
        return Delta(news, deleted, size_bytes)

    def _goes_on(self, client: int) -> bool:
        """Whether all its new items stand where its last known one stands."""
        track, known = self._tracks[client], self._index.tracks.get(client)
        return known is not None and track.places == known.places[-1:] and not track.lows


def _note_pairs(track: Track, struct: Struct) -> None:
    """Remember the surrogate pairs of a text."""
    clock = struct.clock
    for character in struct.content:
        if character > "\uffff":
            clock += 1
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
    return Scan((Run(client, start, end),), (client,), False, False, False, delta, update)


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
