"""Slowing down whoever guesses: so many attempts under one key in a while, then a wait.

Sans-I/O: the caller brings the time. An attempt counts when it begins, so that many at once do not slip through, and
is forgotten when it succeeds. Kept in this process's memory, with the longest silent keys dropped first.
"""

from __future__ import annotations

import math
from collections import OrderedDict
from datetime import datetime, timedelta
from ipaddress import IPv6Address, ip_address


class Throttle:
    """At most `attempts_max` under one key within `window_seconds`."""

    def __init__(self, attempts_max: int, window_seconds: int, keys_max: int = 10_000) -> None:
        self._attempts_max = attempts_max
        self._window = timedelta(seconds=window_seconds)
        self._keys_max = keys_max
        self._attempts: OrderedDict[str, list[datetime]] = OrderedDict()

    def take(self, key: str, now: datetime) -> int:
        """Count an attempt: 0 when it may go on, else the seconds to wait (and then it is not counted)."""
        recent = [at for at in self._attempts.get(key, ()) if at > now - self._window]
        if len(recent) >= self._attempts_max:
            self._attempts[key] = recent
            return max(1, math.ceil((recent[0] + self._window - now).total_seconds()))
        self._attempts[key] = [*recent, now]
        self._attempts.move_to_end(key)
        while len(self._attempts) > self._keys_max:
            self._attempts.popitem(last=False)
        return 0

    def give_back(self, key: str) -> None:
        """The newest attempt under this key was an honest one: as if it had not been."""
        if attempts := self._attempts.get(key):
            attempts.pop()

    def forget(self, key: str) -> None:
        """Whoever holds this key has shown who they are: forget the attempts before."""
        self._attempts.pop(key, None)


def address_key(host: str | None) -> str:
    """The key of an address: an IPv6 one counts by its /64, since whoever has one address there has all of them."""
    try:
        address = ip_address(host or "")
    except ValueError:
        return host or "unknown"
    if not isinstance(address, IPv6Address):
        return str(address)
    return str(address.ipv4_mapped or IPv6Address(int(address) >> 64 << 64))
