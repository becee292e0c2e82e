"""New contacts before they are there: what a draft's values become, and the first rows of their documents.

Pure and light to import: `bear` runs in a worker process, for one contact of a form as for hundreds of a file, so that
the transaction that takes them in (contacts.py `create_many`) only writes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from api.content import from_text
from api.drafts import Draft, DraftNote
from api.markdown_reader import from_markdown
from api.pictures import Picture, draw
from api.properties import Definitions, words_of
from api.property_shapes import Fault, keyed
from sync.documents import First, begin

PROPERTIES_ROOT = "properties"
NOTE_ROOT = "default"


@dataclass(frozen=True, slots=True)
class NoteBirth:
    """A dated note about to be. Without a first row nothing stands in it yet."""

    picture: Picture
    first: First | None


@dataclass(frozen=True, slots=True)
class Birth:
    """A contact about to be: the map its document will hold, the words to find it by, its first row, its draft's notes.

    `faults` are the values that were left out because no contact may hold them.
    """

    values: Mapping[str, Any]
    words: Sequence[str]
    first: First | None
    notes: tuple[NoteBirth, ...] = ()
    faults: tuple[Fault, ...] = ()


def bear(definitions: Definitions, drafts: Sequence[Draft]) -> list[Birth]:
    """A birth for each draft, in order."""
    read = [_values(definitions, draft.properties) for draft in drafts]
    firsts = begin([(PROPERTIES_ROOT, values) for values, _ in read])
    return [
        Birth(values, words_of(definitions, values), first, bear_notes(draft.notes), faults)
        for draft, (values, faults), first in zip(drafts, read, firsts, strict=True)
    ]


def _values(definitions: Definitions, wanted: Mapping[str, Any]) -> tuple[dict[str, Any], tuple[Fault, ...]]:
    writes, faults = keyed(definitions, {}, wanted)
    return {key: value for key, value in writes.items() if value is not None}, tuple(faults)


def bear_notes(drafts: Sequence[DraftNote]) -> tuple[NoteBirth, ...]:
    """A birth for each note, in order."""
    trees = [from_markdown(draft.body) if draft.format == "markdown" else from_text(draft.body) for draft in drafts]
    firsts = begin([(NOTE_ROOT, tree) for tree in trees])
    return tuple(NoteBirth(draw(tree), first) for tree, first in zip(trees, firsts, strict=True))
