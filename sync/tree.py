"""A document's content as plain data: what workers return and what server-side edits aim at."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Text:
    """A run of text with one set of marks: mark name → its attributes ({} for a plain mark such as bold)."""

    text: str
    marks: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Element:
    """An XML node. The root of a document is an Element with an empty tag."""

    tag: str
    attributes: Mapping[str, Any] = field(default_factory=dict)
    children: tuple[Element | Text, ...] = ()
