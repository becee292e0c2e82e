"""Runs of text and their marks, as the library keeps them (formats) and as the tree shows them (marks). Pure.

A format is stored under the mark's name, or under `name--hash` where several of one mark may overlap.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any

from sync.difference import plain, same
from sync.tree import Text

Pieces = list[tuple[str, dict[str, Any]]]
"""A text as the library tells it: strings and their formats."""


def marks_of(formats: Mapping[str, Any]) -> dict[str, Any]:
    """By name; of several that overlap the one with the last key, for the library gives them in random order."""
    return {mark_name(key): formats[key] for key in sorted(formats)}


def mark_name(key: str) -> str:
    """Marks that may overlap with their like carry a hash: `comment--x1Y2` is a comment."""
    return key.partition("--")[0]


def side_by_side(pieces: Pieces, runs: Sequence[Text]) -> Iterator[tuple[str, dict[str, Any], Mapping[str, Any]]]:
    """What reads as `runs` do, cut into parts that have one set of formats and should have one set of marks."""
    waiting = iter(runs)
    run = Text("")
    for text, formats in pieces:
        while text:
            run = run if run.text else next(waiting)
            length = min(len(text), len(run.text))
            yield text[:length], formats, run.marks
            text, run = text[length:], Text(run.text[length:], run.marks)


def mark_changes(formats: Mapping[str, Any], wanted: Mapping[str, Any]) -> dict[str, Any]:
    """Formats to set, None to take off. A mark that is right under a hashed key stays under it."""
    now = marks_of(formats)
    wrong = {name for name in now.keys() | wanted.keys() if not same(plain(now.get(name)), wanted.get(name))}
    change: dict[str, Any] = {key: None for key in formats if mark_name(key) in wrong}
    change |= {name: wanted[name] for name in wrong & wanted.keys()}
    return change


def cut_out(runs: Sequence[Text], start: int, stop: int) -> list[Text]:
    """The runs that make up characters `start..stop`."""
    cut: list[Text] = []
    at = 0
    for run in runs:
        low, high = max(start - at, 0), min(stop - at, len(run.text))
        if low < high:
            cut.append(Text(run.text[low:high], run.marks))
        at += len(run.text)
    return cut


def formats_to_leave(pieces: Pieces, low: int, high: int) -> dict[str, Any]:
    """Formats to give to what is about to be removed, so that none is left that begins and ends around nothing.

    Yjs tidies such leftovers up, but in every client at once, and each sends what it did back as an edit.
    """
    passed: list[dict[str, Any]] = [] if low else [{}]
    at = 0
    for text, formats in pieces:
        if at <= high and low <= at + len(text):
            passed.append(formats)
        at += len(text)
    if high == at:
        passed.append({})
    keys = {key for formats in passed for key in formats}
    turns = {key: sum(one.get(key) != other.get(key) for one, other in pairwise(passed)) for key in keys}
    return {key: passed[0].get(key) for key in keys if turns[key] > 1}
