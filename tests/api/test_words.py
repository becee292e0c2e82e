"""Words in the one form in which search compares them, and what is marked in what was found."""

import re
import unicodedata
from html import unescape

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from api.words import EXCERPT_LENGTH, PHRASES_MAX, fold, marked, marked_excerpt, read_query


@pytest.mark.parametrize(
    ("written", "folded"),
    [
        ("L’Été à Évry", "l ete a evry"),
        ("cœur ŒUVRE Straße Łódź Ærø", "coeur oeuvre strasse lodz aero"),
        ("jean-pierre@example.com", "jean pierre example com"),
        ("e\u0301te\u0301 soft\u00adhyphen", "ete softhyphen"),
        ("東京都に住む", "東 京 都 に 住 む"),
        ("สวัสดี", "ส ว ส ด"),
        ("m² ½ ﬁn Ⅷ", "m2 1 2 fin viii"),
        ("done ✅🎉", "done ✅ 🎉"),
        ('NEAR("a" b*) -c', "near a b c"),
        (" _*\x00\ud800 ", ""),
    ],
)
def test_words_lose_case_accents_and_punctuation(written: str, folded: str) -> None:
    assert fold(written) == folded


@given(st.text())
def test_a_folded_text_is_folded(text: str) -> None:
    assert fold(fold(text)) == fold(text)


@given(st.text(alphabet=st.characters(codec="utf-8")))
def test_composed_and_decomposed_letters_are_the_same(text: str) -> None:
    assert fold(unicodedata.normalize("NFD", text)) == fold(unicodedata.normalize("NFC", text))


@given(st.text())
def test_nothing_folded_means_anything_to_a_database(text: str) -> None:
    assert not re.search(r'["\'*:(){}^+\-\x00]', fold(text))


def test_what_stands_between_two_spaces_is_a_phrase() -> None:
    assert read_query("  Jean-Pierre  DUPONT jean-pierre * ").phrases == ("jean pierre", "dupont")


def test_a_pasted_page_is_looked_for_by_its_first_phrases() -> None:
    assert len(read_query(" ".join(f"word{n}" for n in range(100))).phrases) == PHRASES_MAX


@pytest.mark.parametrize(
    ("typed", "number"),
    [
        ("06 12 34 56 78", "0612345678"),
        ("+33 6 12-34", "3361234"),
        ("2024 11", "202411"),
        ("12 34", None),
        ("a 123456", None),
    ],
)
def test_digits_with_spaces_are_looked_for_as_a_number_too(typed: str, number: str | None) -> None:
    assert read_query(typed).number == number


@pytest.mark.parametrize(
    ("text", "typed", "html"),
    [
        ("L’été <b>", "ete", "L’<mark>été</mark> &lt;b&gt;"),
        ("L’e\u0301te\u0301, etc", "ete", "L’<mark>e\u0301te\u0301</mark>, etc"),
        ("Camille Roy", "cam r", "<mark>Cam</mark>ille <mark>R</mark>oy"),
        ("le cœur", "coe", "le <mark>cœ</mark>ur"),
        ("東京都", "京都", "東<mark>京都</mark>"),
        ("Jean - Pierre, jean", "jean-pierre", "<mark>Jean - Pierre</mark>, jean"),
        ("inside outside", "side", "inside outside"),
        ("<mark>", "mark", "&lt;<mark>mark</mark>&gt;"),
    ],
)
def test_the_beginning_of_a_word_is_marked_and_the_rest_escaped(text: str, typed: str, html: str) -> None:
    assert marked(text, read_query(typed)) == html


@given(st.text(), st.text())
@example("&<>\"'", "amp")
def test_without_its_marks_a_marked_text_is_the_text(text: str, typed: str) -> None:
    html = marked(text, read_query(typed))

    assert "<" not in html.replace("<mark>", "").replace("</mark>", "")
    assert unescape(html.replace("<mark>", "").replace("</mark>", "")) == text


def test_an_excerpt_shows_the_surroundings_of_the_first_match() -> None:
    excerpt = marked_excerpt("before " * 50 + "l’été\n\nvient" + " after" * 50, read_query("ete"))

    assert excerpt.startswith("…before before")
    assert "before l’<mark>été</mark> vient after" in excerpt
    assert excerpt.endswith(" after…")
    assert len(excerpt) <= EXCERPT_LENGTH + len("……<mark></mark>")


def test_a_word_that_is_longer_than_an_excerpt_is_marked_all_the_same() -> None:
    assert marked_excerpt(f"one {'a' * 400} two", read_query("a" * 400)) == f"one <mark>{'a' * 400}</mark>…"


def test_an_excerpt_of_a_text_without_a_match_is_its_beginning() -> None:
    assert marked_excerpt("one two", read_query("three")) == "one two"


@given(st.text(min_size=1), st.text(min_size=1))
def test_an_excerpt_of_anything_has_a_mark_where_the_text_has_a_match(text: str, typed: str) -> None:
    query = read_query(typed)

    excerpt = marked_excerpt(text * 20, query)

    assert ("<mark>" in excerpt) == ("<mark>" in marked(text * 20, query))
