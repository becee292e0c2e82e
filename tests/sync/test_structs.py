"""The bytes of an update: what Yjs writes is read, what it never writes is refused."""

from dataclasses import replace

import pytest

from sync.errors import Malformed, SchemaBroken
from sync.kinds import TEXT
from sync.limits import Limits
from sync.structs import ANY, DELETED, FORMAT, GC, SKIP, STRING, TYPE, Struct, read_update, write_update
from tests.sync.updates import (
    EMPTY,
    A,
    B,
    C,
    deleted,
    garbage,
    mark,
    node,
    raw_mark,
    skip,
    text_node,
    update,
    value,
    words,
)

LIMITS = Limits()
ROOT = {"parent": "default"}


def test_every_kind_of_struct_is_read() -> None:
    own = [
        node("paragraph", parent="default"),
        text_node(parent=(A, 0)),
        words("né😀", parent=(A, 1)),
        mark("bold", {}, origin=(A, 3), right=(C, 9)),
        value("x", None, parent=(A, 0), key="level"),
        deleted(7, right=(C, 1)),
        garbage(3),
        skip(2),
        words("z", origin=(A, 2)),
    ]
    read = read_update(update({A: (0, own)}, {B: [(4, 2), (9, 1)]}), LIMITS)
    assert b"".join(struct.raw for struct in read.structs[A]) == b"".join(own)
    assert [struct._replace(raw=b"") for struct in read.structs[A]] == [
        Struct(0, 1, TYPE, parent="default", content="paragraph"),
        Struct(1, 1, TYPE, parent=(A, 0), content=TEXT),
        Struct(2, 4, STRING, parent=(A, 1), content="né😀"),
        Struct(6, 1, FORMAT, origin=(A, 3), right=(C, 9), content=("bold", {})),
        Struct(7, 2, ANY, parent=(A, 0), key="level", content=["x", None]),
        Struct(9, 7, DELETED, right=(C, 1)),
        Struct(16, 3, GC),
        Struct(19, 2, SKIP),
        Struct(21, 1, STRING, origin=(A, 2), content="z"),
    ]
    assert read.deletes == {B: [(4, 6), (9, 10)]}


def test_an_update_is_written_as_it_was_read() -> None:
    data = update(
        {C: (7, [words("a", origin=(A, 1)), garbage(300)]), A: (0, [deleted(2, **ROOT)])}, {B: [(4, 2), (1, 9)]}
    )
    assert write_update(read_update(data, LIMITS)) == data


def test_an_empty_update_says_nothing() -> None:
    read = read_update(EMPTY, LIMITS)
    assert (read.structs, read.deletes) == ({}, {})


HOLE = words("x", **ROOT)

MALFORMED = {
    "no bytes": b"",
    "bytes left over": EMPTY + b"\x00",
    "a client twice": update({A: (0, [garbage(1)])})[:-1].replace(b"\x01", b"\x02", 1)
    + update({A: (1, [garbage(1)])})[1:],
    "a client without structs": update({A: (0, [])}),
    "a client twice in the delete set": b"\x00\x02" + update({}, {A: [(0, 1)]})[2:] * 2,
    "more structs than bytes": b"\x01\xff\xff\xff\x7f\x0b\x00\x00",
    "more clients than bytes": b"\xff\x7f\x00",
    "more deletions than bytes": b"\x00\x01\x0b\xff\xff\x7f",
    "empty text": update({A: (0, [words("", **ROOT)])}),
    "garbage of length 0": update({A: (0, [garbage(0)])}),
    "deleted content of length 0": update({A: (0, [deleted(0, **ROOT)])}),
    "no values": update({A: (0, [value(parent="default", key="a")])}),
    "a skip of length 0": update({A: (0, [HOLE, skip(0), HOLE])}),
    "a skip before everything": update({A: (0, [skip(1), HOLE])}),
    "a skip after everything": update({A: (0, [HOLE, skip(1)])}),
    "a deletion of length 0": update({}, {A: [(3, 0)]}),
    "a clock past 2^31": update({A: (2**31 - 1, [HOLE])}),
    "garbage past 2^31": update({A: (5, [garbage(2**31 - 5)])}),
    "deletions past 2^31": update({}, {A: [(1, 2**31 - 1)]}),
    "garbage with an origin": update({A: (1, [b"\x80\x0b\x00\x01"])}),
    "content of type 11": update({A: (0, [b"\x8b\x0b\x00\x01"])}),
    "content of type 0x14": update({A: (0, [b"\x14\x01\x07default\x01x"])}),
    "a node of an unknown type": update({A: (0, [b"\x07\x01\x07default\x09"])}),
    "a parent of neither kind": update({A: (0, [b"\x04\x02\x0b\x00\x01x"])}),
    "text that is not UTF-8": update({A: (0, [b"\x04\x01\x07default\x03\xed\xa0\x80"])}),
    "a value nested too deep": update({A: (0, [b"\x08\x01\x01x\x01" + b"\x75\x01" * 17 + b"\x7e"])}),
}


@pytest.mark.parametrize("data", MALFORMED.values(), ids=MALFORMED)
def test_what_no_yjs_writes_is_malformed(data: bytes) -> None:
    with pytest.raises(Malformed):
        read_update(data, LIMITS)


def test_an_update_names_so_many_clients_and_no_more() -> None:
    limits = replace(LIMITS, update_clients_max=3)
    for number in (3, 4):
        structs = {client: (0, [HOLE]) for client in range(number)}
        deletes = {client: [(0, 1)] for client in range(number)}
        for data in (update(structs), update({}, deletes)):
            if number == 3:
                read_update(data, limits)
            else:
                with pytest.raises(Malformed, match="clients"):
                    read_update(data, limits)


FOREIGN = {
    "JSON": b"\x02\x01\x07default\x01\x02{}",
    "binary": b"\x03\x01\x07default\x01\x00",
    "an embed": b"\x05\x01\x07default\x02{}",
    "a document": b"\x09\x01\x07default\x01a\x76\x00",
    "an array": b"\x07\x01\x07default\x00",
    "a map": b"\x07\x01\x07default\x01",
    "a plain text": b"\x07\x01\x07default\x02",
    "a fragment": b"\x07\x01\x07default\x04",
    "a hook": b"\x07\x01\x07default\x05\x01x",
    "an element that poses as text": node(TEXT, **ROOT),
}


@pytest.mark.parametrize("struct", FOREIGN.values(), ids=FOREIGN)
def test_contents_that_no_document_of_ours_holds_break_the_schema(struct: bytes) -> None:
    with pytest.raises(SchemaBroken):
        read_update(update({A: (0, [struct])}), LIMITS)


@pytest.mark.parametrize(
    "json",
    ["", "{", "NaN", "[Infinity]", "1e999", "1" * 400, "9" * 5000, '"\\ud800"', "[" * 100_000, "\ufeff{}", "{'a':1}"],
)
def test_a_format_that_other_readers_would_choke_on_is_malformed(json: str) -> None:
    with pytest.raises(Malformed):
        read_update(update({A: (0, [raw_mark("bold", json, **ROOT)])}), LIMITS)
