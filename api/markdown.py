"""Markdown written: a note's tree in such a form that reading it again (markdown_reader.py) gives the same tree.

It is CommonMark. What that has no sign for is written as HTML it allows: `<u>` for underline, `<br>` for a hard break
where a newline cannot stand, `<strong>` and `<em>` where asterisks would not be read as such (around a space), `&nbsp;`
alone for an empty paragraph. Only control characters are lost: Markdown has no form for them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from markdown_it.common.utils import isMdAsciiPunct, isPunctChar, isWhiteSpace

from api.content import MARKS, heading_level, inline, list_start
from sync.tree import Element, Text

EMPTY_PARAGRAPH = "&nbsp;"


def to_markdown(tree: Element) -> str:
    """The tree as Markdown, ending without a newline."""
    return "\n\n".join(_blocks(tree.children))


# --- blocks ---


def _blocks(children: Sequence[Element | Text]) -> Iterator[str]:
    """Neighbouring lists take turns in their markers, else they would be read as one list."""
    before, turn = "", False
    for child in children:
        node = child if isinstance(child, Element) else Element("paragraph", {}, (child,))
        turn = node.tag == before and not turn
        before = node.tag
        yield from _block(node, turn=turn)


def _block(node: Element, *, turn: bool) -> Iterator[str]:
    if node.tag == "paragraph":
        yield write_inline(node) or EMPTY_PARAGRAPH
    elif node.tag == "heading":
        yield f"{'#' * heading_level(node)} {write_inline(node, one_line=True)}".rstrip(" ")
    elif node.tag in ("bulletList", "orderedList", "taskList"):
        yield "\n".join(_items(node, turn=turn))
    elif node.tag == "blockquote":
        yield _indented("\n\n".join(_blocks(node.children)), "> ", "> ")
    elif node.tag == "codeBlock":
        yield _code_block(node)
    elif node.tag == "horizontalRule":
        yield "---"
    else:
        yield from _blocks(node.children)


def _items(node: Element, *, turn: bool) -> Iterator[str]:
    for number, item in enumerate(node.children, list_start(node)):
        marker = "* " if turn else "- "
        if node.tag == "orderedList":
            marker = f"{number}{')' if turn else '.'} "
        blocks = list(_blocks(item.children if isinstance(item, Element) else (item,)))
        if isinstance(item, Element) and item.tag == "taskItem":
            blocks[:1] = [
                ("[x] " if item.attributes.get("checked") in (True, "true") else "[ ] ") + "".join(blocks[:1])
            ]
        yield _indented("\n\n".join(blocks), marker, " " * len(marker))


def _indented(text: str, first: str, rest: str) -> str:
    lines = text.split("\n")
    return "\n".join([first + lines[0], *(rest + line if line else rest.rstrip() for line in lines[1:])])


def _code_block(node: Element) -> str:
    words = "".join(part.text if isinstance(part, Text) else "\n" for part in inline(node))
    fence = "`" * max(3, _longest_ticks(words) + 1)
    return f"{fence}{node.attributes.get('language') or ''}\n{words}\n{fence}"


def _longest_ticks(words: str) -> int:
    return max((len(run) for run in re.findall("`+", words)), default=0)


# --- the inside of a block: pieces first, because the sign for a mark depends on what stands beside it ---


@dataclass(frozen=True, slots=True)
class _Words:
    """Text still to be escaped."""

    text: str


@dataclass(frozen=True, slots=True)
class _Code:
    """Code, which is written as it is."""

    text: str


@dataclass(frozen=True, slots=True)
class _Break:
    """A hard break."""


@dataclass(frozen=True, slots=True)
class _Bound:
    """Where a mark begins or ends."""

    mark: str
    opens: bool
    href: str = ""


_Piece = _Words | _Code | _Break | _Bound


def write_inline(node: Element, *, one_line: bool = False) -> str:
    """The inside of a text block."""
    parts = inline(node)
    used = {mark for part in parts if isinstance(part, Text) for mark in part.marks}
    pieces = list(_pieces(parts, [mark for mark in MARKS if mark in used]))
    written = _escaped(pieces, one_line=one_line)
    _choose_signs(pieces, written)
    return "".join(written)


def _pieces(parts: Sequence[Text | Element], marks: Sequence[str]) -> Iterator[_Piece]:
    """Nest the runs: all that carry the first mark together inside it, and so on inwards."""
    if not marks:
        for part in parts:
            yield from _leaves(part)
        return
    start = 0
    while start < len(parts):
        value = _value(parts[start], marks[0])
        end = start + 1
        while end < len(parts) and _value(parts[end], marks[0]) == value:
            end += 1
        bounded = value is not None and marks[0] != "code"
        if bounded:
            yield _Bound(marks[0], opens=True)
        yield from _pieces(parts[start:end], marks[1:])
        if bounded:
            yield _Bound(marks[0], opens=False, href=value or "")
        start = end


def _value(part: Text | Element, mark: str) -> str | None:
    """The address of a link, "" for another mark, None without it."""
    if not isinstance(part, Text) or mark not in part.marks:
        return None
    return str(part.marks[mark].get("href", ""))


# Control characters have no form in Markdown, not even as entities; newline, tab, return and form feed do.
_UNWRITABLE = re.compile(r"[\x00-\x08\x0b\x0e-\x1f\x7f-\x9f]")


def _leaves(part: Text | Element) -> Iterator[_Piece]:
    if isinstance(part, Element):
        yield _Break()
        return
    words = _UNWRITABLE.sub("", part.text)
    if "code" in part.marks:
        yield _Code(words)
        return
    for number, line in enumerate(words.split("\n")):
        if number:
            yield _Break()
        if line:
            yield _Words(line)


# --- escaping ---

_SPECIAL = re.compile(r"[\\`*\[\]<_]|&(?=#|[A-Za-z])|~(?=~)|(?<=~)~|!$|\r|\f")
_LINE_START = re.compile(r"(?:\d{1,9}(?=[.)](?:[ \t]|$)))?(?=#{1,6}(?:[ \t]|$)|[-+.)](?:[ \t]|$)|--|=+[ \t]*$|>)")


def _escaped(pieces: Sequence[_Piece], *, one_line: bool) -> list[str]:
    """Each piece as it is written; a bound is left empty."""
    solid = [at for at, piece in enumerate(pieces) if not isinstance(piece, _Bound)]
    last = solid[-1] if solid else -1
    written: list[str] = []
    line_start = True
    for at, piece in enumerate(pieces):
        if isinstance(piece, _Words):
            written.append(_escaped_words(piece.text, line_start=line_start, block_end=at == last, one_line=one_line))
            line_start = False
        elif isinstance(piece, _Break):
            # A backslash before the end of the block, or in a heading, would stand for itself.
            line_start = at != last and not one_line
            written.append("\\\n" if line_start else "<br>")
        elif isinstance(piece, _Code):
            written.append(_code(piece.text))
            line_start = False
        else:
            written.append("")
    return written


def _escaped_words(text: str, *, line_start: bool, block_end: bool, one_line: bool) -> str:
    head = tail = ""
    if line_start and text[0].isspace():
        head, text = _entity(text[0]), text[1:]
    elif line_start and (found := _LINE_START.match(text)):
        digits = found[0]
        # The sign after the digits is escaped here; escaping it again below would show the backslash.
        head, text = f"{digits}\\{text[len(digits)]}", text[len(digits) + 1 :]
    if block_end and text and text[-1].isspace():
        text, tail = text[:-1], _entity(text[-1])
    elif block_end and one_line and text.endswith("#"):
        text, tail = text[:-1], "\\#"
    return head + _SPECIAL.sub(_escape, text) + tail


def _entity(character: str) -> str:
    return f"&#{ord(character)};"


def _escape(found: re.Match[str]) -> str:
    sign = found[0]
    if sign in "\r\f":
        return _entity(sign)
    before, after = found.string[: found.start()][-1:], found.string[found.end() :][:1]
    if sign == "_" and before.isalnum() and after.isalnum():
        return sign
    return "\\" + sign


def _code(words: str) -> str:
    ticks = "`" * (_longest_ticks(words) + 1)
    space = " " if words[:1] in ("`", " ") or words[-1:] in ("`", " ") else ""
    return f"{ticks}{space}{words}{space}{ticks}"


# --- signs ---

_SIGNS = {"bold": ("**",), "italic": ("_", "*"), "strike": ("~~",), "underline": ()}
_TAGS = {"bold": "strong", "italic": "em", "strike": "s", "underline": "u"}


def _choose_signs(pieces: Sequence[_Piece], written: list[str]) -> None:
    """Fill in the bounds: the first sign that would be read as meant on both ends, else a tag."""
    beside = ["." if isinstance(piece, _Bound) else text for piece, text in zip(pieces, written, strict=True)]
    open_at: list[int] = []
    for at, piece in enumerate(pieces):
        if not isinstance(piece, _Bound):
            continue
        if piece.opens:
            open_at.append(at)
            continue
        start = open_at.pop()
        if piece.mark == "link":
            written[start], written[at] = "[", f"]({_destination(piece.href)})"
            continue
        written[start], written[at] = f"<{_TAGS[piece.mark]}>", f"</{_TAGS[piece.mark]}>"
        for sign in _SIGNS[piece.mark]:
            if (sign != "*" or _stand_alone(pieces, start, at)) and _reads_as_bounds(sign, beside, start, at):
                written[start] = written[at] = sign
                break


def _stand_alone(pieces: Sequence[_Piece], start: int, end: int) -> bool:
    """Whether no other sign stands beside these two: a lone asterisk could be taken as a part of it."""
    beside = (start - 1, start + 1, end - 1, end + 1)
    return not any(isinstance(pieces[at], _Bound) for at in beside if 0 <= at < len(pieces))


def _reads_as_bounds(sign: str, beside: Sequence[str], start: int, end: int) -> bool:
    outside, inside = beside[start - 1][-1:] if start else "", beside[start + 1][:1]
    last, after = beside[end - 1][-1:], beside[end + 1][:1] if end + 1 < len(beside) else ""
    left, right = _flanks(outside, inside)
    opens = left and (sign != "_" or not right or _is_punctuation(outside))
    left, right = _flanks(last, after)
    closes = right and (sign != "_" or not left or _is_punctuation(after))
    return opens and closes


def _flanks(before: str, after: str) -> tuple[bool, bool]:
    """CommonMark's left-flanking and right-flanking, for a sign between these two characters."""
    space_before, space_after = _is_space(before), _is_space(after)
    left = not space_after and (not _is_punctuation(after) or space_before or _is_punctuation(before))
    right = not space_before and (not _is_punctuation(before) or space_after or _is_punctuation(after))
    return left, right


def _is_space(character: str) -> bool:
    return not character or isWhiteSpace(ord(character))


def _is_punctuation(character: str) -> bool:
    return bool(character) and (isMdAsciiPunct(ord(character)) or isPunctChar(character))


_BARE_DESTINATION = re.compile(r"[A-Za-z0-9:/?#@!$,;=.~%+&-]+")
_ENTITY_LIKE = re.compile(r"&(?=#?[A-Za-z0-9]+;)")


def _destination(href: str) -> str:
    if _BARE_DESTINATION.fullmatch(href) and not _ENTITY_LIKE.search(href):
        return href
    return "<" + _ENTITY_LIKE.sub("&amp;", re.sub(r"([\\<>])", r"\\\1", href)) + ">"
