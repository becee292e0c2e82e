"""The index: ranges that merge, tracks that are short, deltas that may come late or twice."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync.index import NOWHERE, Delta, Index, OtherFormat, Place, Ranges, Track
from sync.kinds import TEXT
from sync.lib0 import read_vector

SPANS = st.lists(st.tuples(st.integers(0, 60), st.integers(1, 12)), max_size=25)
NODE = Place("default", "default", 1, None, "paragraph")
WORDS = Place((7, 1), TEXT, 3)
PLACES = st.lists(
    st.tuples(st.integers(1, 4), st.sampled_from([WORDS, NOWHERE, NODE, Place((2**53 - 1, 0), "heading", 2, "level")])),
    min_size=1,
    max_size=20,
)


@given(SPANS)
def test_ranges_hold_what_was_put_in_sorted_and_merged(spans: list[tuple[int, int]]) -> None:
    ranges, clocks = Ranges(), set[int]()
    for start, length in spans:
        ranges.add(start, start + length)
        clocks |= set(range(start, start + length))
    assert {clock for start, end in ranges for clock in range(start, end)} == clocks
    assert all(end < start for end, start in zip(ranges.ends, ranges.starts[1:], strict=False))
    assert all(
        ranges.cover(start, end) == (set(range(start, end)) <= clocks)
        for start in range(70)
        for end in (start + 1, start + 5)
    )


@given(SPANS, SPANS)
def test_ranges_are_united_as_sets_are(some: list[tuple[int, int]], others: list[tuple[int, int]]) -> None:
    spans = [[(start, start + length) for start, length in these] for these in (some, others)]
    assert Ranges.of(spans[0]) | Ranges.of(spans[1]) == Ranges.of(spans[0] + spans[1])
    apart = [(start, start + 1) for start in range(0, 200, 2)]
    assert Ranges.of(apart) | Ranges.of(spans[0] + apart[:60]) == Ranges.of(apart + spans[0])


def test_a_million_ranges_in_the_worst_order_are_taken_in_seconds() -> None:
    index = Index({7: 2**31 - 1})
    for parity in (0, 2):
        apart = Ranges.of((clock, clock + 1) for clock in range(2_000_000 + parity, 0, -4))
        index.apply(Delta({}, {7: apart}, 0))
    assert len(index.deleted[7]) > 999_000


@given(PLACES)
def test_a_track_knows_every_place_that_was_appended(runs: list[tuple[int, Place]]) -> None:
    track, expected = Track(), []
    for length, place in runs:
        track.append(len(expected), place)
        expected += [place] * length
    assert [track[clock] for clock in range(len(expected))] == expected
    assert len(track.starts) <= len(runs)


@given(PLACES, st.integers(0, 40))
def test_a_track_goes_on_with_the_unknown_part_of_another(runs: list[tuple[int, Place]], known: int) -> None:
    later, end = Track(), 0
    for length, place in runs:
        later.append(end, place)
        end += length
    known = min(known, end - 1)
    later.lows.extend(range(0, end, 3))
    track = Track()
    track.append(0, NOWHERE)
    track.extend(later, known)
    assert all(track[clock] == NOWHERE for clock in range(known))
    assert all(track[clock] == later[clock] for clock in range(known, end + 5))
    assert list(track.lows) == [low for low in range(0, end, 3) if low >= known]


def test_a_delta_may_come_twice_or_overlap() -> None:
    index = Index()
    places = Track()
    places.append(0, NODE)
    places.append(1, WORDS)
    first = Delta({7: (0, 3, places)}, {7: Ranges.of([(1, 2)])}, 10)
    index.apply(first)
    once = index.dump()
    index.apply(first)
    index.size_bytes -= 10
    assert index.dump() == once
    index.apply(Delta({7: (2, 9, None)}, {}, 5))
    assert index.clocks == {7: 9}
    assert index.tracks[7][8] == WORDS


def test_a_delta_that_leaves_something_out_is_a_bug() -> None:
    with pytest.raises(AssertionError):
        Index().apply(Delta({7: (2, 3, None)}, {}, 1))


def test_what_goes_on_where_the_last_item_stands_costs_nothing() -> None:
    index, first = Index(), Track()
    first.append(0, NODE)
    first.append(1, WORDS)
    index.apply(Delta({7: (0, 2, first)}, {}, 1))
    size = len(index.dump())
    for clock in range(2, 9):
        index.apply(Delta({7: (clock, clock + 1, None)}, {}, 0))
    assert (index.tracks[7][8], len(index.dump())) == (WORDS, size)


@given(PLACES, SPANS, st.integers(0, 2**53 - 1))
def test_an_index_is_loaded_as_it_was_dumped(
    runs: list[tuple[int, Place]], spans: list[tuple[int, int]], client: int
) -> None:
    track, end = Track(), 0
    for length, place in runs:
        track.append(end, place)
        end += length
    track.lows.extend(range(1, end, 2))
    index = Index()
    index.apply(Delta({client: (0, end + 1, track)}, {client: Ranges.of((s, s + n) for s, n in spans)}, 99))
    loaded = Index.load(index.dump())
    assert loaded.dump() == index.dump()
    assert read_vector(loaded.vector()) == {client: end + 1}
    assert loaded == index
    assert loaded.size_bytes == 99


@pytest.mark.parametrize("dump", [b"[0,0,{},[],{},{}]", b"[0]", b'[0,{"of":"whatever"},1,2,3,4,5,6,7]'])
def test_a_dump_of_another_version_is_not_misread(dump: bytes) -> None:
    with pytest.raises(OtherFormat, match="format 0"):
        Index.load(dump)


def test_deletions_are_an_update_without_structs() -> None:
    index = Index()
    assert index.deletions() == b"\x00\x00"
    index.apply(
        Delta({5: (0, 9, None), 300: (0, 2, None)}, {5: Ranges.of([(4, 6), (1, 2)]), 300: Ranges.of([(0, 1)])}, 1)
    )
    assert index.deletions().hex() == "0002ac02010001050201010402"
