"""The proxy's Redis: replies pass as they are wherever they are cut, messages as untrue as was asked for."""

import random

import pytest

from tests.rig.redis_lies import Lies, Rates, end_of_reply

CHANNEL = b"carnet:document:note/1"


def message(body: bytes, kind: bytes = b">") -> bytes:
    return kind + b"3\r\n$7\r\nmessage\r\n$%d\r\n%s\r\n$%d\r\n%s\r\n" % (len(CHANNEL), CHANNEL, len(body), body)


REPLIES = [
    b"+OK\r\n",
    b"$-1\r\n",
    b"$0\r\n\r\n",
    b"*-1\r\n",
    b":42\r\n",
    b">3\r\n$9\r\nsubscribe\r\n$1\r\nx\r\n:1\r\n",
    b"%2\r\n+a\r\n:1\r\n+b\r\n*2\r\n$1\r\nx\r\n_\r\n",
    message(b"one\r\n+two", b"*"),
    message(b"\0" * 300),
    b"*2\r\n$4\r\npong\r\n$0\r\n\r\n",
]


@pytest.mark.parametrize("reply", REPLIES)
def test_a_reply_ends_where_it_ends_and_not_before(reply: bytes) -> None:
    assert end_of_reply(reply + b"+next\r\n", 0) == len(reply)
    assert not any(end_of_reply(reply[:cut], 0) for cut in range(len(reply)))


def test_the_truth_passes_byte_for_byte_wherever_it_is_cut(chance: random.Random) -> None:
    stream = b"".join(REPLIES * 3)
    for _ in range(200):
        lies, cuts = Lies(chance, Rates()), sorted(chance.sample(range(len(stream)), 8))
        parts = zip([0, *cuts], [*cuts, len(stream)], strict=True)
        assert b"".join(lies.feed(stream[start:end]) for start, end in parts) == stream


def told(rates: Rates, chance: random.Random) -> list[int]:
    """The numbers of 2,000 messages, as they come."""
    lies = Lies(chance, rates)
    stream = b"".join(lies.feed(message(b"#%d" % n) + b"+PONG\r\n") for n in range(2000))
    assert stream.count(b"+PONG\r\n") == 2000
    return [int(part.split(b"\r\n")[0]) for part in stream.split(b"\r\n#")[1:]]


def test_messages_are_lost_doubled_and_late_as_often_as_was_asked_for(chance: random.Random) -> None:
    lost = told(Rates(lose=0.3), chance)
    assert lost == sorted(set(lost))
    assert 1250 < len(lost) < 1550
    doubled = told(Rates(double=0.3), chance)
    assert doubled == sorted(doubled)
    assert 2450 < len(doubled) < 2750
    late = told(Rates(reorder=0.3), chance)
    assert late != sorted(late)
    assert len(set(late)) == len(late) > 1980


def test_the_same_seed_tells_the_same() -> None:
    rates = Rates(0.3, 0.3, 0.3)
    assert told(rates, random.Random(7)) == told(rates, random.Random(7))
