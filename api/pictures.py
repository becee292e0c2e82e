"""What REST reads of a note's tree: text, Markdown, JSON, an excerpt. Drawn when a note settles or is imported."""

from __future__ import annotations

import json
from dataclasses import dataclass

from api.content import to_excerpt, to_json, to_text
from api.markdown import to_markdown
from sync.tree import Element


@dataclass(frozen=True, slots=True)
class Picture:
    """A note as it is read; the columns of its row. `content` is ProseMirror JSON."""

    text: str
    markdown: str
    content: str
    excerpt: str


def draw(tree: Element) -> Picture:
    """The picture of a tree. PostgreSQL keeps no NUL: where somebody's client wrote one, a sign stands for it."""
    text = to_text(tree).replace("\0", "\ufffd")
    content = json.dumps(to_json(tree), ensure_ascii=False, separators=(",", ":"))
    return Picture(text, to_markdown(tree), content, to_excerpt(text))
