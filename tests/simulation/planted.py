"""Bugs to be found: each changes a line or two of the engine as it runs, and no test but the simulation may know.

A line that is to be changed must be there, once: where the engine changes, its bug is looked at again.
"""

from __future__ import annotations

import inspect
import textwrap
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from sync import folding, scanner, sql_store, store
from sync.compaction import Compaction
from sync.gate import Gate
from sync.handshake import Handshake
from sync.hocuspocus import HocuspocusConnection
from sync.log import Log
from sync.pending import Pending
from sync.room import Room
from sync.rooms import Rooms
from sync.session import Session
from sync.settling import Settling
from sync.statuses import Statuses


@dataclass(frozen=True, slots=True)
class Change:
    function: Callable[..., Any]
    old: str
    new: str


BUGS: dict[str, tuple[Change, ...]] = {
    "acknowledges before the commit": (
        Change(Gate._submit, "self.pending.add(taken)", "self.pending.add(taken); self.pending.pay(taken, 0)"),
    ),
    "acknowledges what is known, though it is not yet committed": (
        Change(Pending.acknowledge, "if last:", "if False:"),
    ),
    "takes an update that jumps": (Change(scanner.scan_any, "if known or _jumps(runs, parsed, index):", "if known:"),),
    "takes words under another's client id": (
        Change(Gate._foreign, "return any(", "return False and any("),
        Change(Gate._entry, "claims = tuple(", "claims = () and tuple("),
    ),
    "calls an update known whose deletions are not": (
        Change(scanner.scan_any, "known = not news.structs and not news.deletes", "known = not news.structs"),
    ),
    "checks the role on joining only": (
        Change(Session.regrade, "changed, self.actor, self.role = role != self.role, actor, role", "changed = True"),
    ),
    "leaves who is refused in the room": (Change(HocuspocusConnection._refuse, "self._leave(channel)", "pass"),),
    "echoes to the author twice": (
        Change(
            Session.show_row,
            "else:\n        self.outbox.push(self.prefix + body)",
            "else:\n        self.outbox.push(self.prefix + body)\n"
            "        author and self.outbox.push(self.prefix + body)",
        ),
    ),
    "shows rows to who is still joining": (
        Change(
            Session.show_row,
            "if not isinstance(self.state, Live):",
            "if isinstance(self.state, Joining):\n        self.outbox.push(self.prefix + body)\n"
            "    if not isinstance(self.state, Live):",
        ),
    ),
    "calls who joins live at once": (Change(Session.answer, "self.state = Behind(seq)", "self.state = Live(seq)"),),
    "shows deletions that are on their way to who joins": (
        Change(Handshake.answer, "if not document.busy and vector ==", "if vector =="),
    ),
    "drops single rows for a slow reader": (
        Change(Session.show_row, "self.fell_behind(self)", "self.state = Live(seq)"),
    ),
    "skips a row when it catches somebody up": (
        Change(Handshake.catch_up, "for row in rows:", "for row in rows[len(rows) > 1 :]:"),
    ),
    "forgets words that are held": (
        Change(
            Gate._take_one_held,
            "if found.gapped or held not in session.held:",
            "if found.gapped or held not in session.held:\n        session.held.clear()",
        ),
    ),
    "evicts a room with people inside": (Change(Rooms._evict, "not room.sessions and not room.busy", "not room.busy"),),
    "does not repair when the wire begins anew": (
        Change(Room.hear, "case Missed():\n            self._around.look(self)", "case Missed():\n            pass"),
    ),
    "does not look into a gap on the wire": (
        Change(
            Room._hear_rows,
            "self._turn.locked():\n        self._around.look(self)",
            "self._turn.locked():\n        pass",
        ),
    ),
    "does not read what others wrote before its own commit": (
        Change(Room._heed, "if first > self.head + 1:", "if False:"),
    ),
    "tries a batch again under a new id": (
        Change(Log._commit, "append(batch_id, appends)", "append(secrets.randbits(63), appends)"),
    ),
    "stores an admitted update whatever the head": (
        Change(store.decide, "if append.expected_head not in (None, head):", "if False:"),
    ),
    "does not show a correction to who is corrected": (
        Change(Gate._admit, "None if judged.correction else incoming.session", "incoming.session"),
    ),
    "takes the offline queue for live typing": (
        Change(Statuses.unmark, "self._marked = False", "self._marked = True"),
    ),
    "pays for updates that were never counted": (
        Change(Statuses._weigh, "self._flushing = not self._marked\n            return 0", "return 1"),
    ),
    "signs a projection with a later seq": (
        Change(
            Settling._render, "drawn, seq)", "drawn, self._rooms.peek(name).head if self._rooms.peek(name) else seq)"
        ),
    ),
    "folds one row too few, and nobody verifies": (
        Change(Compaction._proven_fold, "for row in stored.tail])", "for row in stored.tail[:-1]])"),
        Change(folding.verify, "compare(", "(lambda *_: None)("),
        Change(folding.verify, "if made.state_vector !=", "if False and made.state_vector !="),
    ),
    "thins one row too many, and nobody proves": (
        Change(Compaction._thin, "for row in session] for session", "for row in session[:-1] or session] for session"),
        Change(folding.verify_joined, "compare(", "(lambda *_: None)("),
    ),
    "serves a snapshot that is torn": (
        Change(sql_store.is_sound, "return _checksum(snapshot) == checksum", "return True"),
    ),
    "does not know a batch that comes again": (
        Change(sql_store._stored_before, "return {name:", "return {} and {name:"),
    ),
}


@contextmanager
def planted(name: str) -> Iterator[None]:
    """While this is open the engine has the bug."""
    before = [(change.function, change.function.__code__) for change in BUGS[name]]
    try:
        for change in BUGS[name]:
            change.function.__code__ = _changed(change)
        yield
    finally:
        for function, code in reversed(before):
            function.__code__ = code


def _changed(change: Change) -> Any:
    function = change.function
    source = _sources.setdefault(function.__qualname__, textwrap.dedent(inspect.getsource(function)))
    assert source.count(change.old) == 1, f"{function.__qualname__} is no longer as it was: {change.old}"
    scope: dict[str, Any] = {}
    source = "from __future__ import annotations\n" + source.replace(change.old, change.new)
    exec(compile(source, inspect.getfile(function), "exec"), function.__globals__, scope)
    return scope[function.__name__].__code__


_sources: dict[str, str] = {}
