"""What REST reads of a note's tree, and what search finds: drawn in a worker, when a note settles or is about to be."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass

from api.content import to_excerpt, to_json, to_text
from api.markdown import to_markdown
from api.words import fold
from sync.tree import Element


@dataclass(frozen=True, slots=True)
class Picture:
    """A note as it is read, and the `words` to find it by, folded. `content` is ProseMirror JSON."""

    text: str
    markdown: str
    content: str
    excerpt: str
    words: str

    @property
    def columns(self) -> dict[str, str]:
        """What its row holds of it."""
        return {"text": self.text, "markdown": self.markdown, "content": self.content, "excerpt": self.excerpt}


def draw(tree: Element) -> Picture:
    """The picture of a tree. PostgreSQL keeps no NUL: where somebody's client wrote one, a sign stands for it."""
    text = to_text(tree).replace("\0", "\ufffd")
    content = json.dumps(to_json(tree), ensure_ascii=False, separators=(",", ":"))
    return Picture(text, to_markdown(tree), content, to_excerpt(text), fold(text))


def drawn(tree: Element) -> dict[str, str]:
    """The same as plain data, for the engine to carry."""
    return asdict(draw(tree))
