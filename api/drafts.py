"""Drafts: contacts as an import reads them, before they are contacts.

The readers (vcard.py, csv_contacts.py) turn bytes into drafts; imports.py looks for the same people again;
`contact_edits.create_many` makes contacts of those that are new. Values are as the file had them, trimmed and bounded:
what a property takes is decided by `properties.normalise`, so a draft may still hold an address that is none.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from api.text_files import one_line

NOTE_LENGTH_MAX = 500_000
VALUE_LENGTH_MAX = 1_000
ELEMENTS_MAX = 100
NOTES_MAX = 20
PHOTO_BYTES_MAX = 4 * 1024 * 1024
SYSTEM_TAGS = {"mycontacts", "my contacts", "mes contacts", "starred"}
"""Said of everybody in Google's files: no tag of anyone's choosing."""


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
    refused: tuple[tuple[str, str], ...] = ()  # (code, of what): parts of them that were not taken
    left_out: tuple[str, ...] = ()  # fields of the file that a contact has no place for
    revised_seconds: float | None = None  # when the file says they were last changed, since 1970

    @property
    def name(self) -> str:
        """First and last name, for the report and for finding the same person again."""
        return " ".join(str(self.properties[key]) for key in ("firstname", "lastname") if self.properties.get(key))


@dataclass(frozen=True, slots=True)
class Refusal:
    """Who of a file was not taken: where, why (a code of messages.py), and whose name it was as far as it was read."""

    line: int
    code: str
    name: str = ""


def take_elements(name: str, values: Iterable[str], refused: list[tuple[str, str]]) -> list[Any]:
    """The elements of a set as REST takes them, each once, the first one primary. What is too much is `refused`."""
    plain = list(dict.fromkeys(text for value in values if (text := one_line(value))))
    if name == "tags":
        plain = [tag for tag in plain if tag.casefold() not in SYSTEM_TAGS]
    kept = [value for value in plain if len(value) <= VALUE_LENGTH_MAX]
    if len(kept) < len(plain):
        refused.append(("value_too_long", name))
    if len(kept) > ELEMENTS_MAX:
        refused.append(("too_many_values", name))
    if name == "tags":
        return kept[:ELEMENTS_MAX]
    return [{"value": value} | ({"primary": True} if n == 0 else {}) for n, value in enumerate(kept[:ELEMENTS_MAX])]
