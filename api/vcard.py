"""vCards: the format of address books (RFC 2426, version 3.0; RFC 6350, version 4.0), and what older phones write.

`read` makes drafts of a block of cards. A broken card is refused with its line and the reason, and the others go on.
Nothing is ever fetched: a photo that is only an address is told, not followed. What a contact has no place for (a
birthday, a street) is named in `left_out`.
"""

from __future__ import annotations

import base64
import binascii
import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import unquote, unquote_to_bytes

from api.drafts import (
    NOTE_LENGTH_MAX,
    NOTES_MAX,
    PHOTO_BYTES_MAX,
    VALUE_LENGTH_MAX,
    Draft,
    DraftNote,
    Refusal,
    take_elements,
)
from api.text_files import Block, paragraphs
from api.vcard_lines import Card, Line, cards, plain, split, unescape

_DATA_URI = re.compile(r"data:(?:[\w.+-]+/[\w.+-]+)?((?:;[^;,]*)*),", re.IGNORECASE)
_ESCAPED_MARK = re.compile(r"\\([,;:])")

_PLACED = {"ORG", "TITLE", "ROLE", "ADR", "EMAIL", "TEL", "CATEGORIES", "NOTE", "PHOTO"}
_SILENT = {"VERSION", "PRODID", "REV", "UID", "KIND", "N", "FN", "SORT-STRING", "CLASS", "NAME", "SOURCE"}
"""Needs no mention. What begins with X- is an application's own and is not mentioned either."""


def read(block: Block) -> list[Draft | Refusal]:
    """What a block holds, in order."""
    if block.too_long:
        return [Refusal(block.line, "too_long")]
    return [_read_card(card) if isinstance(card, Card) else card for card in cards(block)]


@dataclass(slots=True)
class _Reading:
    """A card while it is read: what was found, and what of it could not be taken."""

    card: Card
    properties: dict[str, Any] = field(default_factory=dict)
    notes: list[DraftNote] = field(default_factory=list)
    photo: bytes | None = None
    refused: list[tuple[str, str]] = field(default_factory=list)
    left_out: set[str] = field(default_factory=set)


def _read_card(card: Card) -> Draft | Refusal:
    kind = card.first("KIND") or card.first("X-ADDRESSBOOKSERVER-KIND")
    if kind.lower() == "group":
        return Refusal(card.line, "group", card.label)
    reading = _Reading(card, refused=[("value_too_long", name) for name in sorted(card.too_long)])
    _read_names(reading)
    _read_scalars(reading)
    _read_elements(reading)
    _read_notes(reading)
    _read_photo(reading)
    if not reading.properties and not reading.notes:
        return Refusal(card.line, "empty")
    _name_the_rest(reading)
    uid = card.first("UID").removeprefix("urn:uuid:").lower()
    return Draft(
        reading.properties,
        tuple(reading.notes),
        reading.photo,
        uid if 0 < len(uid) <= VALUE_LENGTH_MAX else None,
        card.line,
        refused=tuple(reading.refused),
        left_out=tuple(sorted(reading.left_out)),
        revised_seconds=_seconds(card.first("REV")),
    )


def _read_names(reading: _Reading) -> None:
    card = reading.card
    parts = split(card.all("N")[0].text(), ";") if card.all("N") else []
    family, given, additional = (*parts, "", "", "")[:3]
    given = " ".join(part for part in (given, additional) if part)
    full = card.first("FN")
    if not family and not given and full and full != _company_of(card):
        given, _, family = full.rpartition(" ") if " " in full else (full, "", "")
    _set(reading, "firstname", given)
    _set(reading, "lastname", family)


def _company_of(card: Card) -> str:
    return next((part for line in card.all("ORG") for part in split(line.text(), ";") if part), "")


def _read_scalars(reading: _Reading) -> None:
    card = reading.card
    _set(reading, "company", _company_of(card))
    _set(reading, "jobtitle", card.first("TITLE") or card.first("ROLE"))
    addresses = [split(line.text(), ";") for line in card.all("ADR")]
    _set(reading, "city", next((parts[3] for parts in addresses if len(parts) > 3 and parts[3]), ""))
    if any(part for parts in addresses for index, part in enumerate(parts) if index != 3):
        reading.left_out.add("ADR")


def _set(reading: _Reading, name: str, value: str) -> None:
    if len(value) > VALUE_LENGTH_MAX:
        reading.refused.append(("value_too_long", name))
    elif value:
        reading.properties[name] = value


def _read_elements(reading: _Reading) -> None:
    card = reading.card
    emails = [plain(line.text()).removeprefix("mailto:") for line in card.all("EMAIL")]
    # A fax is kept, but it is not the number to call.
    lines = sorted(card.all("TEL"), key=lambda line: bool({"fax", "pager"} & line.types()))
    phones = [_telephone(plain(line.text())) for line in lines]
    tags = [tag for line in card.all("CATEGORIES") for tag in split(line.text(), ",")]
    for name, values in (("emails", emails), ("phones", phones), ("tags", tags)):
        if taken := take_elements(name, values, reading.refused):
            reading.properties[name] = taken


def _telephone(value: str) -> str:
    """`tel:+33-1-23;ext=4` and the like, as a person would write it."""
    if not value.lower().startswith("tel:"):
        return value
    number, _, parameters = unquote(value[4:]).partition(";")
    extension = re.search(r"(?:^|;)ext=(\w+)", parameters)
    return f"{number} ext. {extension[1]}" if extension else number


def _read_notes(reading: _Reading) -> None:
    for line in reading.card.all("NOTE"):
        body = paragraphs(unescape(line.text()))
        if len(body) > NOTE_LENGTH_MAX:
            reading.refused.append(("note_too_long", "notes"))
        elif body and len(reading.notes) == NOTES_MAX:
            reading.refused.append(("too_many_values", "notes"))
        elif body:
            reading.notes.append(DraftNote(body))


def _read_photo(reading: _Reading) -> None:
    for line in reading.card.all("PHOTO"):
        if not line.value.strip():
            continue
        photo = _photo(line)
        if isinstance(photo, bytes):
            reading.photo = photo
            return
        reading.refused.append((photo, "photo"))


def _photo(line: Line) -> bytes | str:
    """The image, or why there is none."""
    if len(line.value) > PHOTO_BYTES_MAX * 4 // 3 + 1024:
        return "photo_too_large"
    if line.encoding in ("B", "BASE64"):
        content, is_base64 = line.value, True
    else:
        text = _ESCAPED_MARK.sub(r"\1", line.text()).strip()  # some escape the comma and semicolon of the address
        if not (found := _DATA_URI.match(text)):
            return "photo_elsewhere"
        content, is_base64 = text[found.end() :].encode(), "base64" in found[1].lower()
    try:
        photo = base64.b64decode(b"".join(content.split())) if is_base64 else unquote_to_bytes(content)
    except binascii.Error:
        return "photo_unreadable"
    return photo or "photo_unreadable"


def _name_the_rest(reading: _Reading) -> None:
    names = {line.name for line in reading.card.lines if line.value.strip(b"; \t")}
    reading.left_out |= {name for name in names - _PLACED - _SILENT if not name.startswith("X-")}


def _seconds(revised: str) -> float | None:
    """REV as seconds since 1970; without a zone it is taken as UTC."""
    try:
        moment = datetime.fromisoformat(revised)
    except ValueError:
        return None
    if not 1970 < moment.year < 2200:
        return None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
