"""Updates that follow on each other, as one update that says the same, struct by struct.

Nothing is integrated, nothing collected as garbage, and the state that it leads to is the one that they led to. What
shrinks is what keystrokes repeat: the letters of a word become one struct, some twenty bytes each become one.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sync.errors import Malformed
from sync.index import Ranges
from sync.limits import Limits
from sync.structs import SKIP, STRING, Struct, Update, read_update, rest_of, write_update


def join_updates(updates: Sequence[bytes], limits: Limits) -> bytes:
    """Updates that follow on each other as one. Raises Malformed where they do not.

    One may repeat another: a client that changed nodes while its words were on their way to the database has sent them
    twice, and both nodes stored them.
    """
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
        if struct.clock > clock or struct.kind == SKIP:
            raise Malformed(f"client {client} jumps from {clock} to {struct.clock}")
        if struct.clock + struct.length <= clock:
            continue
        if struct.clock < clock:
            struct = rest_of(struct, client, clock)
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
