"""Files of contacts, whatever their format: told apart by what is in them, never by their names.

`open_file` looks at the beginning and gives the blocks; `prepare` makes drafts of one, with every value in its one
form, and runs in a worker, since nobody vouches for what is in such a file.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, BinaryIO, Literal

from api import csv_contacts, vcard, vcard_lines
from api.drafts import Draft, Refusal
from api.properties import Definitions
from api.property_shapes import keyed, shown
from api.text_files import Block, as_utf8

TOLD_LENGTH_MAX = 100
"""Of a value that is not taken, so much is told."""


class NotContacts(ValueError):
    """The file is none that we read; `code` says why, in the words of messages.py."""

    def __init__(self, code: Literal["empty_file", "not_text", "unknown_format"]) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True)
class Source:
    """The format of a file; `columns` of a CSV file."""

    columns: csv_contacts.Columns | None = None

    @property
    def format(self) -> Literal["vcard", "csv"]:
        """Its name."""
        return "csv" if self.columns else "vcard"


def open_file(file: BinaryIO) -> tuple[Source, Iterator[Block]]:
    """What a file is, and its blocks. Reads no further than its first part to say no. Raises NotContacts."""
    start = next(as_utf8(file))
    file.seek(0)
    if not start.strip():
        raise NotContacts("empty_file")
    if vcard_lines.looks_like(start):
        return Source(), vcard_lines.blocks(file)
    if b"\0" in start:
        raise NotContacts("not_text")
    blocks = csv_contacts.blocks(file)
    header = next(blocks, None)
    columns = csv_contacts.find_columns(header.content) if header else None
    if columns is None:
        raise NotContacts("unknown_format")
    return Source(columns), blocks


def read_block(source: Source, block: Block) -> list[Draft | Refusal]:
    """What a block holds, in order."""
    return csv_contacts.read(block, source.columns) if source.columns else vcard.read(block)


def prepare(source: Source, block: Block, definitions: Definitions) -> list[Draft | Refusal]:
    """What a block holds, in order, with every value as its definition has it; what it does not take is told."""
    return [_normalised(one, definitions) if isinstance(one, Draft) else one for one in read_block(source, block)]


def _normalised(draft: Draft, definitions: Definitions) -> Draft | Refusal:
    writes, faults = keyed(definitions, {}, draft.properties)
    taken = {name: value for name, value in shown(definitions, writes).items() if value}
    refused = [(fault.code, _told(draft.properties, fault.path)) for fault in faults]
    if not taken and not draft.notes:
        return Refusal(draft.line, "empty", draft.name)
    return replace(draft, properties=taken, refused=(*draft.refused, *refused))


def _told(properties: Any, path: str) -> str:
    """`emails.0.value` and what stands there: it is not kept anywhere, so the report shows it."""
    value = properties
    for step in path.split("."):
        value = value[int(step)] if step.isdigit() else value[step]
    return f"{path.partition('.')[0]}: {str(value)[:TOLD_LENGTH_MAX]}"
