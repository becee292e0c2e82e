"""Files of text as address books export them: any charset, any line ending, cut into blocks of whole records.

A file is never held whole. `as_utf8` yields it a part at a time with UTF-16 turned into UTF-8 and every line ending
into a newline; what is in an 8-bit charset stays as it is and is told apart record by record (`decode`), since one
file may mix them. `Cutter`s in vcard.py and csv_contacts.py decide where a record ends.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import BinaryIO

READ_BYTES = 64 * 1024
BLOCK_BYTES = 64 * 1024
"""A block holds about as much, unless a single record is larger."""
RECORD_BYTES_MAX = 8 * 1024 * 1024
"""A record with a photo is long; one longer than this is refused and skipped."""

_NAMED_CHARSETS = re.compile(
    r"utf-?8|us-ascii|latin-?1|iso-?8859-\d{1,2}|windows-125\d|cp125\d|macintosh|mac-?roman|koi8-[ru]"
    r"|shift[_-]jis|euc-\w{2}|gb2312|gbk|gb18030|big5|iso-2022-jp",
    re.ASCII | re.IGNORECASE,
)
"""Python knows more, some of which are no charsets or take forever."""

_CONTROLS = dict.fromkeys((*range(32), *range(127, 160), *range(0xD800, 0xE000), 0x2028, 0x2029, 0xFEFF), " ")
_CONTROLS_BUT_BREAKS = {code: "" for code in _CONTROLS if code not in (9, 10)}


@dataclass(frozen=True, slots=True)
class Block:
    """Some whole records, or one that was too long (then empty), and the line on which they begin."""

    line: int
    content: bytes = field(repr=False)
    too_long: bool = False


def as_utf8(file: BinaryIO) -> Iterator[bytes]:
    """The bytes of a file from where it stands, without byte order mark, each line ending a newline."""
    start = file.read(READ_BYTES)
    if charset := _wide_charset(start):
        decoder = codecs.getincrementaldecoder(charset)(errors="replace")
        parts: Iterator[bytes] = (
            decoder.decode(part, final=not part).encode(errors="replace") for part in _parts(file, start)
        )
    else:
        parts = _parts(file, start.removeprefix(codecs.BOM_UTF8))
    ended_in_return = False
    for part in parts:
        # A carriage return at the end of one part may belong to the newline that begins the next.
        if ended_in_return:
            part = b"\r" + part
        ended_in_return = part.endswith(b"\r")
        whole = part[:-1] if ended_in_return else part
        yield whole.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    if ended_in_return:
        yield b"\n"


def _parts(file: BinaryIO, start: bytes) -> Iterator[bytes]:
    """`start` and then the rest; the last part is empty."""
    yield start
    while part := file.read(READ_BYTES):
        yield part
    yield b""


def _wide_charset(start: bytes) -> str | None:
    """UTF-16 by its mark, or without one by the zero bytes of its Latin letters."""
    if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    sample = start[:256]
    if len(sample) >= 8 and sample[1::2].count(0) > len(sample) * 0.4 and 0 not in sample[0::2]:
        return "utf-16-le"
    if len(sample) >= 8 and sample[0::2].count(0) > len(sample) * 0.4 and 0 not in sample[1::2]:
        return "utf-16-be"
    return None


def decode(content: bytes, named: str | None = None) -> str:
    """Bytes of one record as text: in the charset it names, else UTF-8, else what Western Windows wrote."""
    if named and _NAMED_CHARSETS.fullmatch(named):
        try:
            return content.decode(named)
        except (LookupError, UnicodeDecodeError):
            pass
    try:
        return content.decode()
    except UnicodeDecodeError:
        return content.decode("cp1252", errors="replace")


def one_line(value: str) -> str:
    """A value for a single line: no control characters, white space squeezed and trimmed."""
    return " ".join(value.translate(_CONTROLS).split())


def paragraphs(value: str) -> str:
    """A value that may have several lines: no control characters but newlines and tabs; nothing empty around it."""
    return value.replace("\r\n", "\n").replace("\r", "\n").translate(_CONTROLS_BUT_BREAKS).strip()
