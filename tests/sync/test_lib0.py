"""lib0 both ways: what Yjs writes is read, what is written is what Yjs writes, and nothing else is taken."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync.errors import Malformed
from sync.lib0 import UINT_MAX, Reader, Writer, read_vector, write_vector

UINTS = st.integers(0, UINT_MAX)
ANYS = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(1 - 2**31, 2**31 - 1)
    | st.floats(allow_nan=False)
    | st.text()
    | st.binary(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=12,
)


@pytest.mark.parametrize(("number", "encoded"), [(0, "00"), (127, "7f"), (128, "8001"), (300, "ac02")])
def test_unsigned_numbers_are_the_bytes_of_the_protocol(number: int, encoded: str) -> None:
    assert Writer().var_uint(number).finish().hex() == encoded
    assert Reader(bytes.fromhex(encoded)).var_uint() == number


@pytest.mark.parametrize(("number", "encoded"), [(0, "00"), (-1, "41"), (63, "3f"), (64, "8001"), (-64, "c001")])
def test_signed_numbers_are_the_bytes_of_the_protocol(number: int, encoded: str) -> None:
    assert Writer().var_int(number).finish().hex() == encoded
    assert Reader(bytes.fromhex(encoded)).var_int() == number


@given(UINTS, st.integers(-UINT_MAX, UINT_MAX), st.text(), st.binary())
def test_what_is_written_is_read_again(unsigned: int, signed: int, text: str, blob: bytes) -> None:
    data = Writer().var_uint(unsigned).var_int(signed).var_string(text).var_bytes(blob).finish()
    reader = Reader(data)
    assert (reader.var_uint(), reader.var_int(), reader.var_string(), reader.var_bytes()) == (
        unsigned,
        signed,
        text,
        blob,
    )
    reader.finish()


@given(ANYS)
def test_any_value_is_read_again(value: object) -> None:
    reader = Reader(Writer().any(value).finish())
    assert reader.any(depth_max=50) == value
    reader.finish()


def test_any_reads_the_types_that_only_javascript_has() -> None:
    assert Reader(b"\x7f").any() is None
    assert Reader(bytes.fromhex("7c3fc00000")).any() == 1.5
    assert Reader(bytes.fromhex("7affffffffffffffff")).any() == -1
    assert math.isnan(Reader(bytes.fromhex("7b7ff8000000000000")).any())
    assert Reader(b"\x7d\x40").any() == 0


@pytest.mark.parametrize("encoded", ["", "80", "ffffffffffffff7f", "808080808080808001", "ffffffffffffffffffff01"])
def test_a_number_too_long_too_big_or_cut_is_refused(encoded: str) -> None:
    with pytest.raises(Malformed):
        Reader(bytes.fromhex(encoded)).var_uint()
    with pytest.raises(Malformed):
        Reader(bytes.fromhex(encoded)).var_int()


@pytest.mark.parametrize("encoded", ["01", "0480808080", "01ff", "03eda080", "02c080"])
def test_a_string_cut_or_not_utf8_is_refused(encoded: str) -> None:
    with pytest.raises(Malformed):
        Reader(bytes.fromhex(encoded)).var_string()


@pytest.mark.parametrize("encoded", ["", "73", "00", "77", "75ff01", "76ff01", "7b00", "7501" * 17 + "7e"])
def test_an_any_cut_unknown_or_announcing_too_much_is_refused(encoded: str) -> None:
    with pytest.raises(Malformed):
        Reader(bytes.fromhex(encoded)).any()


def test_any_stops_at_the_depth_it_is_given() -> None:
    nested = Writer().any([[[]]]).finish()
    assert Reader(nested).any(depth_max=3) == [[[]]]
    with pytest.raises(Malformed):
        Reader(nested).any(depth_max=2)


@given(st.binary(max_size=64))
def test_bytes_of_any_kind_end_in_a_value_or_malformed(data: bytes) -> None:
    for read in (Reader.var_uint, Reader.var_int, Reader.var_string, Reader.var_bytes, Reader.any, Reader.count):
        try:
            read(Reader(data))
        except Malformed:
            continue


def test_bytes_left_over_are_refused() -> None:
    reader = Reader(b"\x00\x00")
    reader.byte()
    with pytest.raises(Malformed):
        reader.finish()


@given(st.dictionaries(UINTS, UINTS, max_size=20))
def test_state_vectors_are_read_again(vector: dict[int, int]) -> None:
    assert read_vector(write_vector(vector)) == vector


def test_an_empty_state_vector_is_one_zero_byte() -> None:
    assert write_vector({}) == b"\x00"


@pytest.mark.parametrize("encoded", ["", "01", "0101", "020101", "ff7f0101", "0201020103", "010102ff"])
def test_a_vector_cut_forged_repeating_or_too_long_is_refused(encoded: str) -> None:
    with pytest.raises(Malformed):
        read_vector(bytes.fromhex(encoded))
