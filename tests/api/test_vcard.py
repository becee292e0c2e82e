"""vCards of every flavour, whole, folded, foreign and broken."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.drafts import Draft, Refusal
from api.import_files import open_file, read_block

FIXTURES = Path(__file__).parent / "fixtures"


def read(content: bytes) -> list[Draft | Refusal]:
    source, blocks = open_file(io.BytesIO(content))
    assert source.format == "vcard"
    return [one for block in blocks for one in read_block(source, block)]


def drafts(content: bytes) -> list[Draft]:
    return [one for one in read(content) if isinstance(one, Draft)]


def fixture(name: str) -> bytes:
    return (FIXTURES / name).read_bytes()


def card(*lines: str, version: str = "3.0") -> bytes:
    return "\r\n".join(["BEGIN:VCARD", f"VERSION:{version}", *lines, "END:VCARD", ""]).encode()


def test_what_apple_exports_is_read_with_groups_labels_folds_and_a_photo() -> None:
    zoe, foundry, group = read(fixture("apple.vcf"))
    assert isinstance(zoe, Draft)
    assert zoe.properties == {
        "firstname": "Zoé Anne",
        "lastname": "Lefèvre",
        "company": "Ateliers du Rhône, SARL",
        "jobtitle": "Responsable des achats",
        "city": "Lyon",
        "emails": [{"value": "Zoe.Lefevre@rhone.example", "primary": True}, {"value": "zoe@maison.example"}],
        "phones": [
            {"value": "+33 4 72 00 11 22", "primary": True},
            {"value": "06 12 34 56 78"},
            {"value": "+33 4 72 00 11 23"},
        ],
        "tags": ["Clients", "Salon de Lyon, 2024"],
    }
    assert [note.body for note in zoe.notes] == [
        "Préfère le téléphone le matin, jamais le lundi.\n\n"
        "Rencontrée au salon de Lyon; à relancer en mars : voir le devis n° 2041."
    ]
    assert zoe.uid == "6f1d2a30-6a55-4b0f-9c0f-0a6b5e7b0001"
    assert zoe.photo
    assert zoe.photo.startswith(b"\xff\xd8\xff")
    assert zoe.left_out == ("ADR", "NICKNAME")
    assert isinstance(foundry, Draft)
    assert foundry.properties["company"] == "Fonderie Bréchet"
    assert "lastname" not in foundry.properties
    assert group == Refusal(45, "group", "Famille")


def test_what_google_exports_is_read_and_a_photo_elsewhere_is_told_not_fetched() -> None:
    nils, ingrid = drafts(fixture("google.vcf"))
    assert [note.body for note in nils.notes] == ["Allergic to nuts.", "Likes early calls."]
    assert nils.properties["tags"] == ["vip"]
    assert nils.photo is None
    assert nils.refused == (("photo_elsewhere", "photo"),)
    assert ingrid.name == "Ingrid"
    assert ingrid.line == 15


def test_what_old_outlooks_and_phones_export_is_read_in_its_charset() -> None:
    (eloise,) = drafts(fixture("outlook.vcf"))
    assert eloise.name == "Éloïse Désirée"
    assert eloise.properties["company"] == "Brasserie de l’Écluse"
    assert eloise.properties["city"] == "Saint-Étienne"
    assert [phone["value"] for phone in eloise.properties["phones"]] == ["06 98 76 54 32", "01 99 00 00 10"]
    assert eloise.notes[0].body == "Livraison avant 8 h.\nSonner deux fois, puis attendre."
    assert eloise.photo
    assert eloise.photo.startswith(b"\xff\xd8\xff")


def test_version_4_is_read_with_preferences_uris_and_a_photo_in_the_card() -> None:
    amara, crew = read(fixture("version4.vcf"))
    assert isinstance(amara, Draft)
    assert amara.properties["emails"][0] == {"value": "A.Sorensen@verft.example", "primary": True}
    assert amara.properties["phones"] == [{"value": "+47-22-00-00-01 ext. 5102", "primary": True}]
    assert amara.properties["jobtitle"] == "Naval architect"
    assert amara.uid == "4fbe8971-0bc3-424c-9c26-36c3e1eff6b1"
    assert amara.photo
    assert amara.photo.startswith(b"\x89PNG")
    assert amara.revised_seconds == 1708430400
    assert isinstance(crew, Refusal)


def test_a_broken_card_is_told_with_its_line_and_the_others_go_on() -> None:
    content = fixture("broken.vcf").partition(b"\n")[2]
    assert [one.name for one in read(content) if isinstance(one, Draft)] == ["Wanda Whole", "Peter Last"]
    assert [one for one in read(content) if isinstance(one, Refusal)] == [
        Refusal(6, "unfinished", "Theo Torn"),
        Refusal(15, "unreadable_line", "Nadia Noise"),
        Refusal(17, "empty"),
        Refusal(26, "unfinished", "Cut Off"),
    ]
    assert drafts(content)[1].refused == (("photo_unreadable", "photo"),)


def test_words_between_cards_are_told_once() -> None:
    content = card("FN:Ada A") + b"lost\nwords\n" + card("FN:Ben B")
    assert [type(one).__name__ for one in read(content)] == ["Draft", "Refusal", "Draft"]


@pytest.mark.parametrize("ending", [b"\n", b"\r\n", b"\r"])
@pytest.mark.parametrize("charset", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252"])
@pytest.mark.parametrize("name", ["apple.vcf", "google.vcf", "outlook.vcf"])
def test_line_endings_and_charsets_make_no_difference(name: str, charset: str, ending: bytes) -> None:
    text = fixture(name).replace(b"\n", ending).decode()
    assert read(text.encode(charset)) == read(fixture(name))


def test_a_fold_in_the_midst_of_a_letter_is_mended() -> None:
    folded = card("FN:Zo\u00e9 Blanc").replace("\u00e9".encode(), b"\xc3\r\n \xa9")
    assert drafts(folded)[0].name == "Zo\u00e9 Blanc"


def test_cards_of_one_file_may_be_in_different_charsets() -> None:
    content = card("FN:Zoé Blanc") + card("FN:Léo Noir").decode().encode("cp1252")
    assert [draft.name for draft in drafts(content)] == ["Zoé Blanc", "Léo Noir"]


def test_separators_that_are_escaped_do_not_separate() -> None:
    (draft,) = drafts(card(r"N:O\;Neil\, Jr;Sean", r"ORG:A\\;B", r"CATEGORIES:x\,y,z", r"NOTE:one\Ntwo\\n"))
    assert draft.properties["lastname"] == "O;Neil, Jr"
    assert draft.properties["company"] == "A\\"
    assert draft.properties["tags"] == ["x,y", "z"]
    assert draft.notes[0].body == "one\ntwo\\n"


def test_a_colon_in_a_quoted_parameter_ends_nothing() -> None:
    (draft,) = drafts(card('ADR;LABEL="Quay: 3; left":;;Kaia 3;Oslo;;;', version="4.0"))
    assert draft.properties == {"city": "Oslo"}


def test_control_characters_are_dropped() -> None:
    (draft,) = drafts(card("FN:Ada\x00 \x1bLove\x7flace", "NOTE:a\x00b\tc"))
    assert draft.name == "Ada Love lace"
    assert draft.notes[0].body == "ab\tc"


def test_a_card_that_is_too_long_is_refused_and_skipped() -> None:
    huge = b"BEGIN:VCARD\nFN:Huge\nNOTE:" + b"x" * (20 * 1024 * 1024) + b"\nEND:VCARD\n"
    content = card("FN:Ada A") + huge + card("FN:Ben B")
    first, refused, last = read(content)
    assert isinstance(first, Draft)
    assert refused == Refusal(5, "too_long")
    assert isinstance(last, Draft)
    assert last.line == 9


def test_a_value_that_is_too_long_is_left_out_and_told() -> None:
    (draft,) = drafts(card("FN:Ada A", "TITLE:" + "x" * 2000, "ORG:" + "y" * 100_000))
    assert draft.properties == {"firstname": "Ada", "lastname": "A"}
    assert set(draft.refused) == {("value_too_long", "jobtitle"), ("value_too_long", "ORG")}


def test_a_card_with_too_many_lines_is_refused() -> None:
    content = card("FN:Ada A", *["NOTE:x"] * 6000) + card("FN:Ben B")
    assert [type(one).__name__ for one in read(content)] == ["Refusal", "Draft"]


def test_twenty_thousand_addresses_on_one_card_are_bounded() -> None:
    (draft,) = drafts(card("FN:Ada A", *[f"EMAIL:a{n}@x.example" for n in range(4000)]))
    assert len(draft.properties["emails"]) == 100
    assert ("too_many_values", "emails") in draft.refused


def test_a_file_is_read_in_blocks_whose_lines_are_those_of_the_file() -> None:
    content = b"".join(card(f"FN:Person {n}", f"NOTE:{'x' * 200}") for n in range(3000))
    source, blocks = open_file(io.BytesIO(content))
    found = list(blocks)
    assert len(found) > 5
    assert max(len(block.content) for block in found) < 150_000
    lines = [one.line for block in found for one in read_block(source, block)]
    assert lines == [1 + 5 * n for n in range(3000)]


TEXT = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Zl", "Zp"]), max_size=200).map(
    lambda text: " ".join(text.replace("\ufeff", "").split())
)


def escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace(",", "\\,").replace(";", "\\;").replace("\n", "\\n")


def folded(line: str) -> bytes:
    octets = line.encode()
    parts = [octets[:75], *(octets[n : n + 74] for n in range(75, len(octets), 74))]
    return b"\r\n ".join(parts)


@given(TEXT, TEXT, TEXT, st.lists(TEXT, max_size=3))
def test_what_is_written_by_the_book_is_read_back(first: str, last: str, company: str, notes: list[str]) -> None:
    lines = [f"N:{escaped(last)};{escaped(first)};;;", f"ORG:{escaped(company)}", "TITLE:x"]
    lines += [f"NOTE:{escaped(note)}" for note in notes]
    content = b"\r\n".join([b"BEGIN:VCARD", b"VERSION:3.0", *map(folded, lines), b"END:VCARD", b""])
    (draft,) = drafts(content)
    expected: dict[str, Any] = {"firstname": first, "lastname": last, "company": company, "jobtitle": "x"}
    assert dict(draft.properties) == {name: value for name, value in expected.items() if value}
    assert [note.body for note in draft.notes] == [note for note in notes if note]


@given(st.binary(max_size=2000))
def test_whatever_comes_in_a_card_nothing_breaks_and_the_next_card_is_read(noise: bytes) -> None:
    content = b"BEGIN:VCARD\n" + noise.replace(b"\0", b"") + b"\nEND:VCARD\n" + card("FN:Ada Last")
    assert read(content)[-1].name == "Ada Last"


LINES = st.sampled_from(
    [b"BEGIN:VCARD", b"END:VCARD", b"FN:A", b"N:;;;", b" fold", b"NOTE;ENCODING=QUOTED-PRINTABLE:a=", b"PHOTO;BASE64:",
     b"PHOTO;ENCODING=b:AAAA", b"AAAA", b"", b"x.TEL;TYPE=", b'EMAIL;X="', b";", b":", b"\xff\xfe\xfd"]
)  # fmt: skip


@given(st.lists(LINES, max_size=40))
def test_no_order_of_lines_breaks_the_reader(lines: list[bytes]) -> None:
    for one in read(b"\n".join([b"BEGIN:VCARD", *lines])):
        assert one.line >= 1
