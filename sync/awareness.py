"""Who is here: the presence entries of one document. Plain data, no clock: `now` is given, `expire(now)` is called.

    entries = varUint(n) • n × (varUint(client) • varUint(clock) • varString(json | "null"))

An entry is taken when its clock is greater than the known one, or equal with `null` for a present client
(y-protocols 1.0 awareness.js). A session speaks for one client id and only for its own: entries for others are normal
here (stock clients re-send and time out others) and dropped in silence. The server stamps `user`.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Hashable, Mapping
from dataclasses import dataclass

from sync.errors import Malformed
from sync.lib0 import Reader, Writer
from sync.limits import Limits


@dataclass(slots=True)
class _Entry:
    clock: int
    state: str  # JSON, "null" once gone
    owner: Hashable
    user_id: str
    seen: float


class Awareness:
    """The entries of one document. `owner` is a session's identity, `None` for entries of other nodes."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._entries: dict[int, _Entry] = {}

    def receive(self, entries: bytes, *, owner: Hashable, user: Mapping[str, str], now: float) -> set[int]:
        """Take what a session says of itself; the client ids that changed. Raises Malformed.

        Safe when late, twice or out of order: clocks only rise.
        """
        changed: set[int] = set()
        mine = next((c for c, e in self._entries.items() if e.owner == owner and e.state != "null"), None)
        for client, clock, state in read_entries(entries):
            if len(state) > self._limits.awareness_bytes_max or mine not in (None, client):
                continue
            known = self._entries.get(client)
            if known and known.owner not in (owner, None) and known.user_id != user.get("id", ""):
                continue
            stamped = _stamp(state, user)
            if stamped is None or not _fresh(known, clock, stamped):
                continue
            if stamped == "null" and (known is None or known.owner != owner):
                continue
            self._entries[client] = _Entry(clock, stamped, owner, user.get("id", ""), now)
            mine = None if stamped == "null" else client
            changed.add(client)
        return changed

    def receive_remote(self, entries: bytes, *, now: float) -> set[int]:
        """Take what another node says, already checked and stamped there."""
        changed: set[int] = set()
        for client, clock, state in read_entries(entries):
            known = self._entries.get(client)
            if known and known.owner is not None and known.state != "null":
                continue
            if _fresh(known, clock, state):
                self._entries[client] = _Entry(clock, state, None, "", now)
                changed.add(client)
        return changed

    def leave(self, owner: Hashable) -> set[int]:
        """A session is gone: its entry ends. The client ids that changed."""
        gone = {client for client, entry in self._entries.items() if entry.owner == owner and entry.state != "null"}
        for client in gone:
            self._entries[client].state = "null"
        return gone

    def expire(self, now: float) -> set[int]:
        """End what nobody renewed in time; forget what ended long ago. The client ids that changed."""
        oldest = now - self._limits.awareness_expiry_seconds
        gone: set[int] = set()
        for client, entry in list(self._entries.items()):
            if entry.seen >= oldest:
                continue
            if entry.state == "null":
                del self._entries[client]
            else:
                entry.state, entry.seen = "null", now
                gone.add(client)
        return gone

    def own(self) -> set[int]:
        """The client ids of sessions in this process, also of those that have just left."""
        return {client for client, entry in self._entries.items() if entry.owner is not None}

    def encode(self, clients: Collection[int] | None = None) -> bytes | None:
        """The entries of `clients` (gone ones as `null`), or of everybody present; None when there are none."""
        if clients is None:
            clients = [client for client, entry in self._entries.items() if entry.state != "null"]
        known = [(client, self._entries[client]) for client in clients if client in self._entries]
        if not known:
            return None
        writer = Writer().var_uint(len(known))
        for client, entry in known:
            writer.var_uint(client).var_uint(entry.clock).var_string(entry.state)
        return writer.finish()

    def __bool__(self) -> bool:
        return bool(self._entries)


def read_entries(entries: bytes) -> list[tuple[int, int, str]]:
    """(client, clock, JSON) of each entry. Raises Malformed."""
    reader = Reader(entries)
    result = [(reader.var_uint(), reader.var_uint(), reader.var_string()) for _ in range(reader.count())]
    reader.finish()
    return result


def _fresh(known: _Entry | None, clock: int, state: str) -> bool:
    """A greater clock, or the same one for who leaves, or comes back on a new socket."""
    if known is None:
        return state != "null"
    return clock > known.clock or (clock == known.clock and (state == "null") != (known.state == "null"))


def _stamp(state: str, user: Mapping[str, str]) -> str | None:
    """The state with `user` as the server knows it; None for what is not a JSON object or null."""
    # What Python reads and JavaScript does not (NaN, 1e999) would break every other client's reader; lone surrogates
    # have no UTF-8, so they stay escaped.
    try:
        value = json.loads(state)
        if value is None:
            return "null"
        if not isinstance(value, dict):
            return None
        return json.dumps({**value, "user": dict(user)}, allow_nan=False, separators=(",", ":"))
    except (ValueError, RecursionError) as error:
        raise Malformed("an awareness state that is not JSON") from error
