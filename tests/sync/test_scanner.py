"""The scanner against an index: known, gapped or new; in the order things build on one another; never half a letter."""

import pickle
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.note_schema import NOTE_SCHEMA
from sync.errors import Malformed, SyncError
from sync.lib0 import Writer, read_vector
from sync.limits import Limits
from sync.scanner import Index, Run, Scan, scan, scan_any, scan_keystroke
from sync.structs import GC, STRING, Struct, Update, read_update
from tests.sync.updates import (
    EMPTY,
    A,
    B,
    C,
    deleted,
    garbage,
    mark,
    node,
    paragraph,
    skip,
    text_node,
    update,
    value,
    words,
)

LIMITS = Limits()


def scanned(index: Index, data: bytes) -> Scan:
    return scan(data, index, NOTE_SCHEMA, LIMITS)


def take(index: Index, data: bytes) -> None:
    found = scanned(index, data)
    assert found.delta, found
    index.apply(found.delta)


def note(text: str = "abcdef") -> Index:
    """One paragraph by A; its letters start at clock 2."""
    index = Index()
    take(index, update({A: (0, paragraph(text))}))
    return index


def outcome(found: Scan) -> str:
    return "known" if found.known else "gapped" if found.gapped else "new"


# --- known, new, gapped ---


def test_a_first_update_is_new() -> None:
    data = update({A: (0, paragraph("abc"))})
    found = scanned(Index(), data)
    assert (found.runs, found.new_clients, found.deletes_only) == ((Run(A, 0, 5),), (A,), False)
    index = Index()
    take(index, data)
    assert read_vector(index.vector()) == {A: 5}
    assert (index.deletions(), index.size_bytes) == (EMPTY, len(data))


def test_the_same_again_is_known() -> None:
    found = scanned(note("abc"), update({A: (0, paragraph("abc"))}))
    assert (outcome(found), found.new_clients, found.runs) == ("known", (), (Run(A, 0, 5),))


def test_what_was_scanned_elsewhere_is_applied_here() -> None:
    data = update({A: (0, paragraph("né😀"))}, {A: [(2, 1)]})
    here, there = Index(), Index()
    take(here, data)
    found = pickle.loads(pickle.dumps(scanned(there, data)))
    there.apply(found.delta)
    assert there == here


def test_nothing_is_known() -> None:
    found = scanned(Index(), EMPTY)
    assert (outcome(found), found.deletes_only) == ("known", True)


def test_of_a_partly_known_update_the_rest_is_new() -> None:
    index = note("abc")
    take(index, update({A: (0, paragraph("abcdef"))}))
    assert index.clocks == {A: 8}
    take(index, update({A: (4, [words("cdefgh", origin=(A, 3))])}))
    assert index.clocks == {A: 10}


def test_what_starts_past_the_known_clock_is_gapped_until_that_has_come() -> None:
    index = note("abc")
    later = update({A: (6, [words("e", origin=(A, 5))])})
    found = scanned(index, later)
    assert (outcome(found), found.delta, found.new_clients) == ("gapped", None, (A,))
    take(index, update({A: (5, [words("d", origin=(A, 4))])}))
    assert outcome(scanned(index, later)) == "new"


@pytest.mark.parametrize("place", [{"origin": (B, 0)}, {"right": (B, 0)}, {"parent": (B, 0)}, {"origin": (A, 8)}])
def test_what_builds_on_the_unknown_is_gapped(place: dict[str, tuple[int, int]]) -> None:
    assert outcome(scanned(note(), update({C: (0, [words("x", **place)])}))) == "gapped"


def test_deleting_the_unknown_is_gapped_and_deleting_the_known_is_not() -> None:
    index = note("abc")
    assert outcome(scanned(index, update({}, {A: [(2, 1), (4, 2)]}))) == "gapped"
    found = scanned(index, update({}, {A: [(2, 1), (4, 1)]}))
    assert (outcome(found), found.deletes_only) == ("new", True)
    assert outcome(scanned(index, update({}, {B: [(0, 1)]}))) == "gapped"


def test_known_structs_with_a_new_deletion_are_new_and_later_known() -> None:
    index = note("abc")
    data = update({A: (0, paragraph("abc"))}, {A: [(3, 2)]})
    take(index, data)
    assert outcome(scanned(index, data)) == "known"
    assert outcome(scanned(index, update({}, {A: [(4, 1)]}))) == "known"
    assert outcome(scanned(index, update({}, {A: [(2, 2)]}))) == "new"


def test_an_update_may_delete_what_it_brings() -> None:
    index = Index()
    take(index, update({A: (0, paragraph("abc"))}, {A: [(2, 3)]}))
    assert index.deletions() == update({}, {A: [(2, 3)]})


def test_what_came_as_deleted_or_as_garbage_counts_as_deleted() -> None:
    index = note("ab")
    take(index, update({A: (4, [deleted(3, origin=(A, 3)), garbage(2)])}))
    assert index.deletions() == update({}, {A: [(4, 5)]})


def test_words_left_out_in_the_middle_are_a_gap_even_where_the_rest_fits() -> None:
    structs = [*paragraph("abc"), skip(2), words("f", origin=(A, 4))]
    found = scanned(Index(), update({A: (0, structs)}))
    assert (outcome(found), found.runs) == ("gapped", (Run(A, 0, 5), Run(A, 7, 8)))
    assert outcome(scanned(note("abcdef"), update({A: (0, structs)}))) == "known"


# --- what is stored and passed on ---


def rest(index: Index, data: bytes) -> Update:
    """What of an update is new."""
    found = scanned(index, data)
    assert found.delta, found
    return read_update(found.update, LIMITS)


def test_an_update_that_is_all_new_is_passed_on_as_it_came() -> None:
    data = update({A: (8, [words("x", origin=(A, 7)), garbage(2)]), B: (0, paragraph("y", B))}, {A: [(2, 1), (2, 2)]})
    assert scanned(note(), data).update is data
    assert scanned(note(), update({A: (8, [words("x", origin=(A, 7))])})).update == update(
        {A: (8, [words("x", origin=(A, 7))])}
    )


def test_of_a_page_that_sends_all_it_has_only_the_new_is_passed_on() -> None:
    index = note("abc")
    take(index, update({}, {A: [(2, 1)]}))
    more = [*paragraph("abcdé😀f"), words("g", origin=(A, 5))]
    new = rest(index, update({A: (0, more), B: (0, [words("x", origin=(A, 3))])}, {A: [(2, 1), (4, 1)]}))
    assert new.structs[A] == [
        Struct(5, 5, STRING, (A, 4), content="dé😀f", raw=words("dé😀f", origin=(A, 4))),
        Struct(10, 1, STRING, (A, 5), content="g", raw=words("g", origin=(A, 5))),
    ]
    assert [struct.content for struct in new.structs[B]] == ["x"]
    assert new.deletes == {A: [(4, 5)]}


def test_a_forged_first_part_does_not_move_the_rest() -> None:
    index = note("abc")
    take(index, update({B: (0, paragraph("xyz", client=B))}))
    for place in ({"parent": "default"}, {"parent": (B, 1)}, {"origin": (B, 3)}, {"origin": (A, 0)}):
        new = rest(index, update({A: (4, [words("cd", **place)])}))
        assert new.structs[A] == [Struct(5, 1, STRING, (A, 4), content="d", raw=words("d", origin=(A, 4)))]


def test_the_rest_of_values_and_of_deletions_is_cut_too() -> None:
    index = Index()
    heading = [node("heading", parent="default"), value(1, parent=(A, 0), key="level"), text_node(parent=(A, 0))]
    take(index, update({A: (0, [*heading, deleted(2, parent=(A, 2))])}))
    assert rest(index, update({A: (3, [deleted(5, parent=(A, 2))])})).structs[A][0].raw == deleted(3, origin=(A, 4))
    again = update({B: (0, [value(2, origin=(A, 1))])})
    take(index, again)
    new = rest(index, update({B: (0, [value(2, 2.5, None, "x", origin=(A, 1))])}))
    assert new.structs[B][0].raw == value(2.5, None, "x", origin=(B, 0))


def test_what_goes_on_where_garbage_was_is_garbage() -> None:
    index = note("abc")
    take(index, update({B: (0, [garbage(3)])}))
    for struct in (words("wxyz", origin=(A, 3)), deleted(4, origin=(A, 3), right=(A, 4)), garbage(4)):
        assert rest(index, update({B: (0, [struct])})).structs[B] == [Struct(3, 1, GC, raw=garbage(1))]


# --- order ---


def test_clients_of_one_update_may_build_on_each_other_either_way() -> None:
    index = Index()
    mine = [*paragraph("ab"), words("c", origin=(B, 0)), words("e", origin=(B, 1))]
    yours = [words("x", origin=(A, 3)), words("y", origin=(A, 4))]
    take(index, update({B: (0, yours), A: (0, mine)}))
    assert index.clocks == {A: 6, B: 2}
    again = Index()
    take(again, update({A: (0, mine), B: (0, yours)}))
    assert again.clocks == index.clocks


def test_known_structs_may_name_what_comes_with_them() -> None:
    index = note("ab")
    take(index, update({A: (0, [*paragraph("ab"), words("c", origin=(B, 0))]), B: (0, [words("x", origin=(A, 3))])}))
    assert index.clocks == {A: 5, B: 1}


def test_structs_that_wait_for_each_other_are_malformed() -> None:
    circle = {
        A: (0, [words("x", origin=(B, 0))]),
        B: (0, [words("y", origin=(C, 0))]),
        C: (0, [words("z", origin=(A, 0))]),
    }
    with pytest.raises(Malformed):
        scanned(Index(), update(circle))


@pytest.mark.parametrize("name", ["origin", "right", "parent"])
def test_a_client_cannot_build_on_its_own_future(name: str) -> None:
    for clock in (8, 9):
        with pytest.raises(Malformed):
            scanned(note(), update({A: (8, [words("x", **{name: (A, clock)}), words("y", origin=(A, 8))])}))


def test_thousands_of_clients_in_one_chain_are_walked() -> None:
    first, last = 1000, 6000
    chain = {client: (0, [words("x", origin=(client + 1, 0))]) for client in range(first, last)}
    index = note()
    take(index, update({**chain, last: (0, [words("end", origin=(A, 2))])}))
    assert len(index.clocks) == last - first + 2


def test_so_many_new_clients_may_come_at_once_and_no_more() -> None:
    limits = replace(LIMITS, update_new_clients_max=2)
    index = note()
    for number, known in ((2, 0), (3, 2)):
        data = update({client: (0, [words("x", origin=(A, 2))]) for client in range(100, 100 + number)})
        found = scan(data, index, NOTE_SCHEMA, limits)
        assert len(found.new_clients) == number - known
        assert found.delta
        index.apply(found.delta)
    with pytest.raises(Malformed, match="new clients"):
        scan(data, note(), NOTE_SCHEMA, limits)


def test_a_right_origin_elsewhere_than_the_left_is_a_forgery() -> None:
    with pytest.raises(Malformed):
        scanned(note(), update({B: (0, [words("x", origin=(A, 3), right=(A, 0))])}))


def test_neighbours_in_two_paragraphs_are_a_forgery() -> None:
    index = note("abc")
    take(index, update({B: (0, paragraph("xyz", client=B))}))
    for place in ({"origin": (A, 3), "right": (B, 3)}, {"origin": (B, 4), "right": (A, 2)}):
        with pytest.raises(Malformed):
            scanned(index, update({C: (0, [words("x", **place)])}))


def test_garbage_beside_the_living_is_a_forgery_and_beside_the_dead_is_not() -> None:
    index = note("abc")
    take(index, update({B: (0, [garbage(2)])}))
    between = {C: (0, [words("x", origin=(A, 3), right=(B, 0))])}
    with pytest.raises(Malformed):
        scanned(index, update(between))
    assert outcome(scanned(index, update(between, {A: [(1, 1)]}))) == "new"
    take(index, update({}, {A: [(0, 5)]}))
    take(index, update(between))


def test_a_value_does_not_stand_before_another() -> None:
    level = [node("heading", parent="default"), value(1, parent=(A, 0), key="level"), value(2, right=(A, 1))]
    with pytest.raises(Malformed):
        scanned(Index(), update({A: (0, level)}))


# --- surrogate pairs ---

EMOJI = "a😀b"  # clocks 2, 3 and 4, 5


@pytest.mark.parametrize(
    "data",
    [
        update({B: (0, [words("x", origin=(A, 3))])}),
        update({B: (0, [words("x", right=(A, 4))])}),
        update({B: (0, [mark("bold", {}, origin=(A, 3), right=(A, 4))])}),
        update({}, {A: [(3, 1)]}),
        update({}, {A: [(4, 1)]}),
        update({}, {A: [(2, 2)]}),
        update({A: (2, [words(EMOJI, parent=(A, 1)), words("c", origin=(A, 3))])}),
    ],
)
def test_nothing_cuts_a_letter_in_two(data: bytes) -> None:
    with pytest.raises(Malformed):
        scanned(note(EMOJI), data)


def test_whole_letters_are_deleted_and_built_on() -> None:
    index = note(EMOJI)
    take(index, update({B: (0, [words("x", origin=(A, 4)), words("y", right=(A, 3))])}, {A: [(3, 2)]}))
    take(index, update({}, {A: [(2, 1), (5, 1)]}))


def test_a_letter_cannot_straddle_what_is_known() -> None:
    with pytest.raises(Malformed):
        scanned(note("abc"), update({A: (3, [words("b😀c", origin=(A, 2))])}))


def test_pairs_of_an_update_count_within_it() -> None:
    with pytest.raises(Malformed):
        scanned(Index(), update({A: (0, [*paragraph(EMOJI), words("x", origin=(A, 3))])}))
    with pytest.raises(Malformed):
        scanned(Index(), update({A: (0, paragraph(EMOJI))}, {A: [(3, 1)]}))


# --- the short way ---

IDS = st.tuples(st.sampled_from([A, B, C, 5]), st.integers(0, 12))
TEXTS = st.text(min_size=0, max_size=4) | st.sampled_from(["a", "é", "你", "😀", "\n"])


@given(
    client=st.sampled_from([A, B, 5]),
    clock=st.integers(0, 12),
    text=TEXTS,
    origin=st.none() | IDS,
    right=st.none() | IDS,
    cut=st.integers(0, 3),
)
def test_the_short_way_says_what_the_long_way_says(
    client: int, clock: int, text: str, origin: tuple[int, int] | None, right: tuple[int, int] | None, cut: int
) -> None:
    index = note(EMOJI + "cd")
    take(
        index,
        update({B: (0, [words("xy", origin=(A, 5)), node("hardBreak", origin=(A, 1)), words("z", right=(B, 1))])}),
    )
    place = {"origin": origin, "right": right} if origin or right else {"parent": (A, 1)}
    data = update({client: (clock, [words(text, **place)])})
    data = data[: len(data) - cut] + b"\x00" * (cut == 3)
    short = scan_keystroke(data, index, LIMITS)
    if short is None:
        return
    assert scan_any(data, index, NOTE_SCHEMA, LIMITS) == short


def test_typing_takes_the_short_way() -> None:
    index = note()
    for number, place in enumerate([{"origin": (A, 7)}, {"right": (A, 2)}, {"origin": (A, 3), "right": (A, 4)}]):
        assert scan_keystroke(update({A: (8 + number, [words("é", **place)])}), index, LIMITS)
        take(index, update({A: (8 + number, [words("é", **place)])}))


@pytest.mark.parametrize(
    "data",
    [
        update({A: (8, [words("x", origin=(A, 0))])}),  # beside a node
        update({A: (8, [words("x", origin=(B, 0))])}),  # beside the unknown
        update({A: (9, [words("x", origin=(A, 7))])}),  # a gap
        update({A: (7, [words("fx", origin=(A, 6))])}),  # partly known
        update({A: (8, [words("😀", origin=(A, 7))])}),
        update({A: (8, [words("x", origin=(A, 7))])}, {A: [(2, 1)]}),
        update({A: (8, [words("x", origin=(A, 7))])}) + b"\x00",
    ],
)
def test_everything_else_takes_the_long_way(data: bytes) -> None:
    assert scan_keystroke(data, note(), LIMITS) is None


def test_an_update_of_a_megabyte_of_garbage_is_refused_at_once() -> None:
    for data in (b"\xff" * 10**6, b"\x01" * 10**6, Writer().var_uint(2**20).raw(b"\x00" * 2**20).finish()):
        with pytest.raises(SyncError):
            scanned(Index(), data)
