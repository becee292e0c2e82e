from __future__ import annotations

import json
from dataclasses import replace

import pytest

from sync.awareness import Awareness, read_entries
from sync.errors import Malformed
from sync.lib0 import Writer
from sync.limits import Limits

LEA = {"id": "usr_lea", "name": "Léa", "color": "#123456"}
TOM = {"id": "usr_tom", "name": "Tom", "color": "#654321"}


def entries(*items: tuple[int, int, object]) -> bytes:
    writer = Writer().var_uint(len(items))
    for client, clock, state in items:
        writer.var_uint(client).var_uint(clock).var_string(json.dumps(state))
    return writer.finish()


def present(awareness: Awareness) -> dict[int, object]:
    encoded = awareness.encode()
    return {client: json.loads(state) for client, _, state in read_entries(encoded)} if encoded else {}


def test_the_server_stamps_who_it_is() -> None:
    awareness = Awareness(Limits())
    awareness.receive(entries((1, 1, {"user": {"name": "The boss"}, "cursor": 3})), owner="a", user=LEA, now=0)
    assert present(awareness) == {1: {"user": LEA, "cursor": 3}}


def test_a_session_speaks_for_one_client_only() -> None:
    awareness = Awareness(Limits())
    awareness.receive(entries((1, 1, {})), owner="a", user=LEA, now=0)
    assert awareness.receive(entries((2, 1, {}), (3, 1, {})), owner="a", user=LEA, now=0) == set()
    assert list(present(awareness)) == [1]


def test_nobody_removes_or_takes_over_another_ones_entry() -> None:
    awareness = Awareness(Limits())
    awareness.receive(entries((1, 1, {"cursor": 1})), owner="a", user=LEA, now=0)
    assert awareness.receive(entries((1, 9, None)), owner="b", user=TOM, now=0) == set()
    assert awareness.receive(entries((1, 9, {"cursor": 2})), owner="b", user=TOM, now=0) == set()
    assert awareness.receive(entries((1, 1, None)), owner="c", user=LEA, now=0) == set()
    assert present(awareness) == {1: {"user": LEA, "cursor": 1}}


def test_a_late_or_doubled_entry_changes_nothing() -> None:
    awareness = Awareness(Limits())
    awareness.receive(entries((1, 5, {"cursor": 5})), owner="a", user=LEA, now=0)
    for clock in (5, 4):
        assert awareness.receive(entries((1, clock, {"cursor": 0})), owner="a", user=LEA, now=0) == set()


def test_who_comes_back_on_a_new_socket_is_there_again() -> None:
    awareness = Awareness(Limits())
    awareness.receive(entries((1, 5, {})), owner="old", user=LEA, now=0)
    assert awareness.leave("old") == {1}
    assert present(awareness) == {}
    assert awareness.receive(entries((1, 5, {})), owner="new", user=LEA, now=1) == {1}
    assert awareness.leave("old") == set()
    assert list(present(awareness)) == [1]


def test_an_entry_that_nobody_renews_ends_and_is_forgotten() -> None:
    awareness = Awareness(Limits())
    awareness.receive(entries((1, 1, {})), owner="a", user=LEA, now=0)
    assert awareness.expire(29) == set()
    assert awareness.expire(31) == {1}
    assert read_entries(awareness.encode([1]) or b"") == [(1, 1, "null")]
    awareness.expire(70)
    assert not awareness


def test_too_large_a_state_is_not_shown() -> None:
    awareness = Awareness(replace(Limits(), awareness_bytes_max=50))
    assert awareness.receive(entries((1, 1, {"x": "y" * 60})), owner="a", user=LEA, now=0) == set()


@pytest.mark.parametrize("bad", [b"\x01", b"\x01\x01\x01\x05{not", b"\x00\x00", b"\x01\x01\x01\x02{]"])
def test_what_is_not_an_awareness_message_is_malformed(bad: bytes) -> None:
    with pytest.raises(Malformed):
        Awareness(Limits()).receive(bad, owner="a", user=LEA, now=0)


@pytest.mark.parametrize(
    "state", ['{"x":NaN}', '{"x":1e999}', '{"x":-Infinity}', '{"x":' + "[" * 1000 + "]" * 1000 + "}"]
)
def test_what_javascript_cannot_read_is_shown_to_nobody(state: str) -> None:
    awareness = Awareness(Limits())
    entry = Writer().var_uint(1).var_uint(1).var_uint(1).var_string(state).finish()
    try:
        awareness.receive(entry, owner="a", user=LEA, now=0)
    except Malformed:
        assert not awareness
    else:
        assert "NaN" not in str(awareness.encode())
        assert "Infinity" not in str(awareness.encode())


def test_half_an_emoji_stays_escaped() -> None:
    awareness = Awareness(Limits())
    entry = Writer().var_uint(1).var_uint(1).var_uint(1).var_string('{"x":"\\ud83d"}').finish()
    awareness.receive(entry, owner="a", user=LEA, now=0)
    assert b"\\ud83d" in (awareness.encode() or b"")
