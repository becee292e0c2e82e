"""The writing of "ann" is "ann0 ann1 ann2 …", as in tests/clients/people.mjs: any gap, doubling or disorder shows."""

from functools import cache


@cache
def counting(name: str, length: int) -> str:
    """The first `length` characters that `name` types."""
    return "".join(f"{name}{word} " for word in range(length))[:length]


def line_of(name: str, text: str) -> str:
    """The line of a note that `name` writes; empty when it is not there, an assertion when it is there twice.

    It may end within the name itself: names differ from their first letter on.
    """
    lines = [line for line in text.split("\n") if line and (line.startswith(name) or name.startswith(line))]
    assert len(lines) <= 1, f"{name} has {len(lines)} lines: {lines}"
    return "".join(lines)


def letters_kept(name: str, text: str) -> int:
    """How far `name` got in a note; asserts that nothing before that is missing, doubled or out of order."""
    line = line_of(name, text)
    assert line == counting(name, len(line))
    return len(line)
