"""Beyond the history window the log keeps one row for each edit session: which rows that is, and what it reads.

An edit session ends when all who write in it have stopped: nobody goes on within 30 s. So it ends with a pause, or
when somebody else takes over. People who write together share one: what one of them writes stands in what another
wrote, so that their rows cannot be told apart and put one person behind the other.

The updates of a session become one that says the same, struct by struct: nothing is integrated, nothing collected as
garbage, and every state that it leads to is the one that its updates led to. What shrinks is what keystrokes repeat:
the letters of a word become one struct, some twenty bytes each become one.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sync.errors import Malformed
from sync.index import Ranges
from sync.limits import Limits
from sync.store import Row
from sync.structs import SKIP, STRING, Struct, Update, read_update, write_update

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


def joined(updates: Sequence[bytes], limits: Limits) -> bytes:
    """Updates that follow on each other as one. Raises Malformed where they do not."""
    structs: dict[int, list[Struct]] = {}
    deletes: dict[int, list[tuple[int, int]]] = {}
    for update in updates:
        read = read_update(update, limits)
        for client, own in read.structs.items():
            structs.setdefault(client, []).extend(own)
        for client, spans in read.deletes.items():
            deletes.setdefault(client, []).extend(spans)
    whole = {client: list(_squashed(client, structs[client])) for client in sorted(structs, reverse=True)}
    return write_update(Update(whole, {client: list(Ranges.of(spans)) for client, spans in deletes.items()}))


def _squashed(client: int, structs: Sequence[Struct]) -> Iterator[Struct]:
    """Letters typed one behind the other become one struct, as Yjs itself would have sent them."""
    run: list[Struct] = []
    clock = structs[0].clock
    for struct in structs:
        if struct.clock != clock or struct.kind == SKIP:
            raise Malformed(f"client {client} jumps from {clock} to {struct.clock}")
        clock += struct.length
        if run and not _goes_on(client, run[-1], struct):
            yield _one(run)
            run = []
        run.append(struct)
    yield _one(run)


def _goes_on(client: int, struct: Struct, following: Struct) -> bool:
    both_text = struct.kind == following.kind == STRING
    return both_text and following.origin == (client, following.clock - 1) and following.right == struct.right


def _one(run: Sequence[Struct]) -> Struct:
    if len(run) == 1:
        return run[0]
    text = "".join(struct.content for struct in run)
    return run[0]._replace(length=sum(struct.length for struct in run), content=text, raw=b"")
