"""The syntax of vCards: cards, their content lines, parameters, folds and escapes, of versions 2.1, 3.0 and 4.0.

`blocks` cuts a file between cards without looking into them, so that it is never held whole; `cards` reads the lines of
a block, in a worker. What the lines mean is vcard.py's.
"""

from __future__ import annotations

import quopri
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import BinaryIO, Literal

from api.drafts import Refusal
from api.text_files import BLOCK_BYTES, RECORD_BYTES_MAX, Block, as_utf8, decode, one_line

LINES_MAX = 5_000
"""Content lines of one card."""
VALUE_BYTES_MAX = 64 * 1024
"""Of a value that is neither a note nor a picture: it is dropped, and named in `Card.too_long`."""
LONG_VALUES = frozenset({"NOTE", "PHOTO", "LOGO", "SOUND", "KEY"})

_BEGIN = re.compile(rb"^[ \t]*(?:[\w-]+\.)?BEGIN[ \t]*:[ \t]*VCARD[ \t]*$", re.IGNORECASE | re.MULTILINE)
_END = re.compile(rb"^(?:[\w-]+\.)?END[ \t]*:[ \t]*VCARD[ \t]*(?:\n|\Z)", re.IGNORECASE | re.MULTILINE)
_NAME = re.compile(rb"(?:[A-Za-z0-9-]+\.)?([A-Za-z0-9-]+)")
_PARAMETER = re.compile(rb';[ \t]*([^=:;"]*)(?:=((?:"[^"]*"|[^:;"])*))?')
_BASE64_LINE = re.compile(rb"[A-Za-z0-9+/=]*")
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)
_SEPARATED = {s: re.compile(rf"((?:[^\\{s}]+|\\.|\\\Z)*)(?:{s}|\Z)", re.DOTALL) for s in ",;"}


def looks_like(start: bytes) -> bool:
    """Whether a file that begins like this (as `as_utf8` gives it) is one of vCards."""
    return _BEGIN.search(start) is not None


def blocks(file: BinaryIO) -> Iterator[Block]:
    """The file in blocks of whole cards. A card that is longer than a card may be comes as an empty, marked block."""
    held, line, searched, cut = bytearray(), 1, 0, 0
    skipping = False
    for part in as_utf8(file):
        held += part
        if skipping and (next_card := _BEGIN.search(held)):
            line += held.count(b"\n", 0, next_card.start())
            del held[: next_card.start()]
            skipping, searched, cut = False, 0, 0
        elif skipping:
            line += held.count(b"\n", 0, max(0, len(held) - 64))
            del held[: max(0, len(held) - 64)]
            continue
        for end in _END.finditer(held, searched):
            # At the very edge it may still grow into another word.
            if end[0].endswith(b"\n"):
                cut = end.end()
        searched = max(cut, held.rfind(b"\n") + 1)
        if cut >= BLOCK_BYTES:
            yield Block(line, bytes(held[:cut]))
            line += held.count(b"\n", 0, cut)
            del held[:cut]
            searched, cut = searched - cut, 0
        elif len(held) - cut > RECORD_BYTES_MAX:
            if cut:
                yield Block(line, bytes(held[:cut]))
            line += held.count(b"\n", 0, cut)
            yield Block(line, b"", too_long=True)
            line += held.count(b"\n", cut, len(held))
            held.clear()
            skipping, searched, cut = True, 0, 0
    if held and not skipping:
        yield Block(line, bytes(held))


# --- a block ---


@dataclass(slots=True)
class Line:
    """A content line: its name, parameters (upper-case name → values) and value, still in the charset of the file."""

    number: int
    name: str
    parameters: dict[str, list[str]]
    value: bytes

    def types(self) -> set[str]:
        """What it says it is: work, home, pref …"""
        return {word.strip().lower() for value in self.parameters.get("TYPE", ()) for word in value.split(",")}

    def rank(self) -> int:
        """The preferred of several has the lowest number: PREF=1 of 4.0, TYPE=pref of 3.0."""
        said = self.parameters.get("PREF", [""])[0]
        if said.isdigit() and len(said) <= 3:
            return int(said)
        return 1 if "pref" in self.types() or "PREF" in self.parameters else 101

    @property
    def encoding(self) -> str:
        """How the value is written: B, BASE64, QUOTED-PRINTABLE or nothing."""
        return self.parameters.get("ENCODING", [""])[0].strip().upper()

    def text(self) -> str:
        """The value as text, its escapes still in it."""
        plain = quopri.decodestring(self.value) if self.encoding == "QUOTED-PRINTABLE" else self.value
        return decode(plain, self.parameters.get("CHARSET", [""])[0].strip())


@dataclass(slots=True)
class Card:
    """A whole card. `too_long` names the values that were dropped."""

    line: int
    lines: list[Line] = field(default_factory=list)
    too_long: set[str] = field(default_factory=set)

    def add(self, line: Line) -> None:
        """Take a line, unless its value is longer than any of its kind can be."""
        if len(line.value) > VALUE_BYTES_MAX and line.name not in LONG_VALUES:
            self.too_long.add(line.name)
        else:
            self.lines.append(line)

    @property
    def label(self) -> str:
        """Whom it is about, for a report."""
        names = split(self.all("N")[0].text(), ";") if self.all("N") else []
        return (self.first("FN") or " ".join(filter(None, reversed(names[:2]))) or self.first("ORG"))[:200]

    def all(self, name: str) -> list[Line]:
        """Its lines of this name, the preferred one first."""
        return sorted((line for line in self.lines if line.name == name), key=Line.rank)

    def first(self, name: str) -> str:
        """The first value of this name that says something."""
        return next((text for line in self.all(name) if (text := plain(line.text()))), "")


def cards(block: Block) -> Iterator[Card | Refusal]:
    """Cards in order; what stands between them, or is no content line, is refused with its line."""
    card: Card | None = None
    stray = False
    for number, raw in _unfold(block):
        line = _content_line(number, raw)
        word = line.value.strip().upper() if line else b""
        if line and line.name == "BEGIN" and word == b"VCARD":
            if card:
                yield Refusal(card.line, "unfinished", card.label)
            card, stray = Card(number), False
        elif line and line.name == "END" and word == b"VCARD":
            if card:
                yield card if len(card.lines) <= LINES_MAX else Refusal(card.line, "too_long", card.label)
            card, stray = None, False
        elif card is None:
            if not stray:
                yield Refusal(number, "outside_card")
            stray = True  # told once
        elif line is None:
            # A broken line may belong to anything: to a note whose second half would be lost without a word.
            yield Refusal(number, "unreadable_line", card.label)
            card, stray = None, True
        elif len(card.lines) <= LINES_MAX:
            card.add(line)
    if card:
        yield Refusal(card.line, "unfinished", card.label)


def _unfold(block: Block) -> Iterator[tuple[int, bytes]]:
    """Content lines, whole again, with the number of their first line.

    A line is folded before white space (any version), after `=` in quoted-printable, and, by some phones, in base64
    without any mark.
    """
    lines = block.content.split(b"\n")
    at = 0
    while at < len(lines):
        first, parts = at, [lines[at]]
        head = lines[at].partition(b":")[0].upper()
        quoted, base64_ = b"QUOTED-PRINTABLE" in head, b";BASE64" in head or b"ENCODING=B" in head
        at += 1
        while at < len(lines):
            if quoted and parts[-1].endswith(b"="):
                parts[-1] = parts[-1][:-1]
                parts.append(lines[at].lstrip(b" \t"))
            elif lines[at][:1] in (b" ", b"\t"):
                parts.append(lines[at].strip() if base64_ else lines[at][1:])
            elif base64_ and lines[at] and _BASE64_LINE.fullmatch(lines[at]):
                parts.append(lines[at])
            else:
                break
            at += 1
        whole = b"".join(parts)
        if whole.strip():
            yield block.line + first, whole


def _content_line(number: int, raw: bytes) -> Line | None:
    """`group.NAME;PARAMETER=value:value`; in 2.1 a parameter may stand without its name."""
    raw = raw.lstrip()
    if not (name := _NAME.match(raw)):
        return None
    at = name.end()
    parameters: dict[str, list[str]] = {}
    while found := _PARAMETER.match(raw, at):
        key, value = found[1].strip().decode("ascii", "replace").upper(), found[2]
        if value is None:
            bare = {"QUOTED-PRINTABLE": "ENCODING", "BASE64": "ENCODING", "8BIT": "ENCODING"}.get(key, "TYPE")
            parameters.setdefault(bare, []).append(key)
        else:
            parameters.setdefault(key, []).append(decode(value).replace('"', ""))
        at = found.end()
    if raw[at : at + 1] != b":":
        return None
    return Line(number, name[1].decode().upper(), parameters, raw[at + 1 :])


def plain(text: str) -> str:
    """A value as one line without escapes."""
    return one_line(unescape(text))


def unescape(text: str) -> str:
    r"""`\n` is a newline; any other escaped character is itself."""
    return _ESCAPED.sub(lambda found: "\n" if found[1] in "nN" else found[1], text)


def split(text: str, separator: Literal[",", ";"]) -> list[str]:
    """Components of a structured value, without escapes: separators that are escaped do not separate."""
    return [plain(found[1]) for found in _SEPARATED[separator].finditer(text)]
