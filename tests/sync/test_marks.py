from sync.marks import cut_out, formats_to_leave, mark_changes, marks_of, side_by_side
from sync.tree import Text

BOLD: dict[str, object] = {"bold": {}}
BOLD_LINK = {"bold": {}, "link": {"href": "https://example.org"}}


def test_a_hash_is_no_part_of_a_marks_name() -> None:
    assert marks_of({"link--aB3dE6gH": {"href": "x"}, "bold": {}}) == {"link": {"href": "x"}, "bold": {}}


def test_of_marks_that_overlap_their_like_the_last_key_is_read_whatever_their_order() -> None:
    assert (
        marks_of({"comment--b": 2, "comment--a": 1}) == marks_of({"comment--a": 1, "comment--b": 2}) == {"comment": 2}
    )


def test_marks_that_are_right_stay_as_they_are_stored() -> None:
    assert mark_changes({"link--aB3dE6gH": {"level": 1.0}}, {"link": {"level": 1}}) == {}


def test_a_wrong_mark_goes_under_every_key_it_has() -> None:
    changes = mark_changes({"link--a": {"href": "x"}, "link--b": {"href": "y"}, "bold": {}}, {"link": {"href": "x"}})
    assert changes == {"link--a": None, "link--b": None, "link": {"href": "x"}, "bold": None}


def test_runs_are_cut_by_characters_not_by_bytes() -> None:
    runs = [Text("a🙂", BOLD), Text("é"), Text("漢字")]
    assert cut_out(runs, 1, 4) == [Text("🙂", BOLD), Text("é"), Text("漢")]


def test_what_is_and_what_should_be_are_cut_at_the_borders_of_both() -> None:
    pieces = [("abcd", BOLD), ("ef", {})]
    assert list(side_by_side(pieces, [Text("ab"), Text("cde", BOLD), Text("f")])) == [
        ("ab", BOLD, {}),
        ("cd", BOLD, BOLD),
        ("e", {}, BOLD),
        ("f", {}, {}),
    ]


def test_a_mark_around_what_goes_away_goes_first() -> None:
    assert formats_to_leave([("plain ", {}), ("bold", BOLD), (" plain", {})], 6, 10) == {"bold": None}


def test_a_mark_that_goes_on_behind_what_goes_away_stays() -> None:
    assert formats_to_leave([("plain ", {}), ("bold", BOLD)], 4, 8) == {}


def test_a_mark_inside_another_one_goes_alone() -> None:
    assert formats_to_leave([("a", BOLD), ("b", BOLD_LINK), ("c", BOLD)], 1, 2) == {"link": None}


def test_a_gap_in_a_mark_is_closed_before_it_goes_away() -> None:
    assert formats_to_leave([("a", BOLD), ("b", {}), ("c", BOLD)], 1, 2) == {"bold": {}}
