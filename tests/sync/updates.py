"""Yjs updates made by hand, struct by struct; honest or not is up to the test."""

from collections.abc import Mapping, Sequence
from json import dumps
from typing import Any

from sync.lib0 import Writer

Id = tuple[int, int]
Place = Mapping[str, Any]
"""Where an item says it stands: `origin`, `right`, `parent` (an Id, or a root's name) and `key`."""

Deletes = Mapping[int, Sequence[tuple[int, int]]]

EMPTY = b"\x00\x00"
A, B, C = 11, 3_000_000_022, 2**53 - 1


def update(structs: Mapping[int, tuple[int, Sequence[bytes]]] | None = None, deletes: Deletes | None = None) -> bytes:
    """client → (clock of the first, structs), and client → [(clock, length)]."""
    writer = Writer().var_uint(len(structs or {}))
    for client, (clock, own) in (structs or {}).items():
        writer.var_uint(len(own)).var_uint(client).var_uint(clock).raw(b"".join(own))
    writer.var_uint(len(deletes or {}))
    for client, ranges in (deletes or {}).items():
        writer.var_uint(client).var_uint(len(ranges))
        for deleted, length in ranges:
            writer.var_uint(deleted).var_uint(length)
    return writer.finish()


def item(kind: int, content: bytes, place: Place) -> bytes:
    origin, right, parent, key = (place.get(name) for name in ("origin", "right", "parent", "key"))
    flags = (0x80 if origin else 0) | (0x40 if right else 0) | (0x20 if key is not None else 0)
    writer = Writer().byte(kind | flags)
    for named in (origin, right):
        if named:
            writer.var_uint(named[0]).var_uint(named[1])
    if not (origin or right):
        if isinstance(parent, str):
            writer.var_uint(1).var_string(parent)
        else:
            assert parent is not None, "an item without neighbours names its parent"
            writer.var_uint(0).var_uint(parent[0]).var_uint(parent[1])
        if key is not None:
            writer.var_string(key)
    return writer.raw(content).finish()


def node(tag: str, **place: Any) -> bytes:
    return item(7, Writer().var_uint(3).var_string(tag).finish(), place)


def text_node(**place: Any) -> bytes:
    return item(7, Writer().var_uint(6).finish(), place)


def words(text: str, **place: Any) -> bytes:
    return item(4, Writer().var_string(text).finish(), place)


def mark(name: str, value: Any, **place: Any) -> bytes:
    return raw_mark(name, dumps(value), **place)


def raw_mark(name: str, json: str, **place: Any) -> bytes:
    return item(6, Writer().var_string(name).var_string(json).finish(), place)


def value(*values: Any, **place: Any) -> bytes:
    writer = Writer().var_uint(len(values))
    for one in values:
        writer.any(one)
    return item(8, writer.finish(), place)


def deleted(length: int, **place: Any) -> bytes:
    return item(1, Writer().var_uint(length).finish(), place)


def garbage(length: int) -> bytes:
    return Writer().byte(0).var_uint(length).finish()


def skip(length: int) -> bytes:
    return Writer().byte(10).var_uint(length).finish()


def paragraph(text: str, client: int = A, clock: int = 0) -> list[bytes]:
    """A first paragraph: the element, its XmlText, and the words from `clock` + 2 on."""
    return [
        node("paragraph", parent="default"),
        text_node(parent=(client, clock)),
        words(text, parent=(client, clock + 1)),
    ]
