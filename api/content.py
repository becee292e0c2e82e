"""A note's tree as people and programs read it: text, ProseMirror JSON, an excerpt. And plain text as a tree.

Pure. `text` is verbatim: each block is a line, list items are blocks, a hard break is a newline, an empty block an
empty line, and nothing is trimmed. A link with a scheme that could run or read something is dropped from every
rendering; its words stay. Markdown, in both directions, is in markdown.py.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from sync.tree import Element, Text

LINK_SCHEMES = frozenset({"https", "http", "mailto", "tel"})
MARKS = ("link", "bold", "italic", "underline", "strike", "code")
"""Every mark, the outer ones first."""
TEXT_BLOCKS = frozenset({"paragraph", "heading", "codeBlock"})
CONTAINERS = frozenset({"bulletList", "orderedList", "listItem", "taskList", "taskItem", "blockquote"})

EXCERPT_LENGTH = 160

_INVISIBLE = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*):")


def safe_href(href: object) -> str | None:
    """The address of a link if it is one we show, else None.

    Browsers drop control characters and outer spaces before they read the scheme, so that is done first; an address
    without a scheme would lead into our own site under words of somebody's choosing, so it is none either.
    """
    if not isinstance(href, str):
        return None
    address = _INVISIBLE.sub("", href).strip()
    scheme = _SCHEME.match(address)
    return address if scheme and scheme[1].lower() in LINK_SCHEMES else None


def clean_marks(marks: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """The marks we know, outer ones first, in one form. A key may carry a hash after `--` (overlapping marks)."""
    known: dict[str, dict[str, Any]] = {}
    for key, attributes in sorted(marks.items()):
        name = key.partition("--")[0]
        if attributes is None or attributes is False or name not in MARKS:
            continue
        if name != "link":
            known[name] = {}
        elif href := safe_href(attributes.get("href") if isinstance(attributes, Mapping) else None):
            known[name] = {"href": href}
    return {name: known[name] for name in MARKS if name in known}


def inline(node: Element) -> list[Text | Element]:
    """What stands in a text block: runs of text in clean marks, neighbours of equal marks joined; hard breaks."""
    joined: list[Text | Element] = []
    run: list[Text] = []
    for child in _inline(node.children):
        if isinstance(child, Text) and run and child.marks == run[0].marks:
            run.append(child)
            continue
        joined += _join(run)
        run = [child] if isinstance(child, Text) else []
        if isinstance(child, Element):
            joined.append(child)
    return joined + _join(run)


def _join(run: list[Text]) -> list[Text | Element]:
    if len(run) < 2:
        return [*run]
    return [Text("".join(text.text for text in run), run[0].marks)]


def _inline(children: Iterable[Element | Text]) -> Iterator[Text | Element]:
    for child in children:
        if isinstance(child, Text):
            if child.text:
                yield Text(child.text, clean_marks(child.marks)) if child.marks else child
        elif child.tag == "mention":
            yield Text(mention_text(child))
        elif child.tag == "hardBreak":
            yield child
        else:
            yield from _inline(child.children)


def mention_text(node: Element) -> str:
    """A mention as it reads: @Léa Martin."""
    sign = node.attributes.get("mentionSuggestionChar") or "@"
    return f"{sign}{node.attributes.get('label') or node.attributes.get('id') or ''}"


def whole(value: object, default: int) -> int:
    """An attribute as a whole number: Yjs clients store 2, 2.0 or "2"."""
    try:
        return int(float(value))  # type: ignore[arg-type]
    except (TypeError, ValueError, OverflowError):
        return default


def heading_level(node: Element) -> int:
    """1 to 6."""
    return min(max(whole(node.attributes.get("level"), 1), 1), 6)


def list_start(node: Element) -> int:
    """The number of an ordered list's first item."""
    return min(max(whole(node.attributes.get("start"), 1), 0), 999_999_999)


# --- text ---


def to_text(tree: Element) -> str:
    """The words, verbatim, one line a block."""
    return "\n".join(_lines(tree))


def _lines(node: Element) -> Iterator[str]:
    for child in node.children:
        if isinstance(child, Text):
            yield child.text
        elif child.tag in TEXT_BLOCKS:
            yield "".join(part.text if isinstance(part, Text) else "\n" for part in inline(child))
        elif child.tag == "horizontalRule":
            yield ""
        else:
            yield from _lines(child)


def to_excerpt(text: str) -> str:
    """The beginning on one line, cut between words."""
    start = " ".join(text[: EXCERPT_LENGTH * 8].split())
    if len(start) <= EXCERPT_LENGTH:
        return start
    cut = start[:EXCERPT_LENGTH].rpartition(" ")[0] or start[:EXCERPT_LENGTH]
    return cut.rstrip(" ,;:.!?–—-") + "…"


# --- ProseMirror JSON ---


def to_json(tree: Element) -> dict[str, Any]:
    """The document as ProseMirror (and Tiptap) reads it: known nodes and attributes only, no empty text."""
    return {"type": "doc", "content": list(json_blocks(tree))}


def json_blocks(node: Element) -> Iterator[dict[str, Any]]:
    """The blocks in a container, or in the document."""
    for child in node.children:
        if isinstance(child, Text):
            continue
        if child.tag in TEXT_BLOCKS:
            yield json_node(child, [json_inline(part) for part in inline(child)])
        elif child.tag in CONTAINERS:
            yield json_node(child, list(json_blocks(child)))
        elif child.tag == "horizontalRule":
            yield {"type": child.tag}
        else:
            yield from json_blocks(child)


def json_node(node: Element, content: list[dict[str, Any]]) -> dict[str, Any]:
    """A block that holds this."""
    made: dict[str, Any] = {"type": node.tag}
    if attributes := _json_attributes(node):
        made["attrs"] = attributes
    if content:
        made["content"] = content
    return made


def _json_attributes(node: Element) -> dict[str, Any]:
    if node.tag == "heading":
        return {"level": heading_level(node)}
    if node.tag == "orderedList":
        return {"start": list_start(node)}
    if node.tag == "taskItem":
        return {"checked": node.attributes.get("checked") in (True, "true")}
    return {}


def json_inline(part: Text | Element) -> dict[str, Any]:
    """What `inline` gives."""
    if isinstance(part, Element):
        return {"type": "hardBreak"}
    made: dict[str, Any] = {"type": "text", "text": part.text}
    if part.marks:
        made["marks"] = [{"type": name, "attrs": at} if at else {"type": name} for name, at in part.marks.items()]
    return made


# --- a tree of plain text ---


def from_text(text: str) -> Element:
    """Plain text as paragraphs, one a line: `to_text` gives the same text back (with newlines as \\n)."""
    if not text:
        return Element("")
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return Element("", {}, tuple(Element("paragraph", {}, (Text(line),) if line else ()) for line in lines))
