"""Beyond the history window the log keeps one row for each edit session: which rows that is, and what it reads.

An edit session ends when all who write in it have stopped: nobody goes on within 30 s. So it ends with a pause, or
when somebody else takes over. People who write together share one: what one of them writes stands in what another
wrote, so that their rows cannot be told apart and put one person behind the other.

The updates of a session become one (sync/joining.py): every session ends in the state in which its rows ended.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sync.store import Row

PAUSE_MS = 30_000
ROWS_MAX = 2_000
"""Of one session: who writes on without a pause, a program perhaps, has several."""


def edit_sessions(rows: Sequence[Row]) -> Iterator[Sequence[Row]]:
    """The rows, in stretches of one edit session each. The last may go on behind them."""
    begin = reach = 0
    for at, again in enumerate(_written_again(rows)):
        reach = max(reach, again)
        if reach <= at or at + 1 - begin == ROWS_MAX:
            yield rows[begin : at + 1]
            begin = at + 1
    if begin < len(rows):
        yield rows[begin:]


def _written_again(rows: Sequence[Row]) -> list[int]:
    """For each row where its author writes next, or its own place where that is not within the pause."""
    again = list(range(len(rows)))
    latest: dict[str, int] = {}
    for at, row in enumerate(rows):
        before = latest.get(row.author_id, at)
        if row.at - rows[before].at < PAUSE_MS:
            again[before] = at
        latest[row.author_id] = at
    return again
