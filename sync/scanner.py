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
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, NamedTuple

from sync.errors import Malformed, SchemaBroken
from sync.index import NOWHERE, WORDS, Delta, Index, Place, Track
from sync.kinds import TEXT, Schema
from sync.lib0 import Reader
from sync.limits import Limits
from sync.links import leads_to_safety
from sync.structs import ANY, DELETED, FORMAT, GC, NAMES, SKIP, STRING, TYPE, Id, Struct, Update, read_update

__all__ = ["Delta", "Index", "Run", "Scan", "scan"]

_HASH = re.compile(r"--[a-zA-Z0-9+/=]{8}$")
"""y-tiptap ends the key of a mark that may overlap itself with a hash of its attributes: link--aB3dE6gH."""


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
    clocks = index.clocks
    news = {
        client: fresh for client, structs in parsed.structs.items() if (fresh := _past(structs, clocks.get(client, 0)))
    }
    new_clients = tuple(news)
    deletions = _not_covered(parsed.deletes.items(), index)
    delta = None
    known = not news and not deletions
    if not known and not _jumps(parsed, news, index):
        walk = _Walk(news, index, schema, limits)
        if walk.run() and walk.deletes(deletions):
            delta = walk.delta(deletions, len(update))
    return Scan(runs, new_clients, not runs, known, not known and delta is None, delta)


def _runs(structs: dict[int, list[Struct]]) -> Iterator[Run]:
    """A client's structs are one run, but for Skips between them."""
    for client, own in structs.items():
        start = own[0].clock
        for struct in own:
            if struct.kind == SKIP:
                if start < struct.clock:
                    yield Run(client, start, struct.clock)
                start = struct.clock + struct.length
        if start < (end := own[-1].clock + own[-1].length):
            yield Run(client, start, end)


def _past(structs: list[Struct], known: int) -> list[Struct]:
    """Those that reach past the known clock (Skips say nothing)."""
    last = structs[-1]
    if last.clock + last.length <= known:
        return []
    return [struct for struct in structs if struct.clock + struct.length > known and struct.kind != SKIP]


def _not_covered(
    deletes: Iterable[tuple[int, list[tuple[int, int]]]], index: Index
) -> dict[int, list[tuple[int, int]]]:
    """The deletions that the index does not have yet."""
    found = {}
    for client, ranges in deletes:
        mine = index.deleted.get(client)
        fresh = [span for span in ranges if mine is None or not mine.cover(*span)]
        if fresh:
            found[client] = fresh
    return found


def _jumps(parsed: Update, news: dict[int, list[Struct]], index: Index) -> bool:
    """Whether something is left out: a client's structs start past what is known, or Skips stand in for some.

    Only a client that itself waits for words sends Skips. Its update is held, never stored: Yjs and the library read
    them differently.
    """
    if any(fresh[0].clock > index.clocks.get(client, 0) for client, fresh in news.items()):
        return True
    return any(struct.kind == SKIP for structs in parsed.structs.values() for struct in structs)


class _Gap(Exception):
    """The walk needs what neither index nor update has."""


class _Walk:
    """Gives every new struct its place, in the order in which they build on one another."""

    def __init__(self, news: dict[int, list[Struct]], index: Index, schema: Schema, limits: Limits) -> None:
        self._news = news
        self._index, self._schema, self._limits = index, schema, limits
        self._tracks = {client: Track() for client in news}
        self._starts = {client: index.clocks.get(client, 0) for client in news}
        self._done = dict(self._starts)  # client → next clock to be placed
        self._next = dict.fromkeys(news, 0)  # client → which of its structs that is

    # --- order ---

    def run(self) -> bool:
        """Place everything. False: something it builds on is missing."""
        try:
            for client, structs in self._news.items():
                self._place_up_to(client, structs[-1].clock + structs[-1].length)
        except _Gap:
            return False
        return True

    def _place_up_to(self, client: int, clock: int) -> None:
        """Place a client's structs until `clock` is reached, and before each whatever it builds on."""
        waiting = [(client, clock)]
        waits = {client}
        while waiting:
            client, clock = waiting[-1]
            if self._done[client] >= clock:
                waiting.pop()
                waits.remove(client)
                continue
            struct = self._news[client][self._next[client]]
            missing = self._missing(client, struct)
            if missing is None:
                self._place(client, struct)
            elif missing[0] in waits:
                raise Malformed(f"structs of clients {client} and {missing[0]} build on each other")
            else:
                waiting.append((missing[0], missing[1] + 1))
                waits.add(missing[0])

    def _missing(self, client: int, struct: Struct) -> Id | None:
        """The first item that a struct names and that has no place yet. Raises _Gap where it will never have one."""
        for named in (struct.origin, struct.right, struct.parent):
            if not isinstance(named, tuple):
                continue
            other, clock = named
            if other == client:
                if clock >= struct.clock:
                    raise Malformed(f"client {client} builds at {struct.clock} on its own later {clock}")
            elif other not in self._done:
                if clock >= self._index.clocks.get(other, 0):
                    raise _Gap
            elif clock >= self._done[other]:
                last = self._news[other][-1]
                if clock >= last.clock + last.length:
                    raise _Gap
                return named
        return None

    # --- places ---

    def _at(self, named: Id) -> Place:
        """The place of an item that has one."""
        client, clock = named
        start = self._starts.get(client)
        track = self._index.tracks.get(client) if start is None or clock < start else self._tracks[client]
        return WORDS if track is None else track[clock]

    def _splits(self, client: int, clock: int) -> bool:
        """Whether cutting before `clock` would cut a surrogate pair."""
        start = self._starts.get(client)
        track = self._index.tracks.get(client) if start is None or clock < start else self._tracks[client]
        return track is not None and track.splits(clock)

    def _place(self, client: int, struct: Struct) -> None:
        start = max(struct.clock, self._starts[client])
        track = self._tracks[client]
        if struct.kind == GC:
            place = NOWHERE
        else:
            place = self._beside(client, struct, start)
            if place is not NOWHERE:
                place = self._checked(place, struct)
        track.append(start, place)
        if struct.kind == STRING and not struct.content.isascii():
            self._note_pairs(track, struct, start)
        end = struct.clock + struct.length
        self._done[client] = end
        self._next[client] += 1

    def _beside(self, client: int, struct: Struct, start: int) -> Place:
        """The place that its parent or its neighbours give a struct; neighbours that differ are a forgery."""
        found = []
        if struct.origin:
            other, clock = struct.origin
            if self._splits(other, clock + 1):
                raise Malformed("an origin inside a surrogate pair")
            found.append(self._at(struct.origin))
        if struct.right:
            if self._splits(*struct.right):
                raise Malformed("a right origin inside a surrogate pair")
            found.append(self._at(struct.right))
        if start > struct.clock:  # the first part is known: the rest stands behind it
            found.append(self._at((client, start - 1)))
        places = [place if place.tag is None else place._replace(tag=None) for place in found]
        if struct.parent is not None:
            places.append(self._below(struct))
        if NOWHERE in places:
            return NOWHERE
        if any(one != other for one, other in pairwise(places)):
            raise Malformed(f"neighbours that are not: {places}")
        return places[0]

    def _below(self, struct: Struct) -> Place:
        """The place of the first child of a node, or of an attribute that had no value."""
        if isinstance(struct.parent, str):
            match self._schema.roots.get(struct.parent):
                case "xml" if struct.key is None:
                    return Place(struct.parent, 1)
                case "map" if struct.key is not None:
                    return Place(struct.parent, 1, "")
            raise SchemaBroken(f"a root {struct.parent!r} of this use")
        assert struct.parent is not None
        holder = self._at(struct.parent)
        if holder == WORDS or holder.attribute is not None or (holder.tag == TEXT and struct.key is not None):
            raise SchemaBroken(f"something in {holder}, which holds nothing")
        if holder.tag is None:
            return NOWHERE  # a node that came as deleted: what was in it is garbage
        return WORDS if holder.tag == TEXT else Place(holder.tag, holder.depth + 1, struct.key)

    # --- what may stand in a place ---

    def _checked(self, place: Place, struct: Struct) -> Place:
        """The place with the node's own tag in it. Raises SchemaBroken where such a thing may not stand there."""
        schema = self._schema
        if place.depth > self._limits.xml_depth_max:
            raise SchemaBroken(f"nodes nested {place.depth} deep")
        if place == WORDS:
            if struct.kind == FORMAT:
                self._check_format(*struct.content)
            elif struct.kind not in (STRING, DELETED):
                raise SchemaBroken(f"{NAMES[struct.kind]} among words")
            return place
        if place.attribute is not None:
            self._check_value(place, struct)
            return place
        if struct.kind == TYPE and struct.content in schema.children.get(place.under, ()):
            return place._replace(tag=struct.content)
        if struct.kind != DELETED:
            raise SchemaBroken(f"{NAMES[struct.kind]} {struct.content!r:.50} in {place.under}")
        return place

    def _check_format(self, key: str, value: Any) -> None:
        if key not in self._schema.marks and _HASH.sub("", key) not in self._schema.marks:
            raise SchemaBroken(f"a mark {key!r:.50}")
        if isinstance(value, dict):
            if any(isinstance(one, dict | list) for one in value.values()):
                raise SchemaBroken(f"nested attributes of mark {key}")
            self._check_link(value.get("href"))
        elif not (value is None or isinstance(value, bool)):
            raise SchemaBroken(f"a mark {key} that is a {type(value).__name__}")

    def _check_value(self, place: Place, struct: Struct) -> None:
        """A value in a map root, or of an element's attribute."""
        is_map = self._schema.roots.get(place.under) == "map"
        if not is_map and place.attribute not in self._schema.attributes.get(place.under, ()):
            raise SchemaBroken(f"an attribute {place.attribute!r:.50} of {place.under}")
        if struct.kind == DELETED:
            return
        if struct.kind != ANY:
            raise SchemaBroken(f"{NAMES[struct.kind]} as a value in {place.under}")
        for value in struct.content:
            if _has_bytes(value) or (not is_map and isinstance(value, dict | list)):
                raise SchemaBroken(f"a {type(value).__name__} as a value in {place.under}")
            if place.attribute == "href":
                self._check_link(value)

    def _check_link(self, href: Any) -> None:
        if href is None:
            return
        if not isinstance(href, str) or not leads_to_safety(href, self._schema.link_schemes):
            raise SchemaBroken(f"a link to {href!r:.50}")

    # --- what comes of it ---

    @staticmethod
    def _note_pairs(track: Track, struct: Struct, start: int) -> None:
        clock = struct.clock
        for character in struct.content:
            clock += 1
            if character > "\uffff":
                if clock == start:
                    raise Malformed("known up to the middle of a surrogate pair")
                if clock > start:
                    track.lows.append(clock)
                clock += 1

    def deletes(self, deletions: dict[int, list[tuple[int, int]]]) -> bool:
        """Check the deletions against what is known now. False: some of it is not."""
        for client, ranges in deletions.items():
            known = self._done.get(client, self._index.clocks.get(client, 0))
            for start, end in ranges:
                if end > known:
                    return False
                if self._splits(client, start) or self._splits(client, end):
                    raise Malformed("a deletion that ends inside a surrogate pair")
        return True

    def delta(self, deletions: dict[int, list[tuple[int, int]]], size_bytes: int) -> Delta:
        """Everything the index has to learn. What came as deleted is deleted, whatever the delete set says."""
        news = {}
        deleted = {client: list(ranges) for client, ranges in deletions.items()}
        for client, structs in self._news.items():
            start, track = self._starts[client], self._tracks[client]
            news[client] = (start, self._done[client], track if track.starts or track.lows else None)
            gone = [(max(s.clock, start), s.clock + s.length) for s in structs if s.kind in (GC, DELETED)]
            if gone:
                deleted.setdefault(client, []).extend(gone)
        return Delta(news, deleted, size_bytes)


def _has_bytes(value: Any) -> bool:
    """Bytes have no JSON form; `Reader.any` has bounded the depth."""
    match value:
        case bytes():
            return True
        case dict():
            return any(map(_has_bytes, value.values()))
        case list():
            return any(map(_has_bytes, value))
    return False


def scan_keystroke(update: bytes, index: Index, limits: Limits) -> Scan | None:
    """The short way: one client's next struct, a text beside known words, no deletions. None: take the long way."""
    if len(update) > 64 or update[:2] != b"\x01\x01" or update[-1]:
        return None
    reader = Reader(update, 2)
    try:
        client, start = reader.var_uint(), reader.var_uint()
        info = reader.byte()
        if info & 0x3F != STRING or index.clocks.get(client, 0) != start:
            return None
        for flag in (0x80, 0x40):
            if info & flag and not _among_words((reader.var_uint(), reader.var_uint()), index, after=flag == 0x80):
                return None
        text = reader.var_string()
    except Malformed:
        return None  # the long way says what is wrong
    end = start + len(text)
    if info < 0x40 or not text or reader.left != 1 or end >= limits.clock_max or max(text) > "\uffff":
        return None
    delta = Delta({client: (start, end, None)}, {}, len(update))
    return Scan((Run(client, start, end),), (client,), False, False, False, delta)


def _among_words(named: Id, index: Index, *, after: bool) -> bool:
    client, clock = named
    if clock >= index.clocks.get(client, 0):
        return False
    track = index.tracks.get(client)
    return track is None or (track[clock] == WORDS and not track.splits(clock + after))
