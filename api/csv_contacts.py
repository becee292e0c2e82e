"""Contacts in CSV, as Google, Outlook and Apple's address books (and people with a spreadsheet) export them.

There is no standard: columns are found by their names, in English and French, whatever their order; the delimiter is
the one under which most names are known. Charset and line endings are text_files.py's. `blocks` cuts between records,
`read` makes drafts of a block, given the columns that `find_columns` found in the first line.
"""

from __future__ import annotations

import csv
import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, BinaryIO, Literal

from api.drafts import NOTE_LENGTH_MAX, NOTES_MAX, VALUE_LENGTH_MAX, Draft, DraftNote, Refusal, take_elements
from api.text_files import BLOCK_BYTES, RECORD_BYTES_MAX, Block, as_utf8, decode, one_line, paragraphs

COLUMNS_MAX = 500
UNCLOSED_MAX = 20
UID_LENGTH_MIN = 8
"""Shorter ones are numbers of rows: they name other people in the next file."""
HEADER_BYTES_MAX = 64 * 1024

Field = Literal[
    "firstname", "additional", "lastname", "name", "company", "jobtitle", "title", "city", "lifecyclestage",
    "emails", "phones", "faxes", "tags", "notes", "uid", "silent",
]  # fmt: skip

_NAMES: Sequence[tuple[str, Field]] = (
    # Labels, readings and parts of names that nobody misses come first: `E-mail 1 - Label` is no address.
    (r".*\b(type|label|libelle|etiquette|display name|nom affiche|nom d affichage|yomi|phonetique)( de .*)?"
     r"|(phonetic|yomi) .*|nom complet (de|d) .*", "silent"),
    (r"(name )?(prefix|suffix)|suffixe|civilite|file as|classer sous|sensitivity|priority|initial(e?s)", "silent"),
    (r"first ?name|given name|prenoms?|forename", "firstname"),
    (r"middle name|additional name|(deuxieme|autres?) prenoms?", "additional"),
    (r"last ?name|family name|surname|nom|nom de famille", "lastname"),
    (r"name|full ?name|display name|nom complet|contact|nom et prenom|prenom et nom", "name"),
    (r"job ?title|(organization|organisation)( \d+)? title|fonction|poste|intitule (du|de) poste|role", "jobtitle"),
    (r"title|titre", "title"),
    (r"company( name)?|(organization|organisation)( \d+)?( name)?|societe|entreprise|nom de (la societe|l entreprise)",
     "company"),
    (r"(.* )?(city|ville)( .*)?|locality|localite", "city"),
    (r"lifecycle ?stage|phase du cycle de vie", "lifecyclestage"),
    (r".*\b(fax|telecopie|pager|telex|teletype|telecopieur|recepteur de radiomessagerie)\b.*", "faxes"),
    (r"(.* )?(e ?mails?|courriels?|messagerie|adresse electronique)( .*)?", "emails"),
    (r"(.* )?(phones?|tel|telephones?|mobile|portable|cell|iphone|gsm|callback|rappel)( .*)?", "phones"),
    (r"categor(y|ies)|categories?|labels|libelles|tags|etiquettes|groups?|groupes?|group membership|mots cles|keywords",
     "tags"),
    (r"notes?|remarques?|commentaires?|comments?|description", "notes"),
    (r"uid", "uid"),
)  # fmt: skip
_COLUMNS = tuple((re.compile(pattern), field) for pattern, field in _NAMES)
_SEPARATORS = re.compile(r"\s*:::\s*")
_EMAIL_SEPARATORS = re.compile(r"[\s;,]*:::[\s;,]*|[\s;,]+")
_TAG_SEPARATORS = re.compile(r"\s*(?::::|[;,])\s*")


@dataclass(frozen=True, slots=True)
class Columns:
    """How a file is written: the delimiter, and what each column holds (None: what a contact has no place for)."""

    delimiter: str
    fields: tuple[Field | None, ...]
    names: tuple[str, ...]


def find_columns(header: bytes) -> Columns | None:
    """What the first line tells, or None where it names nothing that makes a contact."""
    text = decode(header)
    found = [_columns(text, delimiter) for delimiter in ",;\t|"]
    best = max(found, key=lambda columns: sum(field is not None for field in columns.fields))
    makes_contact = {"firstname", "lastname", "name", "emails", "phones", "company"} & set(best.fields)
    return best if makes_contact and len(best.fields) <= COLUMNS_MAX else None


def _columns(header: str, delimiter: str) -> Columns:
    names = next(csv.reader([header], delimiter=delimiter), [])
    fields = [_field(name) for name in names]
    # "Title" is a job in a list of one's own, but Mr. or Mrs. in Outlook's, which has a column for jobs.
    is_job = "jobtitle" not in fields and "silent" not in fields
    known = [("jobtitle" if is_job else "silent") if field == "title" else field for field in fields]
    return Columns(delimiter, tuple(known), tuple(one_line(name)[:100] for name in names))


def _field(name: str) -> Field | None:
    decomposed = unicodedata.normalize("NFKD", name.casefold())
    plain = " ".join(re.sub(r"[^a-z0-9]+", " ", "".join(c for c in decomposed if not unicodedata.combining(c))).split())
    return next((field for pattern, field in _COLUMNS if pattern.fullmatch(plain)), None)


def blocks(file: BinaryIO) -> Iterator[Block]:
    """The file in blocks of whole records; the first block is the header's line alone.

    A newline ends a record where the quotes before it are even. Where a quote is never closed, the block is cut when it
    is as long as a record may be, and `read` says which line it was.
    """
    held, line, header_seen, skipping = bytearray(), 1, False, False
    for part in as_utf8(file):
        held += part
        while not header_seen and (end := held.find(b"\n") + 1):
            first, line = bytes(held[:end]), line + 1
            del held[:end]
            # Excel may put a line about the delimiter before the header.
            if header_seen := bool(first.strip()) and not first.lower().startswith(b"sep="):
                yield Block(line - 1, first)
        if not header_seen and len(held) > HEADER_BYTES_MAX:
            return
        if skipping:
            skipping = b"\n" not in held
            line += not skipping
            del held[: len(held) if skipping else held.find(b"\n") + 1]
        if len(held) < BLOCK_BYTES or not header_seen:
            continue
        cut = _last_end(held) or (held.rfind(b"\n") + 1 if len(held) > RECORD_BYTES_MAX else 0)
        if cut:
            yield Block(line, bytes(held[:cut]))
            line += held.count(b"\n", 0, cut)
            del held[:cut]
        elif len(held) > RECORD_BYTES_MAX:
            yield Block(line, b"", too_long=True)
            held.clear()
            skipping = True
    if held.strip():
        yield Block(line, bytes(held))


def _last_end(held: bytearray) -> int:
    """Where the last whole record ends; 0 where none does."""
    quotes, end = held.count(b'"'), len(held)
    while (newline := held.rfind(b"\n", 0, end)) >= 0:
        quotes -= held.count(b'"', newline, end)
        if quotes % 2 == 0:
            return newline + 1
        end = newline
    return 0


def read(block: Block, columns: Columns) -> list[Draft | Refusal]:
    """What a block holds, in order. After a quote that is never closed it goes on at the next line, a few times."""
    if block.too_long:
        return [Refusal(block.line, "too_long")]
    lines = [decode(line) + "\n" for line in block.content.split(b"\n")]
    found: list[Draft | Refusal] = []
    at = 0
    for _ in range(UNCLOSED_MAX):
        for first, after, cells in _rows(lines, at, columns.delimiter):
            at = after
            if cells is None:
                found.append(Refusal(block.line + first, "unclosed_quote"))
                at = first + 1
                break
            if one := _read_row(cells, block.line + first, columns):
                found.append(one)
        else:
            return found
    return [*found, Refusal(block.line + at, "unclosed_quote")]


def _rows(lines: list[str], at: int, delimiter: str) -> Iterator[tuple[int, int, list[str] | None]]:
    """Records from line `at` on: their first line, the one after their last, and their cells (None: never closed)."""
    csv.field_size_limit(RECORD_BYTES_MAX)
    reader = csv.reader(lines[at:], delimiter=delimiter)
    first = at
    for cells in reader:
        after = at + reader.line_num
        open_end = after == len(lines) and after - first > 1
        if open_end and sum(line.count('"') for line in lines[first:after]) % 2:
            yield first, after, None
            return
        yield first, after, cells
        first = after


def _read_row(cells: list[str], line: int, columns: Columns) -> Draft | Refusal | None:
    values: dict[Field, list[str]] = {}
    left_out = set()
    for cell, field, name in zip(cells, columns.fields, columns.names, strict=False):
        if not cell.strip():
            continue
        if field is None:
            left_out.add(name)
        else:
            values.setdefault(field, []).append(cell)
    refused: list[tuple[str, str]] = []
    properties = _scalars(values, refused) | _elements(values, refused)
    notes = _notes(values, refused)
    if not properties and not notes:
        return Refusal(line, "empty") if left_out or values.keys() - {"silent"} else None
    uid = one_line(values.get("uid", [""])[0]).lower()
    uid_or_none = uid if UID_LENGTH_MIN <= len(uid) <= VALUE_LENGTH_MAX else None
    return Draft(
        properties, notes, uid=uid_or_none, line=line, refused=tuple(refused), left_out=tuple(sorted(left_out))
    )


def _scalars(values: Mapping[Field, list[str]], refused: list[tuple[str, str]]) -> dict[str, Any]:
    def first(*fields: Field) -> str:
        return next((text for field in fields for cell in values.get(field, ()) if (text := one_line(cell))), "")

    firstname = " ".join(part for part in (first("firstname"), first("additional")) if part)
    lastname = first("lastname")
    if not firstname and not lastname and (full := first("name")):
        firstname, _, lastname = full.rpartition(" ") if " " in full else (full, "", "")
    scalars = {
        "firstname": firstname,
        "lastname": lastname,
        "company": first("company"),
        "jobtitle": first("jobtitle"),
        "city": first("city"),
        "lifecyclestage": first("lifecyclestage"),
    }
    refused += [("value_too_long", name) for name, value in scalars.items() if len(value) > VALUE_LENGTH_MAX]
    return {name: value for name, value in scalars.items() if 0 < len(value) <= VALUE_LENGTH_MAX}


def _elements(values: Mapping[Field, list[str]], refused: list[tuple[str, str]]) -> dict[str, Any]:
    emails = [part for cell in values.get("emails", ()) for part in _EMAIL_SEPARATORS.split(cell)]
    numbers = [*values.get("phones", ()), *values.get("faxes", ())]
    phones = [part for cell in numbers for part in _SEPARATORS.split(cell)]
    tags = [part.removeprefix("* ") for cell in values.get("tags", ()) for part in _TAG_SEPARATORS.split(cell)]
    found = {"emails": emails, "phones": phones, "tags": tags}
    return {name: taken for name, elements in found.items() if (taken := take_elements(name, elements, refused))}


def _notes(values: Mapping[Field, list[str]], refused: list[tuple[str, str]]) -> tuple[DraftNote, ...]:
    bodies = [body for cell in values.get("notes", ()) if (body := paragraphs(cell))]
    if any(len(body) > NOTE_LENGTH_MAX for body in bodies):
        refused.append(("note_too_long", "notes"))
    return tuple(DraftNote(body) for body in bodies if len(body) <= NOTE_LENGTH_MAX)[:NOTES_MAX]
