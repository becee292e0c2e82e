"""One form for each value, and the verdict on an edit: pure functions."""

import pickle
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from api.properties import BUILT_IN, ELEMENTS_MAX, Admission, Definition, PropertyError, admit, normalise, words_of
from sync.difference import same

FIRSTNAME, EMAILS, PHONES, TAGS = (BUILT_IN[name] for name in ("firstname", "emails", "phones", "tags"))


@pytest.mark.parametrize(
    ("name", "value", "form"),
    [
        ("firstname", "  Ada\t", "Ada"),
        ("firstname", " ", None),
        ("lifecyclestage", "customer", "customer"),
        ("emails", " Ada@Example.COM ", "ada@example.com"),
        ("emails", "ada@office.local", "ada@office.local"),
        ("emails", "é@bücher.de", "é@bücher.de"),
        ("phones", "06 12 34 56 78", "+33612345678"),
        ("phones", "+44 20 7946 0958", "+442079460958"),
        ("phones", "01 23 45 67 89 ext. 12", "+33123456789;ext=12"),
        ("tags", " e\u0301te\u0301 ", "\u00e9t\u00e9"),
    ],
)
def test_a_value_has_one_form_and_that_form_is_its_own(name: str, value: str, form: str | None) -> None:
    assert normalise(BUILT_IN[name], value) == form
    assert form is None or normalise(BUILT_IN[name], form) == form


@pytest.mark.parametrize(
    ("name", "value", "code"),
    [
        ("firstname", 3, "wrong_type"),
        ("firstname", "x" * 201, "too_long"),
        ("firstname", "a\nb", "control_characters"),
        ("firstname", "\ud800", "control_characters"),
        ("lifecyclestage", "boss", "not_an_option"),
        ("emails", "ada", "not_an_email"),
        ("emails", "ada@nowhere", "not_an_email"),
        ("emails", " ", "missing"),
        ("phones", "three", "not_a_phone"),
        ("phones", "0612", "not_a_phone"),
        ("tags", True, "wrong_type"),
    ],
)
def test_a_value_that_no_contact_may_hold_says_why(name: str, value: Any, code: str) -> None:
    with pytest.raises(PropertyError) as raised:
        normalise(BUILT_IN[name], value)
    assert raised.value.code == code


def test_an_admission_goes_to_a_worker_with_the_definitions_of_now() -> None:
    admission = Admission()
    admission.definitions = {"colour": Definition("colour", "Colour", "option", "scalar", ("red",))}
    sent = pickle.loads(pickle.dumps(admission))
    assert sent({}, {"colour": "red"}).problems == ()
    assert sent({}, {"colour": "blue"}).corrections == {"colour": None}


def test_what_can_be_put_into_its_form_is_and_nobody_is_told() -> None:
    after = {"firstname": " Ada ", "emails:Ada@X.fr": {"primary": True}, "phones:0612345678": True, "tags:vip": {}}
    verdict = admit(BUILT_IN, {}, after)
    assert verdict.problems == ()
    assert verdict.changes == {
        "emails:ada@x.fr": (None, {"primary": True}),
        "firstname": (None, "Ada"),
        "phones:+33612345678": (None, {}),
        "tags:vip": (None, True),
    }
    assert verdict.corrections["emails:Ada@X.fr"] is None


def test_what_cannot_is_put_back_and_told() -> None:
    before = {"firstname": "Ada", "emails:a@x.fr": {}}
    verdict = admit(
        BUILT_IN, before, {"firstname": 3, "emails:a@x.fr": "yes", "emails:no": {}, "shoe": 44, "emails": []}
    )
    assert verdict.changes == {}
    assert {problem.key: problem.code for problem in verdict.problems} == {
        "emails": "unknown_property",
        "emails:a@x.fr": "wrong_type",
        "emails:no": "not_an_email",
        "firstname": "wrong_type",
        "shoe": "unknown_property",
    }
    assert verdict.corrections["firstname"] == "Ada"


def test_true_and_one_are_two_values() -> None:
    verdict = admit(BUILT_IN, {"tags:vip": True}, {"tags:vip": 1})
    assert verdict.corrections == {"tags:vip": True}
    assert [problem.code for problem in verdict.problems] == ["wrong_type"]


def test_two_spellings_of_one_address_become_one_that_stays_primary() -> None:
    verdict = admit(BUILT_IN, {}, {"emails:A@x.fr": {"primary": True}, "emails:a@x.fr": {}, "emails:a@X.FR": {}})
    assert verdict.changes == {"emails:a@x.fr": (None, {"primary": True})}
    assert verdict.problems == ()


def test_a_read_only_or_required_value_stays() -> None:
    definitions = {
        "score": Definition("score", "Score", "text", "scalar", read_only=True),
        "name": Definition("name", "Name", "text", "scalar", required=True),
    }
    verdict = admit(definitions, {"score": "1", "name": "x"}, {"score": "2"})
    assert verdict.corrections == {"score": "1", "name": "x"}
    assert [problem.code for problem in verdict.problems] == ["missing", "read_only"]


def test_what_an_older_definition_took_may_stay_and_may_go() -> None:
    narrower = {**BUILT_IN, "lifecyclestage": replace(BUILT_IN["lifecyclestage"], options=("customer",))}
    before = {"lifecyclestage": "lead", "gone": "x"}
    assert admit(narrower, before, {**before, "city": "Lyon"}).changes == {"city": (None, "Lyon")}
    assert admit(narrower, before, {}).changes == {"gone": ("x", None), "lifecyclestage": ("lead", None)}


def test_a_set_has_a_bound_for_what_is_added() -> None:
    before = {f"tags:{n}": True for n in range(ELEMENTS_MAX - 1)}
    verdict = admit(BUILT_IN, before, {**before, "tags:x": True, "tags:y": True})
    assert verdict.changes == {}
    assert {problem.code for problem in verdict.problems} == {"too_many"}


def test_a_contact_is_found_by_its_values_as_people_write_them() -> None:
    values = {"firstname": "Ada", "city": "Lyon", "phones:+33612345678": {}, "owner_id": "usr_1", "gone": "x"}
    assert words_of(BUILT_IN, values) == ["Lyon", "+33612345678", "0612345678"]


KEYS = st.sampled_from(
    ["firstname", "lifecyclestage", "emails", "emails:a@x.fr", "emails:A@x.fr", "emails:no", "phones:0612345678",
     "phones:+33612345678", "tags:vip", "tags: vip", "tags:", "nothing", "", ":"]
)  # fmt: skip
VALUES = st.sampled_from(
    [None, "Ada", " Ada ", "", "customer", True, {}, {"primary": True}, {"primary": 1}, 1, 1.5, []]
)
MAPS = st.dictionaries(KEYS, VALUES.filter(lambda value: value is not None))


@settings(deadline=None)
@given(st.lists(MAPS, min_size=1, max_size=4))
def test_whatever_is_edited_only_good_values_stay_and_the_verdict_says_just_what_changed(edits: list[Any]) -> None:
    held: dict[str, Any] = {}
    for after in edits:
        verdict = admit(BUILT_IN, held, after)
        corrected = {key: value for key, value in {**after, **verdict.corrections}.items() if value is not None}
        changed = dict(held)
        for key, (old, new) in verdict.changes.items():
            assert same(old, held.get(key))
            changed[key] = new
        assert same({key: value for key, value in changed.items() if value is not None}, corrected)
        again = admit(BUILT_IN, {}, corrected)
        assert (again.corrections, again.problems) == ({}, ())
        held = corrected
