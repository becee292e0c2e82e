"""Words as search knows them: what is written and what is looked for, brought to one form. Pure.

`fold` makes of any text its words with a space between: without case, accents and punctuation; œ is oe and ß is ss.
Where a script writes no spaces (Chinese, Japanese, Thai …) each sign is a word, so that a run of them is looked for as
a phrase and found anywhere; so is each emoji. The form is ours and not the database's, because what is marked in an
excerpt must be exactly what was found, and because every database then finds the same.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from html import escape
from itertools import accumulate

PHRASES_MAX = 12
EXCERPT_LENGTH = 160
EXCERPT_BEFORE = 48
PHONE_DIGITS_MIN = 6

_UNSPACED = ("CJK", "HIRAGANA", "KATAKANA", "BOPOMOFO", "THAI", "LAO", "KHMER", "MYANMAR", "TIBETAN")
_LETTERS = {"œ": "oe", "æ": "ae", "ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "ħ": "h", "ı": "i", "ŧ": "t"}
_CACHED_BELOW = 0x10000
_SPACE = re.compile(r"\s")


class _Folding(dict[int, str]):
    """Code point → what it becomes, worked out at its first use."""

    def __missing__(self, code: int) -> str:
        plain = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", chr(code)).casefold())
        folded = "".join(map(_fold_one, plain))
        if code < _CACHED_BELOW:
            self[code] = folded
        return folded


def _fold_one(character: str) -> str:
    category = unicodedata.category(character)
    if category in ("Mn", "Me", "Cf"):
        return ""
    if category == "So" or (category[0] == "L" and unicodedata.name(character, "").startswith(_UNSPACED)):
        return f" {character} "
    if category[0] in "LN" or category == "Mc":
        return _LETTERS.get(character, character)
    return " "


_FOLDING = _Folding()


def fold(text: str) -> str:
    """The words of `text`, a space between them."""
    return " ".join(text.translate(_FOLDING).split())


@dataclass(frozen=True, slots=True)
class Query:
    """What somebody looks for: all of `phrases` (folded; the last word of each may go on), or else `number`.

    A phrase is what stands between two spaces: `jean-pierre` is two words in a row. `number` are the digits of what
    looks like a telephone number, however they were spaced.
    """

    phrases: tuple[str, ...]
    number: str | None = None

    def __bool__(self) -> bool:
        return bool(self.phrases)


def read_query(text: str) -> Query:
    """What was typed into a box, whatever it is. The first dozen phrases count."""
    phrases = dict.fromkeys(phrase for chunk in text.split() if (phrase := fold(chunk)))
    words = "".join(phrases).replace(" ", "")
    digits = fold(text).replace(" ", "")
    is_number = words.isdecimal() and len(digits) >= PHONE_DIGITS_MIN and len(phrases) > 1
    return Query(tuple(phrases)[:PHRASES_MAX], digits if is_number else None)


def marked(text: str, query: Query) -> str:
    """`text` as HTML: what matches in <mark>, everything else escaped."""
    parts, end = [], 0
    for start, stop in _found(text, query):
        parts += [escape(text[end:start]), "<mark>", escape(text[start:stop]), "</mark>"]
        end = stop
    return "".join([*parts, escape(text[end:])])


def marked_excerpt(text: str, query: Query) -> str:
    """The surroundings of the first match as HTML on one line; the beginning of `text` where nothing matches."""
    first = _pattern(query).search(text.translate(_FOLDING))
    place, end = (_origin(text, first.start()), _origin(text, first.end() - 1) + 1) if first else (0, 0)
    start = _next_word(text, max(place - EXCERPT_BEFORE, 0), place)
    stop = _last_word(text, max(start + EXCERPT_LENGTH, end), end)
    window = " ".join(text[start:stop].split())
    return f"{'…' if start else ''}{marked(window, query)}{'…' if text[stop:].strip() else ''}"


def _next_word(text: str, start: int, place: int) -> int:
    """Where a word begins, at `start` or a little later, not past `place`."""
    space = _SPACE.search(text, start, place) if start else None
    return space.end() if space else start


def _last_word(text: str, stop: int, end: int) -> int:
    """Where a word ends, at `stop` or a little earlier, not before `end`."""
    if stop >= len(text):
        return len(text)
    return max((space.start() for space in _SPACE.finditer(text, end, stop + 1)), default=stop)


def _origin(text: str, folded_at: int) -> int:
    """The index in `text` of the character that became the one at `folded_at`."""
    for index, end in enumerate(accumulate(len(_FOLDING[ord(character)]) for character in text)):
        if end > folded_at:
            return index
    raise AssertionError("expected a place inside the folded text")


def _found(text: str, query: Query) -> Iterator[tuple[int, int]]:
    """Where phrases stand in `text`, from left to right; an accent belongs to the letter before it."""
    origins = [at for at, character in enumerate(text) for _ in _FOLDING[ord(character)]]
    for match in _pattern(query).finditer(text.translate(_FOLDING)):
        start, stop = origins[match.start()], origins[match.end() - 1] + 1
        while stop < len(text) and not _FOLDING[ord(text[stop])]:
            stop += 1
        yield start, stop


def _pattern(query: Query) -> re.Pattern[str]:
    """Finds a phrase at the beginning of a word of folded text, which may still have several spaces in a row."""
    wanted = [*query.phrases, *([query.number] if query.number else [])]
    longest_first = sorted(wanted, key=len, reverse=True)
    phrases = (" +".join(map(re.escape, phrase.split(" "))) for phrase in longest_first)
    return re.compile(rf"(?<![^ ])(?:{'|'.join(phrases) or '(?!)'})")
