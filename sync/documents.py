"""Everything that needs a real Yjs document: bytes in, bytes or plain data out. The only file that imports pycrdt.

Each function is pure but for a fresh client id, builds its own throwaway `Doc`, and is meant to run in a worker process
(sync/workers.py): what hostile bytes do to the library they do there.

`state` is the stored snapshot (None: none yet) and `updates` the rows after it. They are fed to the `Doc` in order and
without a gap, because the library loses text otherwise (updates of one client out of order, and then the missing one).
Text positions in the library are UTF-8 bytes; here and in the callers they are characters.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, groupby
from typing import Any, cast

from pycrdt import Doc, Map, XmlElement, XmlFragment, XmlText, get_state, merge_updates

from sync.difference import (
    Child,
    Edit,
    Insert,
    Remove,
    blocks,
    grouped,
    joined,
    normal,
    plain,
    present,
    same,
    ungrouped,
    words,
)
from sync.errors import Malformed, SchemaBroken
from sync.index import Ranges
from sync.joining import join_updates
from sync.kinds import Admit, Schema, Verdict
from sync.lib0 import read_vector, write_vector
from sync.limits import Limits
from sync.marks import Pieces, cut_out, formats_to_leave, mark_changes, marks_of, side_by_side
from sync.scanner import Index, Scan, scan
from sync.structs import Update, read_update, write_update
from sync.tree import Element, Text

EMPTY_UPDATE = b"\0\0"
ROWS_AT_ONCE = 1_000

FORMATS_MAX = 1_000
"""Ranges of one text that get other marks one by one: the library takes the square of their number. Past it, anew."""

Parent = XmlFragment | XmlElement


@dataclass(frozen=True, slots=True)
class Folded:
    """A document as one update, and its state vector in the order of `write_vector` (the library has none)."""

    state: bytes
    state_vector: bytes


@dataclass(frozen=True, slots=True)
class Reading:
    """All that can be told of a document: its content, and what of it is there and what is deleted."""

    content: Element | dict[str, Any]
    state_vector: bytes
    deletions: bytes


@dataclass(frozen=True, slots=True)
class Admitted:
    """The verdict on an update, the update that puts its bad values right (None: nothing to put right), and what to
    store: both in one, so that nobody, and no prefix of the log, ever shows a bad value."""

    verdict: Verdict
    correction: bytes | None
    update: bytes


@dataclass(frozen=True, slots=True)
class First:
    """The first row of a new document, and the client ids that its author owns by it."""

    update: bytes
    claims: tuple[int, ...]


# --- reading ---


def fold(state: bytes | None, updates: Sequence[bytes]) -> Folded:
    """The whole document as one update. Deleted words are garbage-collected, as Yjs does it."""
    return _folded(_load(state, updates))


def diff(state: bytes | None, updates: Sequence[bytes], vector: bytes) -> bytes:
    """What a client with this state vector lacks, and the whole delete set. The vector may be anybody's bytes."""
    read_vector(vector)
    return _load(state, updates).get_update(vector)


def tree(state: bytes | None, updates: Sequence[bytes], root: str) -> Element:
    """The content of an XML root: an Element without a tag. Absent attributes are absent, whole numbers int."""
    return _tree(_load(state, updates), root)


def trees(updates: Sequence[bytes], root: str, stops: Sequence[int]) -> list[Element]:
    """The `tree` after so many updates of a log, for each of these numbers; one replay for all of them."""
    doc: Doc[Any] = Doc()
    found: dict[int, Element] = {}
    done = 0
    for stop in sorted(set(stops)):
        _apply_all(doc, updates[done:stop])
        done = stop
        found[stop] = _tree(doc, root)
    return [found[stop] for stop in stops]


def settle(
    state: bytes | None, updates: Sequence[bytes], root: str, draw: Callable[[Element], Any] | None = None
) -> Any:
    """What `draw` makes of the `tree`, or that."""
    content = tree(state, updates, root)
    return draw(content) if draw else content


def read(state: bytes | None, updates: Sequence[bytes], schema: Schema) -> Reading:
    """The whole document in a form that can be compared: equal if and only if nobody can tell the two apart."""
    doc = _replay(state, updates)
    ((root, kind),) = schema.roots.items()
    content = _tree(doc, root) if kind == "xml" else _values(doc, root)
    vector = doc.get_state()
    deleted = read_update(doc.get_update(vector), Limits()).deletes
    ranges = {client: list(Ranges.of(deleted[client])) for client in sorted(deleted)}
    return Reading(content, write_vector(read_vector(vector)), write_update(Update({}, ranges)))


def values(state: bytes | None, updates: Sequence[bytes], root: str) -> dict[str, Any]:
    """The content of a map root."""
    return _values(_load(state, updates), root)


def index(index_dump: bytes | None, updates: Sequence[bytes], schema: Schema, limits: Limits) -> bytes:
    """The scanner's index after these rows of the log. They were accepted once: one that no longer scans raises."""
    known = Index.load(index_dump) if index_dump else Index()
    for update in _in_portions(updates, limits):
        found = scan(update, known, schema, limits)
        if found.gapped:
            raise Malformed("a row of the log builds on what the log does not hold")
        if found.delta is not None:
            known.apply(found.delta)
    return known.dump()


def _in_portions(updates: Sequence[bytes], limits: Limits) -> Iterator[bytes]:
    """A long log is read a thousand rows at a time, joined: that costs the scanner a quarter of the time."""
    for start in range(0, len(updates), ROWS_AT_ONCE):
        portion = updates[start : start + ROWS_AT_ONCE]
        try:
            yield from [join_updates(portion, limits)] if len(portion) == ROWS_AT_ONCE else portion
        except Malformed:
            yield from portion  # it says which of them is wrong, if any is: rows of old may repeat each other


def scan_update(update: bytes, index_dump: bytes, schema: Schema, limits: Limits) -> Scan:
    """The scanner, for updates so long that they would hold up the server."""
    return scan(update, Index.load(index_dump), schema, limits)


# --- writing ---


def replace_content(state: bytes | None, updates: Sequence[bytes], root: str, target: Element) -> bytes:
    """The smallest edit after which the root reads as `target`; what others do elsewhere meanwhile stays.

    An update of this edit alone, by a client id never seen before; `EMPTY_UPDATE` where there is nothing to change.
    """
    wanted = _blocks_only(normal(target))

    def rewrite(doc: Doc[Any]) -> None:
        fragment = doc.get(root, type=XmlFragment)
        _rewrite(fragment, list(grouped(wanted.children)))
        assert _tree(doc, root).children == wanted.children, "the edit did not come out as intended"

    return _edit(_load_to_edit(state, updates), rewrite)


def append_content(state: bytes | None, updates: Sequence[bytes], root: str, new_blocks: tuple[Element, ...]) -> bytes:
    """An update by a fresh client id that adds blocks at the end of the root."""
    wanted = _blocks_only(normal(Element("", children=new_blocks)))

    def append(doc: Doc[Any]) -> None:
        fragment = doc.get(root, type=XmlFragment)
        for block in wanted.children:
            _insert(fragment, len(fragment.children), cast(Element, block))

    return _edit(_load_to_edit(state, updates), append)


def remove_content(state: bytes | None, updates: Sequence[bytes], root: str, old_blocks: tuple[Element, ...]) -> bytes:
    """An update by a fresh client id that takes blocks away which read as these, the last of each; others stay."""
    unwanted = list(_blocks_only(normal(Element("", children=old_blocks))).children)

    def remove(doc: Doc[Any]) -> None:
        fragment = doc.get(root, type=XmlFragment)
        held = _held(fragment)
        for old in reversed(unwanted):
            at = next((at for at in reversed(range(len(held))) if held[at].child == old), None)
            if at is not None:
                del fragment.children[held[at].at]
                held = _held(fragment)

    return _edit(_load_to_edit(state, updates), remove)


def set_values(state: bytes | None, updates: Sequence[bytes], root: str, wanted: Mapping[str, Any]) -> bytes:
    """An update by a fresh client id that gives these keys of a map root these values; None removes."""
    return _edit(_load_to_edit(state, updates), lambda doc: _set(doc, root, wanted))


def begin(contents: Sequence[tuple[str, Mapping[str, Any] | Element]]) -> list[First | None]:
    """First rows for many documents that do not exist yet: what each root is to hold. None where that is nothing."""
    return [_first(root, content) for root, content in contents]


def _first(root: str, content: Mapping[str, Any] | Element) -> First | None:
    make = replace_content if isinstance(content, Element) else set_values
    update = make(None, (), root, content)  # type: ignore[arg-type]
    if update == EMPTY_UPDATE:
        return None
    return First(update, tuple(read_vector(get_state(update))))


def admit(state: bytes | None, updates: Sequence[bytes], update: bytes, root: str, judge: Admit) -> Admitted:
    """Judge what `update` makes of a map root, and put right what it must not make.

    The correction is written after the update by a client id of its own: it comes to the right of the bad value and so
    wins over it everywhere, also where the bad value had won over a good one that was written at the same time.
    """
    doc = _load_to_edit(state, updates)
    before = _values(doc, root)
    _apply(doc, update)
    after = _values(doc, root)
    verdict = judge(before, after)
    if not verdict.corrections:
        return Admitted(verdict, None, update)
    correction = _edit(doc, lambda doc: _set(doc, root, verdict.corrections))
    if correction == EMPTY_UPDATE:
        return Admitted(verdict, None, update)
    return Admitted(verdict, correction, merge_updates(update, correction))


# --- the document ---


def _load(state: bytes | None, updates: Sequence[bytes], client: int | None = None) -> Doc[Any]:
    doc: Doc[Any] = Doc(client_id=client)
    _apply_all(doc, [state, *updates] if state else updates)
    return doc


def _replay(state: bytes | None, updates: Sequence[bytes]) -> Doc[Any]:
    """Update by update, as clients take it: what is to be proven was loaded otherwise."""
    doc: Doc[Any] = Doc()
    for update in [state, *updates] if state else updates:
        _apply(doc, update)
    return doc


def _load_to_edit(state: bytes | None, updates: Sequence[bytes]) -> Doc[Any]:
    """With a client id as Yjs makes them; one that already wrote here would end in two items of one name."""
    while True:
        client = secrets.randbits(32)
        doc = _load(state, updates, client)
        if client not in read_vector(doc.get_state()):
            return doc


def _apply(doc: Doc[Any], update: bytes) -> None:
    try:
        doc.apply_update(update)
    except ValueError as error:
        raise Malformed("an update that cannot be decoded") from error


def _apply_all(doc: Doc[Any], updates: Sequence[bytes]) -> None:
    """In one transaction: to end one costs more than an update."""
    with doc.transaction():
        for update in updates:
            _apply(doc, update)


def _edit(doc: Doc[Any], change: Callable[[Doc[Any]], None]) -> bytes:
    """What `change` does, as an update of its own (`get_update` would repeat the whole delete set).

    The observer is taken off again, and the document is thrown away: left on, it would leak some 25 KB.
    """
    made: list[bytes] = []
    subscription = doc.observe(lambda event: made.append(event.update))
    try:
        with doc.transaction():
            change(doc)
    finally:
        doc.unobserve(subscription)
    return made[0] if made else EMPTY_UPDATE


def _folded(doc: Doc[Any]) -> Folded:
    return Folded(doc.get_update(), write_vector(read_vector(doc.get_state())))


# --- a map root ---


def _values(doc: Doc[Any], root: str) -> dict[str, Any]:
    return cast(dict[str, Any], plain(doc.get(root, type=Map).to_py()))


def _set(doc: Doc[Any], root: str, wanted: Mapping[str, Any]) -> None:
    properties = doc.get(root, type=Map)
    now = _values(doc, root)
    for key, value in wanted.items():
        if value is None:
            if key in now:
                del properties[key]
        elif key not in now or not same(now[key], plain(value)):
            properties[key] = value


# --- an XML root ---


@dataclass(frozen=True, slots=True)
class _Held:
    """A child in normal form, and where the library holds it: one element, or neighbouring texts (maybe all empty)."""

    at: int
    child: Child
    nodes: list[XmlElement | XmlText]


def _tree(doc: Doc[Any], root: str) -> Element:
    return Element("", children=_content(doc.get(root, type=XmlFragment)))


def _content(parent: Parent) -> tuple[Element | Text, ...]:
    return ungrouped(held.child for held in _held(parent))


def _held(parent: Parent) -> list[_Held]:
    held: list[_Held] = []
    nodes = [(at, node) for at, node in enumerate(parent.children) if not isinstance(node, XmlFragment)]
    for is_text, run in groupby(nodes, lambda pair: isinstance(pair[1], XmlText)):
        if is_text:
            places, texts = zip(*run, strict=True)
            held.append(_Held(places[0], joined(chain.from_iterable(map(_read_text, texts))), list(texts)))
        else:
            held += [_Held(at, _element(cast(XmlElement, node)), [node]) for at, node in run]
    return held


def _element(node: XmlElement) -> Element:
    return Element(node.tag or "", present(_attributes(node)), _content(node))


def _attributes(node: XmlElement) -> dict[str, Any]:
    return dict(cast(Iterable[tuple[str, Any]], node.attributes))


def _read_text(node: XmlText) -> Iterator[Text]:
    return (Text(text, marks_of(formats)) for text, formats in _pieces(node))


def _pieces(node: XmlText) -> Pieces:
    pieces = node.diff()
    assert all(isinstance(text, str) for text, _ in pieces), "an object embedded in text passed the scanner"
    return [(text, formats or {}) for text, formats in pieces]


def _blocks_only(content: Element) -> Element:
    if any(isinstance(child, Text) for child in content.children):
        raise SchemaBroken("text directly under the root")
    return content


def _rewrite(parent: Parent, wanted: list[Child]) -> None:
    """From the end to the start, so that positions not yet come to stay true."""
    held = _held(parent)
    end = len(parent.children)
    for step in reversed(blocks([one.child for one in held], wanted)):
        match step:
            case Insert(at, child):
                _insert(parent, held[at].at if at < len(held) else end, child)
            case Remove(at):
                del parent.children[held[at].at : held[at].at + len(held[at].nodes)]
            case Edit(at, Element() as element):
                node = cast(XmlElement, held[at].nodes[0])
                _rewrite_attributes(node, element.attributes)
                _rewrite(node, list(grouped(element.children)))
            case Edit(at, tuple() as runs):
                _rewrite_text(cast(list[XmlText], held[at].nodes), runs)


def _insert(parent: Parent, at: int, child: Child) -> None:
    if isinstance(child, Element):
        element = parent.children.insert(at, XmlElement(child.tag))
        for name, value in child.attributes.items():
            element.attributes[name] = value
        for position, grandchild in enumerate(grouped(child.children)):
            _insert(element, position, grandchild)
    else:
        _write(parent.children.insert(at, XmlText()), 0, child)


def _rewrite_attributes(node: XmlElement, wanted: Mapping[str, Any]) -> None:
    now = present(_attributes(node))
    for name in now.keys() - wanted.keys():
        del node.attributes[name]
    for name, value in wanted.items():
        if name not in now or not same(now[name], value):
            node.attributes[name] = value


def _rewrite_text(nodes: list[XmlText], runs: tuple[Text, ...]) -> None:
    """Words first, each with its marks; then the marks of what stayed, only where they differ."""
    old = [_pieces(node) for node in nodes]
    splices = words("".join(text for pieces in old for text, _ in pieces), "".join(run.text for run in runs))
    for splice in reversed(splices):
        _splice(nodes, old, splice.start, splice.stop, cut_out(runs, splice.new_start, splice.new_stop))
    at = 0
    for node in nodes:
        length = sum(len(text) for text, _ in _pieces(node))
        _rewrite_marks(node, cut_out(runs, at, at + length))
        at += length


def _splice(nodes: list[XmlText], old: list[Pieces], start: int, stop: int, inserted: list[Text]) -> None:
    """In one of several neighbouring texts; what is removed may reach over some. `old` is how they were before."""
    end = sum(len(text) for pieces in old for text, _ in pieces)
    for node, pieces in zip(reversed(nodes), reversed(old), strict=True):
        text = "".join(text for text, _ in pieces)
        first, end = end - len(text), end - len(text)
        low, high = max(start - first, 0), min(stop - first, len(text))
        at = _bytes(text[:low])
        if low < high:
            if change := formats_to_leave(pieces, low, high):
                node.format(at, _bytes(text[:high]), change)
            del node[at : _bytes(text[:high])]
        if inserted and (first < start or node is nodes[0]) and start <= first + len(text):
            _write(node, at, inserted)


def _write(node: XmlText, at: int, runs: Sequence[Text]) -> None:
    """The last run first: the library walks to `at` each time, and so never over what was just written."""
    for run in reversed(runs):
        node.insert(at, run.text, run.marks)


def _rewrite_marks(node: XmlText, runs: Sequence[Text]) -> None:
    at = 0
    changes: list[tuple[int, int, dict[str, Any]]] = []
    for text, formats, marks in side_by_side(_pieces(node), runs):
        stop = at + _bytes(text)
        if change := mark_changes(formats, marks):
            changes.append((at, stop, change))
        at = stop
    if len(changes) > FORMATS_MAX:
        node.clear()
        _write(node, 0, runs)
        return
    for low, high, change in changes:
        node.format(low, high, change)


def _bytes(text: str) -> int:
    """Its length as the library counts."""
    return len(text.encode())
