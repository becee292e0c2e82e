"""CSV as Google, Outlook and Apple's address books write it, in both languages and every charset."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.drafts import Draft, Refusal
from api.import_files import NotContacts, open_file, read_block

FIXTURES = Path(__file__).parent / "fixtures"


def read(content: bytes) -> list[Draft | Refusal]:
    source, blocks = open_file(io.BytesIO(content))
    assert source.format == "csv"
    return [one for block in blocks for one in read_block(source, block)]


def drafts(content: bytes) -> list[Draft]:
    return [one for one in read(content) if isinstance(one, Draft)]


def fixture(name: str) -> bytes:
    return (FIXTURES / name).read_bytes()


def values(draft: Draft, name: str) -> list[str]:
    return [element["value"] for element in draft.properties.get(name, ())]


def test_what_google_exports_is_read() -> None:
    nils, ingrid = drafts(fixture("google.csv"))
    assert nils.name == "Nils Okonkwo"
    assert values(nils, "emails") == ["nils@harbour.example", "nils@home.example", "n.o@home.example"]
    assert values(nils, "phones") == ["+44 20 7946 0001", "+44 20 7946 0009"]
    assert nils.properties["tags"] == ["vip"]
    assert (nils.properties["company"], nils.properties["jobtitle"]) == ("Harbour & Daughters", "Quartermaster")
    assert nils.notes[0].body == 'Allergic to nuts.\nLikes "early" calls.'
    assert nils.left_out == ("Organization Department", "Photo", "Website 1 - Value")
    assert ingrid.name == "Ingrid Maria Äng"
    assert ingrid.line == 4


def test_what_google_exported_before_is_read() -> None:
    (nils,) = drafts(fixture("google_old.csv"))
    assert nils.name == "Nils Okonkwo"
    assert nils.properties["city"] == "Bristol"
    assert nils.properties["tags"] == ["vip"]


def test_what_outlook_exports_is_read() -> None:
    (nils,) = drafts(fixture("outlook.csv"))
    assert nils.properties["jobtitle"] == "Quartermaster"
    assert values(nils, "emails") == ["nils@harbour.example", "nils@home.example"]
    assert values(nils, "phones") == ["+44 20 7946 0001", "+44 7700 900001", "+44 20 7946 0008"]
    assert nils.properties["tags"] == ["vip", "Key account"]


@pytest.mark.parametrize("charset", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "cp1252"])
@pytest.mark.parametrize("ending", [b"\n", b"\r\n"])
def test_what_a_french_outlook_exports_is_read(charset: str, ending: bytes) -> None:
    content = fixture("outlook_fr.csv").replace(b"\n", ending).decode().encode(charset)
    (zoe,) = drafts(content)
    assert zoe.name == "Zoé Anne Lefèvre"
    assert zoe.properties["company"] == "Ateliers du Rhône"
    assert zoe.properties["jobtitle"] == "Responsable des achats"
    assert zoe.properties["city"] == "Lyon"
    assert values(zoe, "emails") == ["Zoe.Lefevre@rhone.example", "zoe@maison.example"]
    assert values(zoe, "phones") == ["04 72 00 11 22", "06 12 34 56 78", "04 72 00 11 23"]
    assert zoe.properties["tags"] == ["Clients", "Salon de Lyon"]
    assert zoe.notes[0].body == "Préfère le téléphone le matin ; jamais le lundi.\nÀ relancer en mars."


def test_what_programs_for_apples_contacts_export_is_read() -> None:
    (zoe,) = drafts(fixture("apple.csv"))
    assert zoe.name == "Zoé Anne Lefèvre"
    assert values(zoe, "emails") == ["zoe.lefevre@rhone.example", "zoe@maison.example"]
    assert zoe.notes[0].body == "Préfère le téléphone."


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_delimiter_is_found(delimiter: str) -> None:
    content = f"Prénom{delimiter}Nom{delimiter}Courriel\nLéo{delimiter}Noir{delimiter}leo@noir.example\n"
    (leo,) = drafts(content.encode())
    assert leo.properties["emails"] == [{"value": "leo@noir.example", "primary": True}]


def test_excels_line_about_the_delimiter_is_passed_over() -> None:
    (leo,) = drafts("sep=;\r\nPrénom;Nom\r\nLéo;Noir\r\n".encode())
    assert (leo.name, leo.line) == ("Léo Noir", 3)


def test_empty_lines_before_the_header_are_passed_over() -> None:
    (leo,) = drafts("\r\n\r\n\r\nPrénom;Nom\r\nLéo;Noir".encode())
    assert (leo.name, leo.line) == ("Léo Noir", 5)


def test_a_file_of_a_header_alone_has_nobody() -> None:
    assert read(b"Name,E-mail") == []


def test_title_is_a_job_only_where_nothing_else_is() -> None:
    assert drafts(b"Name,Title\nAda Lovelace,Analyst\n")[0].properties["jobtitle"] == "Analyst"
    assert "jobtitle" not in drafts(b"Title,First Name,Suffix\nMrs.,Ada,\n")[0].properties


def test_a_number_of_a_row_is_no_name_for_a_person() -> None:
    assert drafts(b"UID,Name\n17,Ada Lovelace\n")[0].uid is None
    assert drafts(b"UID,Name\n4FBE8971-0bc3,Ada Lovelace\n")[0].uid == "4fbe8971-0bc3"


def test_after_a_quote_that_is_never_closed_the_next_lines_are_read() -> None:
    content = b'First Name,Notes\nAda,fine\nBen,"never closed\nCleo,fine\nDan,fine\n'
    assert [(one.line, one.name) for one in read(content)] == [(2, "Ada"), (3, ""), (4, "Cleo"), (5, "Dan")]
    assert read(content)[1] == Refusal(3, "unclosed_quote")


def test_a_row_with_nothing_of_a_contact_is_told_and_an_empty_one_is_not() -> None:
    assert read(b"Name,Shoe size\n,43\n,\n\n") == [Refusal(2, "empty")]


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "empty_file"),
        (b"  \r\n\n", "empty_file"),
        (b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00", "not_text"),
        (b"PK\x03\x04\x14\x00\x06\x00", "not_text"),
        (b"Dear all,\nplease find my contacts.\n", "unknown_format"),
        (b"Shoe size,Colour\n43,red\n", "unknown_format"),
        (b"," * 100_000, "unknown_format"),
    ],
)
def test_what_holds_no_contacts_is_refused_at_once(content: bytes, code: str) -> None:
    with pytest.raises(NotContacts) as refused:
        open_file(io.BytesIO(content))
    assert refused.value.code == code


class Endless(io.RawIOBase):
    """A file that is one line and has no end; it counts what was read of it."""

    def __init__(self) -> None:
        self.taken = 0

    def read(self, size: int = -1) -> bytes:
        self.taken += size
        return b"x" * size

    def seek(self, offset: int, whence: int = 0) -> int:
        self.taken = 0
        return 0


def test_an_endless_line_is_refused_early() -> None:
    endless = Endless()
    with pytest.raises(NotContacts):
        open_file(endless)
    assert endless.taken < 200_000


class Long(Endless):
    """A hundred megabytes without an end of line between two ordinary people."""

    def read(self, size: int = -1) -> bytes:
        before = self.taken
        self.taken += size
        if before == 0:
            return b"Name,Notes\nAda,fine\nBen," + b"x" * size
        if before < 100_000_000:
            return b"x" * size
        return b"\nCleo,fine\n" if before < 100_000_000 + size else b""


def test_a_record_of_a_hundred_megabytes_is_refused_and_skipped() -> None:
    source, blocks = open_file(Long())
    ada, refused, cleo = [one for block in blocks for one in read_block(source, block)]
    assert (ada.name, refused, cleo.name) == ("Ada", Refusal(3, "too_long"), "Cleo")
    assert cleo.line == 4


CELL = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Zl", "Zp"]), max_size=60).map(
    lambda text: " ".join(text.replace("\ufeff", "").split())
)


@given(st.lists(st.tuples(CELL, CELL, CELL, CELL), max_size=30), st.sampled_from(",;\t"))
def test_what_a_spreadsheet_writes_is_read_back(rows: list[tuple[str, ...]], delimiter: str) -> None:
    written = io.StringIO(newline="")
    csv.writer(written, delimiter=delimiter).writerows([("First Name", "Last Name", "Company", "Notes"), *rows])
    expected = [row for row in rows if any(row)]
    found = read(written.getvalue().encode())
    names = ("firstname", "lastname", "company")
    assert [tuple(one.properties.get(name, "") for name in names) for one in found] == [row[:3] for row in expected]
    assert ["".join(note.body for note in one.notes) for one in found] == [row[3] for row in expected]


@given(st.binary(max_size=3000))
def test_no_bytes_break_the_reader(noise: bytes) -> None:
    for one in read(b"First Name,E-mail\n" + noise.replace(b"\0", b"")):
        assert one.line >= 2
