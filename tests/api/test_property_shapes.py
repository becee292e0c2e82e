"""From REST's dict to a document's keys and back."""

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from api.properties import BUILT_IN, admit
from api.property_shapes import keyed, shown, told_apart

ADA = {"firstname": "Ada", "emails:b@x.fr": {"primary": True}, "emails:a@x.fr": {}, "tags:vip": True}


def write(values: dict[str, Any], wanted: dict[str, Any]) -> dict[str, Any]:
    """What a document holds after that is written into it."""
    writes, faults = keyed(BUILT_IN, values, wanted)
    assert faults == []
    return {key: value for key, value in {**values, **writes}.items() if value is not None}


def test_two_of_one_name_are_told_apart_by_the_first_thing_in_which_they_differ() -> None:
    acme = {**ADA, "company": "Acme"}
    assert told_apart(ADA, {"emails:c@x.fr": {}}) == ("b@x.fr", "c@x.fr")
    assert told_apart(ADA, {"company": "Acme"}) == ("b@x.fr", "")
    assert told_apart(acme, {**ADA, "city": "Lyon"}) == ("Acme", "")
    assert told_apart(acme, acme) == ("", "")


def test_sets_are_shown_in_order_with_the_primary_one_first() -> None:
    assert shown(BUILT_IN, ADA)["emails"] == [
        {"value": "b@x.fr", "primary": True},
        {"value": "a@x.fr", "primary": False},
    ]
    assert shown(BUILT_IN, {"emails:b@x.fr": {}, "emails:a@x.fr": {}})["emails"][0]["value"] == "a@x.fr"
    two = {"emails:b@x.fr": {"primary": True}, "emails:a@x.fr": {"primary": True}}
    assert [email["primary"] for email in shown(BUILT_IN, two)["emails"]] == [True, False]
    assert shown(BUILT_IN, ADA)["tags"] == ["vip"]
    assert shown(BUILT_IN, {})["city"] is None


def test_an_array_replaces_and_null_clears() -> None:
    assert write(
        ADA, {"emails": ["C@x.fr", {"value": "a@x.fr", "primary": True}], "firstname": None, "tags": None}
    ) == {
        "emails:a@x.fr": {"primary": True},
        "emails:c@x.fr": {},
    }


def test_without_a_mark_the_first_of_an_array_is_the_primary_one_and_of_two_the_lowest() -> None:
    assert write({}, {"emails": ["b@x.fr", "a@x.fr"]})["emails:b@x.fr"] == {"primary": True}
    both = [{"value": "b@x.fr", "primary": True}, {"value": "a@x.fr", "primary": True}]
    assert write({}, {"emails": both}) == {"emails:a@x.fr": {"primary": True}, "emails:b@x.fr": {}}


def test_email_stands_for_the_primary_one() -> None:
    assert write(ADA, {"email": "New@x.fr"}) == {
        "firstname": "Ada", "tags:vip": True, "emails:new@x.fr": {"primary": True}, "emails:a@x.fr": {}
    }  # fmt: skip
    assert write(ADA, {"email": "a@x.fr"})["emails:a@x.fr"] == {"primary": True}
    assert shown(BUILT_IN, write(ADA, {"email": None}))["emails"] == [{"value": "a@x.fr", "primary": True}]
    assert write({}, {"phone": "0612345678"}) == {"phones:+33612345678": {"primary": True}}


def test_every_fault_is_told_with_its_place_and_the_rest_is_still_there_for_an_import() -> None:
    wanted = {"emails": ["a@x.fr", {"value": "no"}, 3], "tags": "vip", "shoe": 44, "city": "Lyon", "phone": "x"}
    writes, faults = keyed(BUILT_IN, {}, wanted)
    assert {fault.path: fault.code for fault in faults} == {
        "emails.1.value": "not_an_email",
        "emails.2": "wrong_type",
        "tags": "wrong_type",
        "shoe": "unknown_property",
        "phone": "not_a_phone",
    }
    assert {key: value for key, value in writes.items() if value is not None} == {
        "city": "Lyon",
        "emails:a@x.fr": {"primary": True},
    }


EMAILS = st.lists(st.sampled_from(["a@x.fr", "B@x.fr", "b@X.fr", "c@x.fr"]), max_size=4)
WANTED = st.fixed_dictionaries(
    {},
    optional={
        "firstname": st.sampled_from(["Ada", " Ada", None]),
        "emails": EMAILS | st.none(),
        "email": st.sampled_from(["d@x.fr", "A@x.fr", None]),
        "tags": st.lists(st.sampled_from(["vip", " vip ", "été"]), max_size=3),
    },
)


@settings(deadline=None)
@given(st.lists(WANTED, max_size=4))
def test_what_rest_writes_needs_no_correction_and_writing_what_is_shown_changes_nothing(writes: list[Any]) -> None:
    held: dict[str, Any] = {}
    for wanted in writes:
        after = write(held, wanted)
        verdict = admit(BUILT_IN, held, after)
        assert (verdict.corrections, verdict.problems) == ({}, ())
        held = after
        again = shown(BUILT_IN, held)
        assert shown(BUILT_IN, write(held, again)) == again
