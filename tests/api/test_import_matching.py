"""The same person again, and two people who only look like one."""

from __future__ import annotations

from typing import Any

import pytest

from api.drafts import Draft
from api.import_matching import Acquaintance, person_of, plain_name


def draft(name: str, *emails: str, uid: str | None = None, phones: tuple[str, ...] = ()) -> Draft:
    firstname, _, lastname = name.partition(" ")
    properties: dict[str, Any] = {"firstname": firstname, "lastname": lastname}
    properties["emails"] = [{"value": email} for email in emails]
    properties["phones"] = [{"value": phone} for phone in phones]
    return Draft(properties, uid=uid)


def find(known: list[Draft], wanted: Draft) -> int | None:
    people = Acquaintance()
    people.add(person_of(str(number), one) for number, one in enumerate(known))
    found = people.find(wanted)
    return int(found) if found is not None else None


ADA = draft("Ada Lovelace", "ada@engine.example", uid="u-1", phones=("+441",))
PLAIN_ADA = draft("Ada Lovelace", "ada@engine.example", phones=("+441",))


@pytest.mark.parametrize(
    "again",
    [
        draft("Countess", "new@engine.example", uid="u-1"),
        draft("Ada Lovelace", "ada@engine.example"),
        draft("Ada King", "ada@engine.example"),
        draft("", "ada@engine.example"),
        draft("Ada Lovelace", "ada@engine.example", uid="another"),
        draft("LOVELACE Ada", phones=("+442", "+441")),
    ],
)
def test_the_same_person_is_found_again(again: Draft) -> None:
    assert find([ADA], again) == 0


@pytest.mark.parametrize(
    ("known", "other"),
    [
        (ADA, draft("Charles Babbage", "ada@engine.example")),
        (ADA, draft("Ada King", "ada@engine.example", uid="another")),
        (ADA, draft("Charles Babbage", phones=("+441",))),
        (ADA, draft("Ada Lovelace")),
        (draft("Wanda Whole", "w@one.example"), draft("Wanda Whole", "w@two.example")),
        (draft("", phones=("+441",)), draft("", phones=("+441", "+442"))),
    ],
)
def test_somebody_else_is_not(known: Draft, other: Draft) -> None:
    assert find([known], other) is None


def test_a_record_that_says_the_same_is_the_same_even_with_nothing_but_a_name() -> None:
    assert find([draft("Wanda Whole")], draft("Wanda Whole")) == 0


def test_of_two_who_share_an_address_the_one_of_the_same_name_is_found() -> None:
    charles = draft("Charles Babbage", "info@engine.example")
    ada = draft("Ada Lovelace", "info@engine.example")
    assert find([charles, ada], ada) == 1
    assert find([ada, charles], ada) == 0


def test_names_are_compared_without_case_accents_and_order() -> None:
    assert plain_name("Lefèvre  Zoé") == plain_name("zoe LEFEVRE")
