"""Guessing is slowed."""

from datetime import UTC, datetime, timedelta

import pytest

from api.throttle import Throttle, address_key

NOW = datetime(2026, 11, 22, tzinfo=UTC)


def test_after_the_last_attempt_one_waits_until_the_first_is_old() -> None:
    throttle = Throttle(attempts_max=2, window_seconds=60)
    assert throttle.take("a", NOW) == 0
    assert throttle.take("a", NOW + timedelta(seconds=10)) == 0
    assert throttle.take("a", NOW + timedelta(seconds=15)) == 45
    assert throttle.take("a", NOW + timedelta(seconds=60)) == 0


def test_waiting_attempts_do_not_prolong_the_wait() -> None:
    throttle = Throttle(attempts_max=1, window_seconds=60)
    throttle.take("a", NOW)
    waits = [throttle.take("a", NOW + timedelta(seconds=second)) for second in range(1, 60)]
    assert waits == list(range(59, 0, -1))
    assert throttle.take("a", NOW + timedelta(seconds=60)) == 0


def test_keys_do_not_share_their_attempts() -> None:
    throttle = Throttle(attempts_max=1, window_seconds=60)
    assert [throttle.take(key, NOW) for key in "abc"] == [0, 0, 0]


def test_success_is_not_held_against_anyone() -> None:
    throttle = Throttle(attempts_max=2, window_seconds=60)
    throttle.take("a", NOW)
    throttle.take("a", NOW)
    throttle.give_back("a")
    assert throttle.take("a", NOW) == 0
    throttle.forget("a")
    assert [throttle.take("a", NOW) for _ in range(3)] == [0, 0, 60]


def test_memory_is_bounded_by_forgetting_who_was_silent_longest() -> None:
    throttle = Throttle(attempts_max=1, window_seconds=60, keys_max=2)
    for key in "abc":
        throttle.take(key, NOW)
    assert throttle.take("c", NOW) == 60
    assert throttle.take("a", NOW) == 0


@pytest.mark.parametrize(
    ("host", "key"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("testclient", "testclient"),
        (None, "unknown"),
    ],
)
def test_an_address_counts_as_the_one_who_holds_it(host: str | None, key: str) -> None:
    assert address_key(host) == key
