"""The versions of a document: its log cut into edit sessions. Pure.

A session is what one author writes without a pause of 30 s; it ends where somebody else writes. People who write at the
same time would cut each other into letters, so those who take turns more than `TURNS_MAX` times, each coming back
within the pause, share one version.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from operator import attrgetter

PAUSE_MS = 30_000
TURNS_MAX = 3


@dataclass(frozen=True, slots=True)
class Stretch:
    """Rows `first..last` of a log, as one version; `authors` in the order in which they began. Times as in the log."""

    first: int
    last: int
    authors: tuple[str, ...]
    began: int
    ended: int


def cut(rows: Iterable[tuple[int, str, int]]) -> list[Stretch]:
    """Every row, (seq, author, at) in the order of the log, in one version."""
    braids: list[list[Stretch]] = []
    for session in _sessions(rows):
        start = _joins(braids, session)
        braids[start:] = [[each for braid in braids[start:] for each in braid] + [session]]
    return [version for braid in braids for version in ([_together(braid)] if len(braid) > TURNS_MAX else braid)]


def _sessions(rows: Iterable[tuple[int, str, int]]) -> list[Stretch]:
    """One author, no pause."""
    sessions: list[Stretch] = []
    first, last, author, began, ended = 0, 0, "", 0, 0
    for seq, by, at in rows:
        if last and by == author and at - ended < PAUSE_MS:
            last, ended = seq, max(at, ended)  # a clock that is set back does not end a session
            continue
        if last:
            sessions.append(Stretch(first, last, (author,), began, ended))
        first, last, author, began, ended = seq, seq, by, at, at
    return [*sessions, Stretch(first, last, (author,), began, ended)] if last else []


def _joins(braids: list[list[Stretch]], session: Stretch) -> int:
    """From which braid on all are one with this session: its author was there a moment ago. Else the end."""
    for at in range(len(braids) - 1, -1, -1):
        for earlier in reversed(braids[at]):
            if session.began - earlier.ended >= PAUSE_MS:
                return len(braids)
            if earlier.authors == session.authors:
                return at
    return len(braids)


def _together(braid: list[Stretch]) -> Stretch:
    authors = tuple(dict.fromkeys(author for session in braid for author in session.authors))
    ended = max(map(attrgetter("ended"), braid))
    return Stretch(braid[0].first, braid[-1].last, authors, braid[0].began, ended)
