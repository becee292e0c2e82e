"""The two catalogues, and which of them is read from."""

import re
import string

import pytest

from api.errors import Problem
from api.messages import FIELDS, PROBLEMS, Language, language_of


def names(sentence: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(sentence) if name}


def all_problems(cls: type[Problem] = Problem) -> set[str]:
    return {cls.code}.union(*(all_problems(sub) for sub in cls.__subclasses__()))


def test_both_languages_say_the_same_things() -> None:
    assert PROBLEMS["en"].keys() == PROBLEMS["fr"].keys() == all_problems()
    assert FIELDS["en"].keys() == FIELDS["fr"].keys()
    for code, (_, detail) in PROBLEMS["en"].items():
        assert names(detail) == names(PROBLEMS["fr"][code][1])
    for code, sentence in FIELDS["en"].items():
        assert names(sentence) == names(FIELDS["fr"][code])


def test_french_is_set_as_french_is() -> None:
    """A narrow no-break space before : ; ? ! and inside « »; curly apostrophes. Headers and moments are not French."""
    sentences = [text for pair in PROBLEMS["fr"].values() for text in pair] + list(FIELDS["fr"].values())
    prose = [text.replace("X-Carnet: 1", "").replace("T10:42:00Z", "") for text in sentences]
    assert [text for text in prose if re.search(r"[^\u202f][:;?!»]|«[^\u202f]|['\"]", text)] == []


@pytest.mark.parametrize(
    ("header", "language"),
    [
        (None, "en"),
        ("", "en"),
        ("fr", "fr"),
        ("fr-CA,fr;q=0.9,en;q=0.8", "fr"),
        ("en-GB,en;q=0.9,fr;q=0.8", "en"),
        ("en;q=0.1, fr;q=0.2", "fr"),
        ("de, fr;q=0.5", "fr"),
        ("fr;q=0, en;q=0.1", "en"),
        ("de", "en"),
        ("fr;q=x", "en"),
        ("*", "en"),
    ],
)
def test_the_browser_is_asked_for_its_language(header: str | None, language: Language) -> None:
    assert language_of(header) == language
