"""The smallest difference between two contents: which nodes stay, which words change. Plain data in, plain data out.

    blocks(old, new)  →  Remove | Insert | Edit, by positions among the old children
    words(old, new)   →  Splice, by positions in the old text

What stays in place keeps its identity, so that what somebody else types there at the same moment survives. Nodes that
are equal stay first (Myers), what stands between two of them is paired by likeness; text changes word by word. The
work is bounded: past a bound the answer is still right, only no longer the smallest.
"""

from __future__ import annotations

import re
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, groupby, pairwise
from typing import Any

from sync.tree import Element, Text

EDITS_MAX = 600
"""Myers' search costs the square of the edits it finds: about 0.1 s at this many."""
PAIRS_MAX = 10_000
"""Pairs of nodes whose likeness is weighed between two equal nodes; past it they are paired as they stand."""
LIKENESS_CHARACTERS_MAX = 2_000
WORD = re.compile(r"[^\W\u3000-\U0003ffff]+|[\s\S]")
"""A word, or one character: in scripts without spaces between words, each character is a word of its own."""

Child = Element | tuple[Text, ...]
"""What an element holds, with neighbouring runs of text taken together."""


@dataclass(frozen=True, slots=True)
class Remove:
    """The old child at `at` goes."""

    at: int


@dataclass(frozen=True, slots=True)
class Insert:
    """A new child comes before the old one at `at` (or at the end)."""

    at: int
    child: Child


@dataclass(frozen=True, slots=True)
class Edit:
    """The old child at `at` stays and becomes `child`, which has the same tag."""

    at: int
    child: Child


@dataclass(frozen=True, slots=True)
class Splice:
    """Characters `start..stop` of the old text give way to characters `new_start..new_stop` of the new one."""

    start: int
    stop: int
    new_start: int
    new_stop: int


Step = Remove | Insert | Edit


def normal(element: Element) -> Element:
    """The one form of what reads the same: no empty text, equal neighbours joined, absent and not None, 2 for 2.0."""
    children = (joined(child) if isinstance(child, tuple) else normal(child) for child in grouped(element.children))
    return Element(element.tag, present(element.attributes), ungrouped(children))


def joined(texts: Iterable[Text]) -> tuple[Text, ...]:
    """Neighbouring texts in normal form."""
    with_text = (Text(text.text, present(text.marks)) for text in texts if text.text)
    runs = (list(run) for _, run in groupby(with_text, lambda text: frozen(text.marks)))
    return tuple(Text("".join(text.text for text in run), run[0].marks) for run in runs)


def present(values: Mapping[str, Any]) -> dict[str, Any]:
    """Attributes or marks in normal form."""
    return {name: plain(value) for name, value in values.items() if value is not None}


def plain(value: Any) -> Any:
    """JavaScript has one kind of number: 2.0 is 2."""
    match value:
        case float() if value.is_integer():
            return int(value)
        case Mapping():
            return {key: plain(item) for key, item in value.items()}
        case list() | tuple():
            return [plain(item) for item in value]
    return value


def grouped(children: Iterable[Element | Text]) -> Iterator[Child]:
    """Elements one by one, neighbouring texts as one tuple."""
    for is_text, run in groupby(children, lambda child: isinstance(child, Text)):
        if is_text:
            yield tuple(child for child in run if isinstance(child, Text))
        else:
            yield from (child for child in run if isinstance(child, Element))


def ungrouped(children: Iterable[Child]) -> tuple[Element | Text, ...]:
    """What `grouped` took together, one by one again."""
    return tuple(chain.from_iterable(child if isinstance(child, tuple) else (child,) for child in children))


def same(one: Any, other: Any) -> bool:
    """Equal in value and in kind, where Python finds 1 and True equal."""
    return one == other and frozen(one) == frozen(other)


def frozen(value: Any) -> Hashable:
    """A key that two values share when they are the same value of the same kind."""
    match value:
        case Element():
            return value.tag, frozen(value.attributes), tuple(map(frozen, value.children))
        case Text():
            return value.text, frozen(value.marks)
        case Mapping():
            return frozenset((key, frozen(item)) for key, item in value.items())
        case list() | tuple():
            return tuple(map(frozen, value))
    return type(value), value


def blocks(old: Sequence[Child], new: Sequence[Child]) -> list[Step]:
    """Steps in the order of the old children. An old text group without text is never removed: it reads as nothing."""
    kept = common(list(map(frozen, old)), list(map(frozen, new)))
    steps: list[Step] = []
    for i, i_end, j, j_end in _gaps(kept, len(old), len(new)):
        for at, child in _paired(old[i:i_end], new[j:j_end]):
            if at is None and child is not None:
                steps.append(Insert(i, child))
                continue
            assert at is not None
            if child is not None:
                steps.append(Edit(i, child))
            elif old[i]:
                steps.append(Remove(i))
            i += 1
    return steps


def words(old: str, new: str) -> list[Splice]:
    """What changes in a text, in order."""
    old_words, new_words = WORD.findall(old), WORD.findall(new)
    old_at, new_at = _offsets(old_words), _offsets(new_words)
    splices = []
    for i, i_end, j, j_end in _gaps(common(old_words, new_words), len(old_words), len(new_words)):
        start, stop, new_start, new_stop = old_at[i], old_at[i_end], new_at[j], new_at[j_end]
        head = _shared(old[start:stop], new[new_start:new_stop])
        start, new_start = start + head, new_start + head
        tail = _shared(old[start:stop][::-1], new[new_start:new_stop][::-1])
        splices.append(Splice(start, stop - tail, new_start, new_stop - tail))
    return splices


def common(a: Sequence[Hashable], b: Sequence[Hashable]) -> list[tuple[int, int, int]]:
    """What two sequences share, in order: (start in a, start in b, length)."""
    head = _shared(a, b)
    tail = _shared(a[head:][::-1], b[head:][::-1])
    a_end, b_end = len(a) - tail, len(b) - tail
    runs = [(0, 0, head)]
    for x, y in _common_between(a[head:a_end], b[head:b_end]):
        start_a, start_b, length = runs[-1]
        if (start_a + length, start_b + length) == (x + head, y + head):
            runs[-1] = start_a, start_b, length + 1
        else:
            runs.append((x + head, y + head, 1))
    runs.append((a_end, b_end, tail))
    return [run for run in runs if run[2]]


def _common_between(a: Sequence[Hashable], b: Sequence[Hashable]) -> list[tuple[int, int]]:
    """Pairs of equal items on a shortest path of edits (Myers 1986); none where it takes more than `EDITS_MAX`."""
    n, m = len(a), len(b)
    if set(a).isdisjoint(b):
        return []
    reach = {1: 0}  # diagonal x - y → furthest x
    trace: list[dict[int, int]] = []
    for edits in range(min(n + m, EDITS_MAX) + 1):
        trace.append(reach.copy())
        for k in range(-edits, edits + 1, 2):
            if not -m <= k <= n:
                continue
            down = k == -edits or (k != edits and reach.get(k - 1, -1) < reach.get(k + 1, -1))
            x = reach.get(k + 1, 0) if down else reach[k - 1] + 1
            while x < n and x - k < m and a[x] == b[x - k]:
                x += 1
            reach[k] = x
            if x >= n and x - k >= m:
                return _walk_back(trace, n, m)
    return []


def _walk_back(trace: list[dict[int, int]], x: int, y: int) -> list[tuple[int, int]]:
    pairs = []
    for edits in range(len(trace) - 1, -1, -1):
        reach, k = trace[edits], x - y
        down = k == -edits or (k != edits and reach.get(k - 1, -1) < reach.get(k + 1, -1))
        before = k + 1 if down else k - 1
        before_x = reach.get(before, 0)
        before_y = before_x - before
        while x > before_x and y > before_y and min(x, y) > 0:
            x, y = x - 1, y - 1
            pairs.append((x, y))
        x, y = before_x, before_y
    return pairs[::-1]


def _paired(old: Sequence[Child], new: Sequence[Child]) -> list[tuple[int | None, Child | None]]:
    """Old and new nodes side by side, in order, so that the likest are together; None where one has no partner."""
    rows, columns = len(old), len(new)
    if rows * columns > PAIRS_MAX:
        return _paired_as_they_stand(old, new)
    old_looks, new_looks = list(map(_look, old)), list(map(_look, new))
    best = [[0.0] * (columns + 1) for _ in range(rows + 1)]
    for i in range(rows - 1, -1, -1):
        for j in range(columns - 1, -1, -1):
            together = best[i + 1][j + 1] + _likeness(old_looks[i], new_looks[j])
            best[i][j] = max(together, best[i + 1][j], best[i][j + 1])
    pairs: list[tuple[int | None, Child | None]] = []
    i = j = 0
    while i < rows or j < columns:
        if i < rows and j < columns and best[i][j] > max(best[i + 1][j], best[i][j + 1]):
            pairs.append((i, new[j]))
            i, j = i + 1, j + 1
        elif i < rows and (j == columns or best[i + 1][j] >= best[i][j + 1]):
            pairs.append((i, None))
            i += 1
        else:
            pairs.append((None, new[j]))
            j += 1
    return pairs


def _paired_as_they_stand(old: Sequence[Child], new: Sequence[Child]) -> list[tuple[int | None, Child | None]]:
    pairs: list[tuple[int | None, Child | None]] = []
    for i in range(max(len(old), len(new))):
        if i < len(old) and i < len(new) and _tag(old[i]) == _tag(new[i]):
            pairs.append((i, new[i]))
            continue
        if i < len(old):
            pairs.append((i, None))
        if i < len(new):
            pairs.append((None, new[i]))
    return pairs


def _look(child: Child) -> tuple[str | None, frozenset[str]]:
    text = _text(child)[:LIKENESS_CHARACTERS_MAX]
    return _tag(child), frozenset(map("".join, pairwise(text))) or frozenset(text)


def _likeness(one: tuple[str | None, frozenset[str]], other: tuple[str | None, frozenset[str]]) -> float:
    """0 for different tags; else how many pairs of letters are shared, and a little for being of one kind at all."""
    (tag, pairs), (other_tag, other_pairs) = one, other
    if tag != other_tag:
        return 0.0
    total = len(pairs) + len(other_pairs)
    return 0.1 + (2 * len(pairs & other_pairs) / total if total else 1.0)


def _tag(child: Child) -> str | None:
    return child.tag if isinstance(child, Element) else None


def _text(child: Child) -> str:
    parts = child.children if isinstance(child, Element) else child
    return "".join(part.text if isinstance(part, Text) else _text(part) for part in parts)


def _gaps(runs: list[tuple[int, int, int]], a_end: int, b_end: int) -> Iterator[tuple[int, int, int, int]]:
    """What stands between the shared runs: (a from, a to, b from, b to)."""
    a = b = 0
    for start_a, start_b, length in [*runs, (a_end, b_end, 0)]:
        if (a, b) != (start_a, start_b):
            yield a, start_a, b, start_b
        a, b = start_a + length, start_b + length


def _shared(a: Sequence[Hashable], b: Sequence[Hashable]) -> int:
    """How many items both begin with."""
    length = min(len(a), len(b))
    return next((i for i in range(length) if a[i] != b[i]), length)


def _offsets(parts: list[str]) -> list[int]:
    at, offsets = 0, [0]
    for part in parts:
        at += len(part)
        offsets.append(at)
    return offsets
