from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sync.difference import (
    EDITS_MAX,
    PAIRS_MAX,
    Child,
    Edit,
    Insert,
    Remove,
    Splice,
    blocks,
    common,
    grouped,
    normal,
    same,
    words,
)
from sync.tree import Element, Text

LETTERS = st.lists(st.sampled_from("abcd"), max_size=12)
WORDS = st.lists(st.sampled_from(["red", "blue", " ", ", ", "🙂", "é", "e\u0301", "漢字", "\n"]), max_size=12).map(
    "".join
)


def paragraph(*content: str | Element) -> Element:
    return Element("paragraph", children=tuple(Text(part) if isinstance(part, str) else part for part in content))


@settings(deadline=None)
@given(LETTERS, LETTERS)
def test_what_two_sequences_share_is_in_order_and_in_both(a: list[str], b: list[str]) -> None:
    runs = common(a, b)
    assert all(a[i : i + n] == b[j : j + n] for i, j, n in runs)
    assert all(i + n <= k and j + n <= m for (i, j, n), (k, m, _) in pairwise(runs))


@settings(deadline=None)
@given(LETTERS, LETTERS)
def test_no_longer_share_can_be_found(a: list[str], b: list[str]) -> None:
    longest = [[0] * (len(b) + 1) for _ in range(len(a) + 1)]
    for i, one in enumerate(a):
        for j, other in enumerate(b):
            longest[i + 1][j + 1] = longest[i][j] + 1 if one == other else max(longest[i][j + 1], longest[i + 1][j])
    assert sum(n for _, _, n in common(a, b)) == longest[-1][-1]


def test_too_many_edits_give_only_the_common_ends() -> None:
    a = [*"ab", *range(EDITS_MAX + 2), *"yz"]
    b = [*"ab", *(number for i in range(EDITS_MAX + 2) for number in (i, -1 - i)), *"yz"]
    assert common(a, b) == [(0, 0, 3), (len(a) - 2, len(b) - 2, 2)]


def spliced(old: str, new: str) -> str:
    made = old
    for splice in reversed(words(old, new)):
        made = made[: splice.start] + new[splice.new_start : splice.new_stop] + made[splice.stop :]
    return made


@settings(deadline=None)
@given(WORDS, WORDS)
def test_splices_make_the_new_text_of_the_old(old: str, new: str) -> None:
    assert spliced(old, new) == new


def test_of_a_long_text_written_anew_the_splices_are_right_all_the_same() -> None:
    old, new = "the quick brown fox " * 5_000, "a slow red dog jumps " * 5_000
    assert spliced(old, new) == new


def test_a_changed_word_is_all_that_changes() -> None:
    assert words("the quick brown fox jumps", "the slow brown fox jumped") == [
        Splice(4, 9, 4, 8),
        Splice(24, 25, 23, 25),
    ]


def test_only_the_letters_that_differ_of_a_word_change() -> None:
    assert words("un été chaud", "un étés chaud") == [Splice(6, 6, 6, 7)]


def test_in_a_script_without_spaces_each_character_is_a_word() -> None:
    assert words("今天天气好", "昨天天气不好") == [Splice(0, 1, 0, 1), Splice(4, 4, 4, 5)]


def applied(old: list[Child], new: list[Child]) -> list[Child]:
    """What the steps make of the old children, taking an edit at its word."""
    made = list(old)
    for step in reversed(blocks(old, new)):
        match step:
            case Remove(at):
                del made[at]
            case Insert(at, child):
                made.insert(at, child)
            case Edit(at, child):
                made[at] = child
    return made


CHILDREN = st.lists(
    st.builds(Element, st.sampled_from(["paragraph", "heading"]), st.just({}), WORDS.map(lambda text: (Text(text),))),
    max_size=6,
)


@settings(deadline=None)
@given(CHILDREN, CHILDREN)
def test_steps_make_the_new_children_of_the_old(old: list[Child], new: list[Child]) -> None:
    assert applied(old, new) == new


@settings(deadline=None)
@given(CHILDREN)
def test_equal_children_need_no_step(children: list[Child]) -> None:
    assert blocks(children, children) == []


def test_an_inserted_paragraph_moves_none_of_the_others() -> None:
    old = [paragraph("one"), paragraph("two"), paragraph("three")]
    assert blocks(old, [paragraph("zero"), *old]) == [Insert(0, paragraph("zero"))]


def test_a_changed_paragraph_keeps_its_place_among_new_ones() -> None:
    old: list[Child] = [paragraph("we met at the fair in Lyon"), paragraph("the offer goes out on Monday")]
    new: list[Child] = [paragraph("urgent!"), paragraph("we met at the fair in Paris"), paragraph("call back")]
    assert blocks(old, new) == [Insert(0, new[0]), Edit(0, new[1]), Edit(1, new[2])]


def test_a_node_that_changes_its_kind_is_another_node() -> None:
    heading = Element("heading", {"level": 1}, (Text("same words"),))
    assert blocks([paragraph("same words")], [heading]) == [Remove(0), Insert(1, heading)]


def test_a_text_without_letters_is_left_alone() -> None:
    assert blocks([(), Element("hardBreak")], [Element("hardBreak")]) == []


def test_past_the_bound_nodes_are_paired_as_they_stand() -> None:
    many = int(PAIRS_MAX**0.5) + 1
    old: list[Child] = [paragraph(f"old {i}") for i in range(many)]
    new: list[Child] = [paragraph(f"new {i}") for i in range(many)]
    assert blocks(old, new) == [Edit(i, child) for i, child in enumerate(new)]


def test_normal_form_joins_runs_drops_the_empty_and_the_absent() -> None:
    loose = Element(
        "heading",
        {"level": 2.0, "id": None},
        (Text("a", {"bold": {}}), Text("", {}), Text("b", {"bold": {}, "link": None}), Text("c")),
    )
    assert normal(loose) == Element("heading", {"level": 2}, (Text("ab", {"bold": {}}), Text("c")))


def test_texts_are_grouped_between_elements() -> None:
    line = Element("hardBreak")
    assert list(grouped((Text("a"), Text("b"), line, line, Text("c")))) == [
        (Text("a"), Text("b")),
        line,
        line,
        (Text("c"),),
    ]


@pytest.mark.parametrize(("one", "other"), [(1, True), (0, False), ({"a": 1}, {"a": True}), ([1], [True]), (1, "1")])
def test_values_of_another_kind_are_not_the_same(one: object, other: object) -> None:
    assert not same(one, other)
