"""Drafts: contacts as an import reads them, before they are contacts.

The readers (vcard.py, csv_contacts.py) turn bytes into drafts; imports.py looks for the same people again;
`contacts.create_many` makes contacts of those that are new. Values are as the file had them, trimmed and bounded:
what a property takes is decided by `properties.normalise`, so a draft may still hold an address that is none.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

NOTE_LENGTH_MAX = 500_000
VALUE_LENGTH_MAX = 1_000
ELEMENTS_MAX = 100
NOTES_MAX = 20
PHOTO_BYTES_MAX = 4 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class DraftNote:
    """Words about a person that become one dated note."""

    body: str
    title: str | None = None
    format: Literal["plain", "markdown"] = "plain"
    occurred_at: datetime | None = None  # None: when it is imported


@dataclass(frozen=True, slots=True)
class Draft:
    """One person of a file.

    `properties` as REST takes them: scalars as text, `emails` and `phones` as [{"value": …, "primary": true}], `tags`
    as ["vip"]. `photo` is an image as it was in the file, not looked at yet. `uid` is the file's own name for them;
    `line` is where they begin, for the report.
    """

    properties: Mapping[str, Any]
    notes: tuple[DraftNote, ...] = ()
    photo: bytes | None = field(default=None, repr=False)
    uid: str | None = None
    line: int = 0

    @property
    def name(self) -> str:
        """First and last name, for the report and for finding the same person again."""
        return " ".join(str(self.properties[key]) for key in ("firstname", "lastname") if self.properties.get(key))


@dataclass(frozen=True, slots=True)
class Refusal:
    """What of a file was not taken: where, and why as a code of messages.py (`import.…`).

    `name` is whom it is about as far as it could be read. A refusal without `whole` is about a part: the rest of that
    person was taken.
    """

    line: int
    code: str
    name: str = ""
    detail: str = ""
    whole: bool = True
