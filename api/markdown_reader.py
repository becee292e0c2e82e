"""Markdown read: anybody's Markdown as a tree a note can hold.

It is CommonMark with every line break kept. Known are paragraphs, headings, lists, links, bold, italic, underline and
hard breaks; what a note cannot hold (tables, images, code, quotes, foreign HTML) loses its markup and keeps its words.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.token import Token

from api.content import from_text, safe_href
from api.markdown import EMPTY_PARAGRAPH
from sync.tree import Element, Text

LIST_DEPTH_MAX = 10
"""Items nested deeper are read as items of this depth: a document has a bounded depth, too."""

HEADING_LEVEL_MAX = 3
"""The editor has three sizes; a smaller heading is read as the smallest of them."""

LINK_ATTRIBUTES: Mapping[str, Any] = {
    "target": "_blank",
    "rel": "noopener noreferrer nofollow",
    "class": None,
    "title": None,
}
"""What the editor gives a link, so that one read here equals one made there and a rewrite leaves it alone."""

_LISTS = {"bullet_list": "bulletList", "ordered_list": "orderedList"}
_MARKS = {"strong": "bold", "em": "italic"}
_TAGS = {"u": "underline", "strong": "bold", "b": "bold", "em": "italic", "i": "italic"}
_BREAKS = frozenset({"<br>", "<br/>", "<br />"})


class _Reader(MarkdownIt):
    """CommonMark without blocks of HTML. Addresses are left as they are; which are safe is decided in content.py."""

    def __init__(self) -> None:
        super().__init__("commonmark", {"maxNesting": 200})
        self.disable("html_block")

    def normalizeLink(self, url: str) -> str:
        """As written."""
        return url

    def normalizeLinkText(self, link: str) -> str:
        """As written."""
        return link

    def validateLink(self, url: str) -> bool:
        """Any: an unsafe link keeps its words and loses its address, rather than showing both."""
        return True


_READER = _Reader()


def from_markdown(text: str) -> Element:
    """Markdown as a note's tree."""
    open_nodes = [_Node("")]
    for token in _READER.parse(text):
        _read_block(token, open_nodes)
    return Element("", {}, tuple(open_nodes[0].children))


@dataclass(slots=True)
class _Node:
    """An element being read."""

    tag: str
    attributes: dict[str, Any] = field(default_factory=dict)
    children: list[Element | Text] = field(default_factory=list)


def _read_block(token: Token, open_nodes: list[_Node]) -> None:
    name = token.type.removesuffix("_open").removesuffix("_close")
    if token.type == "inline":
        open_nodes[-1].children.extend(_read_inline(token))
    elif token.type in ("fence", "code_block"):
        open_nodes[-1].children.extend(from_text(token.content.removesuffix("\n")).children)
    elif name in _LISTS or name in ("list_item", "paragraph", "heading"):
        if token.nesting > 0:
            open_nodes.append(_begin(name, token))
        else:
            _end(open_nodes)


def _begin(name: str, token: Token) -> _Node:
    if name == "heading":
        return _Node("heading", {"level": min(int(token.tag[1:]), HEADING_LEVEL_MAX)})
    if name == "ordered_list":
        return _Node("orderedList", {"start": int(token.attrs.get("start", 1))})
    return _Node(_LISTS.get(name) or {"list_item": "listItem"}.get(name, name))


def _end(open_nodes: list[_Node]) -> None:
    """Close the innermost node. An item begins with a paragraph; a list too deep gives its blocks to the item above."""
    node = open_nodes.pop()
    parent = open_nodes[-1]
    if node.tag == "listItem":
        _begin_with_paragraph(node)
    if node.tag in _LISTS.values() and sum(one.tag in _LISTS.values() for one in open_nodes) >= LIST_DEPTH_MAX:
        parent.children.extend(block for item in node.children if isinstance(item, Element) for block in item.children)
        return
    parent.children.append(Element(node.tag, node.attributes, tuple(node.children)))


def _begin_with_paragraph(item: _Node) -> None:
    first = item.children[0] if item.children else None
    if isinstance(first, Element) and first.tag == "heading":
        item.children[0] = Element("paragraph", {}, first.children)
    elif not isinstance(first, Element) or first.tag != "paragraph":
        item.children.insert(0, Element("paragraph"))


# --- the inside of a text block ---


def _read_inline(token: Token) -> Iterator[Element | Text]:
    """Runs of text in their marks. Marks are counted, since they may be written one inside another."""
    if token.content == EMPTY_PARAGRAPH:
        return
    marks: Counter[str] = Counter()
    links: list[str | None] = []
    for child in token.children or ():
        yield from _read_leaf(child, marks, links)


def _read_leaf(token: Token, marks: Counter[str], links: list[str | None]) -> Iterator[Element | Text]:
    name = token.type.removesuffix("_open").removesuffix("_close")
    if name in _MARKS:
        marks[_MARKS[name]] += token.nesting
    elif token.type == "link_open":
        links.append(safe_href(token.attrs.get("href")))
    elif token.type == "link_close":
        links.pop()
    elif token.type in ("hardbreak", "softbreak"):
        yield Element("hardBreak")
    elif token.type == "html_inline":
        yield from _read_tag(token.content, marks, links)
    elif token.type == "image":
        address = safe_href(token.attrs.get("src"))
        yield from _run(token.content or address or "", marks, [*links, address] if address else links)
    elif token.content:
        yield from _run(token.content, marks, links)


def _read_tag(tag: str, marks: Counter[str], links: Sequence[str | None]) -> Iterator[Element | Text]:
    name = tag.strip("</>").lower()
    if tag.lower() in _BREAKS:
        yield Element("hardBreak")
    elif name in _TAGS and tag.lower() == f"<{name}>":
        marks[_TAGS[name]] += 1
    elif name in _TAGS and tag.lower() == f"</{name}>" and marks[_TAGS[name]] > 0:
        marks[_TAGS[name]] -= 1
    else:
        yield from _run(tag, marks, links)


def _run(words: str, marks: Counter[str], links: Sequence[str | None]) -> Iterator[Text]:
    made: dict[str, Any] = {name: {} for name, count in marks.items() if count > 0}
    if links and links[-1]:
        made["link"] = {"href": links[-1], **LINK_ATTRIBUTES}
    for number, line in enumerate(words.split("\n")):
        if number:
            yield Text("\n", made)
        if line:
            yield Text(line, made)
