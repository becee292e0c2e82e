"""Updates no honest client makes: known killers of Yjs libraries, made by hand, and honest ones broken at random."""

import random
from collections.abc import Iterator, Sequence

from sync.lib0 import Writer

GC, DELETED, JSON, STRING, EMBED, FORMAT, TYPE, ANY, DOC, SKIP = 0, 1, 2, 4, 5, 6, 7, 8, 9, 10
ARRAY, ELEMENT, HOOK, TEXT = 0, 3, 5, 6
CLIENT = 4711
NO_DELETIONS = b"\x00"
LONG = 2**40


def uint(value: int) -> bytes:
    return Writer().var_uint(value).finish()


def string(text: str) -> bytes:
    return Writer().var_string(text).finish()


def update(*structs: bytes, clock: int = 0, deletions: bytes = NO_DELETIONS) -> bytes:
    """One client's structs from a clock on, and a delete set."""
    return b"\x01" + uint(len(structs)) + uint(CLIENT) + uint(clock) + b"".join(structs) + deletions


def at_root(content_kind: int, content: bytes, root: str = "default") -> bytes:
    """An item at the top of a root."""
    return bytes([content_kind]) + uint(1) + string(root) + content


def inside(clock: int, content_kind: int, content: bytes) -> bytes:
    """An item inside our own item at `clock`."""
    return bytes([content_kind]) + uint(0) + uint(CLIENT) + uint(clock) + content


def element(tag: str) -> bytes:
    return uint(ELEMENT) + string(tag)


def nested(depth: int) -> bytes:
    """Elements in elements."""
    deeper = [inside(level, TYPE, element("blockquote")) for level in range(depth)]
    return update(at_root(TYPE, element("blockquote")), *deeper)


def deletions(client: int, *ranges: tuple[int, int]) -> bytes:
    written = b"".join(uint(clock) + uint(length) for clock, length in ranges)
    return b"\x01" + uint(client) + uint(len(ranges)) + written


PARAGRAPH = at_root(TYPE, element("paragraph"))
TEXT_INSIDE = inside(0, TYPE, uint(TEXT))

CRAFTED = {
    "nothing at all": b"",
    "trailing bytes": b"\x00\x00\x00",
    "garbage without length": update(bytes([GC]) + uint(0)),
    "garbage beyond every clock": update(bytes([GC]) + uint(2**31)),
    "garbage as long as numbers go": update(bytes([GC]) + uint(2**53 - 1)),
    "a skip": update(bytes([SKIP]) + uint(3), PARAGRAPH),
    "a skip without length": update(bytes([SKIP]) + uint(0)),
    "deleted content without length": update(at_root(DELETED, uint(0))),
    "JSON content": update(at_root(JSON, uint(1) + string("{}"))),
    "JSON content, endless": update(at_root(JSON, uint(LONG))),
    "text at the root": update(at_root(STRING, string("loose"))),
    "an empty string": update(PARAGRAPH, TEXT_INSIDE, inside(1, STRING, string(""))),
    "half a surrogate pair": update(PARAGRAPH, TEXT_INSIDE, inside(1, STRING, b"\x03\xed\xa0\x80")),
    "a string longer than the frame": update(PARAGRAPH, TEXT_INSIDE, inside(1, STRING, uint(LONG) + b"x")),
    "another root": update(at_root(TYPE, element("paragraph"), root="elsewhere")),
    "a script": update(at_root(TYPE, element("script"))),
    "an array": update(at_root(TYPE, uint(ARRAY))),
    "a hook": update(at_root(TYPE, uint(HOOK) + string("paragraph"))),
    "a type nobody knows": update(at_root(TYPE, uint(99))),
    "a document inside": update(at_root(DOC, string("guid") + b"\x76\x00")),
    "an embed": update(PARAGRAPH, TEXT_INSIDE, inside(1, EMBED, string('{"image": "x"}'))),
    "a mark nobody knows": update(PARAGRAPH, TEXT_INSIDE, inside(1, FORMAT, string("onclick") + string('"x"'))),
    "a link that runs a script": update(
        PARAGRAPH, TEXT_INSIDE, inside(1, FORMAT, string("link") + string('{"href": "javascript:alert(1)"}'))
    ),
    "values nested without end": update(at_root(ANY, uint(1) + b"\x75\x01" * 5000 + b"\x7e")),
    "elements nested without end": nested(2000),
    "its own parent": update(inside(0, TYPE, element("paragraph"))),
    "a parent still to come": update(inside(5, TYPE, element("paragraph"))),
    "a clock beyond every clock": update(PARAGRAPH, clock=2**52),
    "more structs than bytes": b"\x01" + uint(LONG) + uint(CLIENT) + uint(0) + NO_DELETIONS,
    "more clients than bytes": uint(LONG) + b"\x00",
    "more deletions than bytes": b"\x00\x01" + uint(CLIENT) + uint(LONG),
    "an endless deletion": b"\x00" + deletions(CLIENT, (0, LONG)),
    "a deletion of nothing": b"\x00" + deletions(CLIENT, (0, 0)),
    "a deletion of what nobody has": b"\x00" + deletions(CLIENT + 1, (7, 9)),
    "numbers of too many bytes": b"\xff" * 12,
    "out of order": bytes.fromhex("01016503c46501650202616200"),
    "built on what is missing": bytes.fromhex("010165052801016d026b31017d940100"),
}


def mutations(honest: Sequence[bytes], chance: random.Random) -> Iterator[bytes]:
    """Honest updates, each broken in one to three places; without end."""
    while True:
        broken = bytearray(chance.choice(honest))
        for _ in range(chance.randint(1, 3)):
            chance.choice([flip, cut, repeat, stretch, splice])(broken, honest, chance)
        yield bytes(broken)


def flip(broken: bytearray, honest: Sequence[bytes], chance: random.Random) -> None:
    """One bit."""
    if broken:
        broken[chance.randrange(len(broken))] ^= 1 << chance.randrange(8)


def cut(broken: bytearray, honest: Sequence[bytes], chance: random.Random) -> None:
    """Some bytes gone."""
    start = chance.randrange(len(broken) + 1)
    del broken[start : start + chance.randint(1, 4)]


def repeat(broken: bytearray, honest: Sequence[bytes], chance: random.Random) -> None:
    """Some bytes twice."""
    start = chance.randrange(len(broken) + 1)
    broken[start:start] = broken[start : start + chance.randint(1, 6)]


def stretch(broken: bytearray, honest: Sequence[bytes], chance: random.Random) -> None:
    """A number much greater than it was."""
    at = chance.randrange(len(broken) + 1)
    broken[at : at + 1] = uint(chance.choice([0, 127, 2**14, 2**31 - 1, 2**31, 2**53 - 1]))


def splice(broken: bytearray, honest: Sequence[bytes], chance: random.Random) -> None:
    """The rest of another one."""
    other = chance.choice(honest)
    broken[chance.randrange(len(broken) + 1) :] = other[chance.randrange(len(other) + 1) :]
