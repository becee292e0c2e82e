"""Two readings of a note as one that shows their differences: ProseMirror JSON in which words and blocks are marked.

    text marks   {"type": "inserted"} · {"type": "deleted"} · {"type": "reformatted", "attrs": {"was": [mark names]}}
    block attrs  "change": "inserted" | "deleted" | "reformatted"

Without what is inserted, and with what is deleted, it is the earlier reading; the other way round the later one. Pure.
Where two readings of a block share little, the earlier is shown whole before the later: nobody can read words that
take turns.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Literal

from api.content import CONTAINERS, TEXT_BLOCKS, inline, json_blocks, json_inline, json_node
from sync.difference import WORD, Edit, Insert, Remove, blocks, common
from sync.tree import Element, Text

Change = Literal["inserted", "deleted"]
Json = dict[str, Any]

SHARED_MIN = 0.35
"""Of the letters of a block's two readings; below it they are shown one after the other."""


def redline(old: Element, new: Element) -> Json:
    """The document with its differences."""
    return {"type": "doc", "content": list(_children(_elements(old), _elements(new)))}


def _elements(node: Element) -> list[Element]:
    return [child for child in node.children if isinstance(child, Element)]


# --- blocks ---


def _children(old: Sequence[Element], new: Sequence[Element]) -> Iterator[Json]:
    """Side by side; between two blocks that stay, first what went, then what came."""
    at = 0
    gone: list[Element] = []
    come: list[Element] = []
    for step in blocks(old, new):
        if step.at > at:
            yield from _exchanged(gone, come)
            gone, come = [], []
        for block in old[at : step.at]:
            yield from json_blocks(Element("", {}, (block,)))
        match step:
            case Insert(at, Element() as child):
                come.append(child)
            case Remove(at):
                gone.append(old[at])
                at += 1
            case Edit(at, Element() as child):
                yield from _exchanged(gone, come)
                gone, come = [], []
                yield from _edited(old[at], child)
                at += 1
    yield from _exchanged(gone, come)
    for block in old[at:]:
        yield from json_blocks(Element("", {}, (block,)))


def _exchanged(gone: Sequence[Element], come: Sequence[Element]) -> Iterator[Json]:
    """What went and what came in one place. A block of the same words is the same block in another form."""
    left = list(gone)
    for new in come:
        same = next((old for old in left if _is_text(old) and _is_text(new) and _words(old) == _words(new)), None)
        if same is None:
            continue
        for old in left[: left.index(same)]:
            yield from _whole(old, "deleted")
        del left[: left.index(same) + 1]
        for other in come[: come.index(new)]:
            yield from _whole(other, "inserted")
        come = come[come.index(new) + 1 :]
        yield _reformatted(json_node(new, _line(inline(same), inline(new))))
    for old in left:
        yield from _whole(old, "deleted")
    for new in come:
        yield from _whole(new, "inserted")


def _edited(old: Element, new: Element) -> Iterator[Json]:
    if _is_text(new):
        was, now = inline(old), inline(new)
        if _shared(was, now) < SHARED_MIN:
            yield from _whole(old, "deleted")
            yield from _whole(new, "inserted")
            return
        made = json_node(new, _line(was, now))
    elif new.tag in CONTAINERS:
        made = json_node(new, list(_children(_elements(old), _elements(new))))
    else:
        yield from json_blocks(Element("", {}, (new,)))
        return
    yield made if json_node(old, []) == json_node(new, []) else _reformatted(made)


def _is_text(node: Element) -> bool:
    return node.tag in TEXT_BLOCKS


def _words(node: Element) -> str:
    return _flat(inline(node))


def _reformatted(node: Json) -> Json:
    return {**node, "attrs": {**node.get("attrs", {}), "change": "reformatted"}}


def _whole(block: Element, change: Change) -> Iterator[Json]:
    """A block that came or went, its words marked as well."""
    for node in json_blocks(Element("", {}, (block,))):
        yield {**_marked(node, change), "attrs": {**node.get("attrs", {}), "change": change}}


def _marked(node: Json, change: Change) -> Json:
    if node["type"] in ("text", "hardBreak"):
        return {**node, "marks": [{"type": change}, *node.get("marks", [])]}
    content = [_marked(child, change) for child in node.get("content", [])]
    return {**node, "content": content} if content else node


# --- the words of a block ---


@dataclass(frozen=True, slots=True)
class _Span:
    """Words `start..stop` of the old line, `new_start..new_stop` of the new one, in one place; kept, they are equal."""

    start: int
    stop: int
    new_start: int
    new_stop: int
    kept: bool


def _line(old: Sequence[Text | Element], new: Sequence[Text | Element]) -> list[Json]:
    """The inside of a text block with its differences."""
    line: list[Json] = []
    for span in _spans(_flat(old), _flat(new)):
        if span.kept:
            line += _kept(_part(old, span.start, span.stop), _part(new, span.new_start, span.new_stop))
            continue
        line += [_marked(json_inline(piece), "deleted") for piece in _part(old, span.start, span.stop)]
        line += [_marked(json_inline(piece), "inserted") for piece in _part(new, span.new_start, span.new_stop)]
    return line


def _flat(parts: Iterable[Text | Element]) -> str:
    """The line as text; a hard break is a newline."""
    return "".join(part.text if isinstance(part, Text) else "\n" for part in parts)


def _shared(old: Sequence[Text | Element], new: Sequence[Text | Element]) -> float:
    """How much of both lines stays, from 0 to 1. An empty line shares nothing and hides nothing."""
    was, now = _flat(old), _flat(new)
    if not was or not now:
        return 1.0
    kept = sum(len(was[span.start : span.stop].replace(" ", "")) for span in _spans(was, now) if span.kept)
    return kept / max(min(len(was.replace(" ", "")), len(now.replace(" ", ""))), 1)


def _spans(old: str, new: str) -> list[_Span]:
    """What stays and what changes, word by word; a word that only grew or shrank is not struck out whole."""
    old_words, new_words = WORD.findall(old), WORD.findall(new)
    runs = _readable(common(old_words, new_words), old_words)
    spans: list[_Span] = []
    at = new_at = i = j = 0
    for a, b, length in [*runs, (len(old_words), len(new_words), 0)]:
        stop, new_stop = at + len("".join(old_words[i:a])), new_at + len("".join(new_words[j:b]))
        spans += _changed(old, new, at, stop, new_at, new_stop)
        kept = len("".join(old_words[a : a + length]))
        spans.append(_Span(stop, stop + kept, new_stop, new_stop + kept, kept=True))
        at, new_at, i, j = stop + kept, new_stop + kept, a + length, b + length
    return [span for span in spans if span.start < span.stop or span.new_start < span.new_stop]


def _readable(runs: list[tuple[int, int, int]], words: Sequence[str]) -> list[tuple[int, int, int]]:
    """Blanks and signs alone between two replaced words do not stay: what is replaced reads as one."""
    readable = []
    ends = [(0, 0, 0), *runs]
    for before, run in pairwise(ends):
        a, b, length = run
        replaced = a > before[0] + before[2] and b > before[1] + before[2]
        if (
            replaced
            and length <= 2
            and not any(word.isalnum() for word in words[a : a + length])
            and run is not runs[-1]
        ):
            continue
        readable.append(run)
    return readable


def _changed(old: str, new: str, start: int, stop: int, new_start: int, new_stop: int) -> Iterator[_Span]:
    """A replaced stretch; where one begins or ends with the other, only what is more is marked."""
    was, now = old[start:stop], new[new_start:new_stop]
    shorter = min(len(was), len(now))
    if shorter and was[:shorter] == now[:shorter]:
        yield _Span(start, start + shorter, new_start, new_start + shorter, kept=True)
        yield _Span(start + shorter, stop, new_start + shorter, new_stop, kept=False)
    elif shorter and was[-shorter:] == now[-shorter:]:
        yield _Span(start, stop - shorter, new_start, new_stop - shorter, kept=False)
        yield _Span(stop - shorter, stop, new_stop - shorter, new_stop, kept=True)
    else:
        yield _Span(start, stop, new_start, new_stop, kept=False)


def _part(parts: Iterable[Text | Element], start: int, stop: int) -> list[Text | Element]:
    """Characters `start..stop` of a line."""
    found: list[Text | Element] = []
    at = 0
    for part in parts:
        length = len(part.text) if isinstance(part, Text) else 1
        low, high = max(start - at, 0), min(stop - at, length)
        if low < high:
            found.append(Text(part.text[low:high], part.marks) if isinstance(part, Text) else part)
        at += length
    return found


def _kept(old: Sequence[Text | Element], new: Sequence[Text | Element]) -> Iterator[Json]:
    """Words that stay, in their new form; where it was another one, the marks they had are named."""
    at = 0
    for part in new:
        stop = at + (len(part.text) if isinstance(part, Text) else 1)
        for was in _part(old, at, stop):
            length = len(was.text) if isinstance(was, Text) else 1
            (now,) = _part(new, at, at + length)
            made = json_inline(now)
            if isinstance(was, Text) and isinstance(now, Text) and _form(was) != _form(now):
                reformatted = {"type": "reformatted", "attrs": {"was": list(was.marks)}}
                made = {**made, "marks": [reformatted, *made.get("marks", [])]}
            yield made
            at += length


def _form(text: Text) -> str:
    return json.dumps(text.marks, sort_keys=True)
