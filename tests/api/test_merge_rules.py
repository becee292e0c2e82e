"""What becomes of properties when contacts are merged: the table of rules, and what holds whatever two contacts say."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.merge_rules import Choice, Contents, Own, Resolution, resolve
from api.properties import BUILT_IN, LIFECYCLE_STAGES, Definition, admit, split
from api.unmerge import Other, way_back

DEFINITIONS = {**BUILT_IN, "number": Definition("number", "Number", "text", "scalar", read_only=True)}


def property(name: str, one: dict[str, Any], other: dict[str, Any], choice: Choice | None = None) -> Resolution:
    choices = {name: choice} if choice else {}
    resolved = resolve(DEFINITIONS, Contents(one), Contents(other, {"city"}), choices)
    assert not resolved.faults
    return next(found for found in resolved.properties if found.name == name)


@pytest.mark.parametrize(
    ("name", "one", "other", "taken", "becomes", "conflict", "note"),
    [
        ("city", {}, {}, "equal", {}, False, None),
        ("city", {"city": "LYON "}, {"city": "Lyon"}, "equal", {"city": "LYON "}, False, None),
        ("jobtitle", {}, {"jobtitle": "DG"}, "secondary", {"jobtitle": "DG"}, False, None),
        ("jobtitle", {"jobtitle": "DG"}, {}, "primary", {"jobtitle": "DG"}, False, None),
        ("city", {"city": "Lyon"}, {}, "primary", {"city": "Lyon"}, False, "cleared"),
        ("city", {"city": "Lyon"}, {"city": "Metz"}, "primary", {"city": "Lyon"}, True, None),
        ("owner_id", {"owner_id": "a"}, {"owner_id": "b"}, "primary", {"owner_id": "a"}, True, None),
        ("tags", {"tags:a": True}, {"tags:b": True}, "both", {"tags:a": True, "tags:b": True}, False, None),
        ("tags", {"tags:a": True}, {"tags:a": True}, "equal", {"tags:a": True}, False, None),
        ("number", {"number": "1"}, {"number": "2"}, "primary", {"number": "1"}, False, None),
    ],
)
def test_each_kind_has_its_rule(
    name: str, one: Any, other: Any, taken: str, becomes: Any, conflict: bool, note: str | None
) -> None:
    assert property(name, one, other) == Resolution(name, taken, conflict, note, becomes)  # type: ignore[arg-type]


def test_the_primarys_first_address_stays_first_though_nobody_said_so() -> None:
    one, other = {"emails:m@x.fr": {}}, {"emails:a@x.fr": {"primary": True}}
    assert property("emails", one, other).keys == {"emails:a@x.fr": {}, "emails:m@x.fr": {"primary": True}}


@pytest.mark.parametrize("stages", [("lead", "customer"), ("customer", "lead"), ("other", "customer")])
def test_the_furthest_stage_stands_and_is_told(stages: tuple[str, str]) -> None:
    found = property("lifecyclestage", *({"lifecyclestage": stage} for stage in stages))
    assert (found.keys, found.conflict, found.note) == ({"lifecyclestage": "customer"}, False, "furthest")


def test_everything_can_be_chosen_otherwise() -> None:
    one, other = {"city": "Lyon", "tags:a": True}, {"city": "Metz", "tags:b": True}
    assert property("city", one, other, "secondary").keys == {"city": "Metz"}
    assert property("city", one, other, Own("  Paris ")).keys == {"city": "Paris"}
    assert property("city", one, other, Own(None)).keys == {}
    assert property("tags", one, other, "primary").keys == {"tags:a": True}


@pytest.mark.parametrize(
    ("choices", "code"),
    [
        ({"shoe": "primary"}, "unknown_property"),
        ({"city": "both"}, "not_an_option"),
        ({"number": "secondary"}, "read_only"),
        ({"emails": Own(["no address"])}, "not_an_email"),
    ],
)
def test_a_choice_that_cannot_be_is_a_fault(choices: dict[str, Choice], code: str) -> None:
    resolved = resolve(DEFINITIONS, Contents({}), Contents({}), choices)
    assert [fault.code for fault in resolved.faults] == [code]


# --- whatever two contacts say ---

WORDS = st.sampled_from(["Ada", "ada ", "Lyon", "DG"])
ADDRESSES = st.sampled_from(["a@x.fr", "b@x.fr", "c@x.fr"])
CONTACTS = st.builds(
    lambda scalars, emails, tags, stage: {
        **scalars,
        **{f"emails:{one}": flags for one, flags in emails.items()},
        **{f"tags:{one}": True for one in tags},
        **({"lifecyclestage": stage} if stage else {}),
    },
    st.dictionaries(st.sampled_from(["firstname", "lastname", "city", "owner_id"]), WORDS),
    st.dictionaries(ADDRESSES, st.sampled_from([{}, {"primary": True}])),
    st.frozensets(WORDS.map(str.strip)),
    st.sampled_from([None, *LIFECYCLE_STAGES]),
)
CHOICES = st.dictionaries(
    st.sampled_from(["firstname", "city", "tags", "emails"]), st.sampled_from(["primary", "secondary"])
)


def written(before: dict[str, Any], writes: Any) -> dict[str, Any]:
    return {key: value for key, value in {**before, **writes}.items() if value is not None}


@given(one=CONTACTS, other=CONTACTS, choices=CHOICES)
def test_what_is_written_is_what_was_shown_and_may_be_held(one: Any, other: Any, choices: Any) -> None:
    resolved = resolve(DEFINITIONS, Contents(one), Contents(other), choices)
    after = written(one, resolved.writes)
    assert after == {key: value for found in resolved.properties for key, value in found.keys.items()}
    verdict = admit(DEFINITIONS, one, after)
    assert not verdict.problems
    for name in DEFINITIONS.keys() - choices.keys():
        mine, theirs = ([key for key in of if split(key)[0] == name] for of in (one, other))
        assert all(key in after for key in mine), f"{name} lost a value of the primary's"
        if DEFINITIONS[name].kind == "set" or not mine:
            assert all(key in after for key in theirs), f"{name} lost a value of the secondary's"


@given(one=CONTACTS, secondaries=st.lists(CONTACTS, max_size=4), order=st.randoms(use_true_random=False))
def test_when_all_merges_are_undone_in_any_order_everything_is_as_it_was(
    one: Any, secondaries: Any, order: Any
) -> None:
    now, standing = dict(one), []
    for number, secondary in enumerate(secondaries):
        writes = resolve(DEFINITIONS, Contents(now), Contents(secondary), {"city": "secondary"}).writes
        standing.append((number, secondary, {key: [now.get(key), new] for key, new in writes.items()}))
        now = written(now, writes)
    while standing:
        number, _, mine = standing.pop(order.randrange(len(standing)))
        others = [Other(str(n), n > number, secondary, theirs) for n, secondary, theirs in standing]
        back = way_back(now, set(), mine, others)
        assert not back.kept
        now = written(now, back.writes)
        standing = [(n, secondary, back.inherited.get(str(n), theirs)) for n, secondary, theirs in standing]
    assert now == one
