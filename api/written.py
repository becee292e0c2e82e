"""Who wrote what in a note as it reads now: its text in ranges, its content with the author of every word. Pure.

It runs in a worker. The note is drawn twice, once as it is and once with a sign for each letter (sync/painting.py);
both have the same shape, so what stands in one place belongs together.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import groupby
from typing import Any

from api.content import mention_text, to_json, to_text
from api.note_schema import NOTE_ROOT
from sync.history import Hand, Past, signed
from sync.painting import hand_of
from sync.tree import Element, Text

Json = dict[str, Any]

_NOBODY = "\ufffc"


@dataclass(frozen=True, slots=True)
class Range:
    """Characters `offset..offset + length` of the text, which one person wrote in one version; `at` as in the log."""

    offset: int
    length: int
    user_id: str
    at: int


@dataclass(frozen=True, slots=True)
class Written:
    """The note at `seq`. Ends of lines, and mentions, are nobody's.

    In `content` each text carries a mark {"type": "author", "attrs": {"user_id", "at"}} outside its own.
    """

    seq: int
    text: str
    ranges: list[Range]
    content: Json


def draw_written(past: Past, seq: int | None) -> Written:
    """Whose each word is, by the log; of the note as it is now, or at a row. Raises NotFound (the engine's)."""
    if seq is not None:
        past = past.to(seq)
    tree, signs, hands = signed(past, NOTE_ROOT)
    signs = _without_mentions(signs)
    text = to_text(tree).replace("\0", "\ufffd")
    ranges = list(_ranges(to_text(signs), hands))
    return Written(past.seqs[-1] if past.seqs else 0, text, ranges, _signed(to_json(tree), to_json(signs), hands))


def _without_mentions(node: Element) -> Element:
    """A name in a mention is an attribute, not letters: it has no signs, and may look like some."""
    children: list[Element | Text] = []
    for child in node.children:
        if isinstance(child, Text):
            children.append(child)
        elif child.tag == "mention":
            children.append(Text(_NOBODY * len(mention_text(child))))
        else:
            children.append(_without_mentions(child))
    return replace(node, children=tuple(children))


def _runs(signs: str, hands: Sequence[Hand]) -> Iterator[tuple[int, int, Hand | None]]:
    """(from, to, whose) for runs of signs of one hand."""
    at = 0
    for hand, run in groupby(signs, hand_of):
        length = len(list(run))
        yield at, at + length, None if hand is None else hands[hand]
        at += length


def _ranges(signs: str, hands: Sequence[Hand]) -> Iterator[Range]:
    for start, stop, hand in _runs(signs, hands):
        if hand:
            yield Range(start, stop - start, hand.author_id, hand.at)


def _signed(node: Json, signs: Json, hands: Sequence[Hand]) -> Json:
    if "content" not in node:
        return node
    content: list[Json] = []
    for child, same in zip(node["content"], signs["content"], strict=True):
        if child["type"] != "text":
            content.append(_signed(child, same, hands))
            continue
        for start, stop, hand in _runs(same["text"], hands):
            piece = {**child, "text": child["text"][start:stop]}
            if hand:
                author = {"type": "author", "attrs": {"user_id": hand.author_id, "at": moment(hand.at).isoformat()}}
                piece["marks"] = [author, *child.get("marks", [])]
            content.append(piece)
    return {**node, "content": content}


def moment(at: int) -> datetime:
    """A time of the log, which counts milliseconds since 1970."""
    return datetime.fromtimestamp(at / 1000, UTC)
