"""Honest updates taken apart, changed where it hurts, and put together again: they parse, so they get far."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from random import Random

from sync.kinds import TEXT
from sync.lib0 import Writer
from sync.limits import Limits
from sync.scanner import Index
from sync.structs import ANY, DELETED, FORMAT, GC, SKIP, STRING, TYPE, Deletes, Struct, read_update
from tests.sync.updates import Id, item, update

LIMITS = Limits()


def written(struct: Struct) -> bytes:
    """A struct as bytes; one that lost its place stands at the top."""
    if struct.kind in (GC, SKIP):
        return Writer().byte(struct.kind).var_uint(struct.length).finish()
    content = Writer()
    if struct.kind == DELETED:
        content.var_uint(struct.length)
    elif struct.kind == STRING:
        content.var_string(struct.content)
    elif struct.kind == FORMAT:
        content.var_string(struct.content[0]).var_string(json.dumps(struct.content[1]))
    elif struct.kind == TYPE and struct.content == TEXT:
        content.var_uint(6)
    elif struct.kind == TYPE:
        content.var_uint(3).var_string(struct.content)
    elif struct.kind == ANY:
        content.var_uint(len(struct.content))
        for value in struct.content:
            content.any(value)
    place = {
        "origin": struct.origin,
        "right": struct.right,
        "parent": struct.parent or "default",
        "key": struct.key if struct.origin is None and struct.right is None else None,
    }
    return item(struct.kind, content.finish(), place)


@dataclass(slots=True)
class Forger:
    """Knows the document (`index`, to name what exists) and structs of it to put elsewhere (`seen`)."""

    chance: Random
    index: Index
    seen: Sequence[Struct]

    def forge(self, honest: bytes) -> bytes:
        """One update with one to four changes."""
        read = read_update(honest, LIMITS)
        clocks = {client: structs[0].clock for client, structs in read.structs.items()}
        for _ in range(self.chance.randint(1, 4)):
            change = self.chance.choice([self._client, self._clock, self._delete, *[self._struct] * 8])
            change(read.structs, clocks, read.deletes)
        structs = {client: (clocks[client], [written(s) for s in own]) for client, own in read.structs.items()}
        deletes = {client: [(start, end - start) for start, end in spans] for client, spans in read.deletes.items()}
        return update(structs, deletes)

    def _id(self) -> Id:
        """An item that exists, or nearly."""
        client = self.chance.choice(list(self.index.clocks))
        clock = self.index.clocks[client]
        return client, self.chance.choice([self.chance.randrange(clock + 1), max(0, clock - self.chance.randint(1, 5))])

    def _client(self, structs: dict[int, list[Struct]], clocks: dict[int, int], deletes: Deletes) -> None:
        if structs:
            old = self.chance.choice(list(structs))
            new = self.chance.choice([self.chance.getrandbits(32), *self.index.clocks])
            if new not in structs:
                structs[new], clocks[new] = structs.pop(old), clocks.pop(old)

    def _clock(self, structs: dict[int, list[Struct]], clocks: dict[int, int], deletes: Deletes) -> None:
        if structs:
            client = self.chance.choice(list(structs))
            known = self.index.clocks.get(client, 0)
            clocks[client] = self.chance.choice([known, max(0, known - self.chance.randint(1, 4)), known + 1])

    def _delete(self, structs: dict[int, list[Struct]], clocks: dict[int, int], deletes: Deletes) -> None:
        client, clock = self._id()
        deletes.setdefault(client, []).append((clock, clock + self.chance.randint(1, 5)))

    def _struct(self, structs: dict[int, list[Struct]], clocks: dict[int, int], deletes: Deletes) -> None:
        if not structs:
            return
        client = self.chance.choice(list(structs))
        own = structs[client]
        at = self.chance.randrange(len(own))
        other, struct = self.chance.choice(self.seen), own[at]
        changes: list[Callable[[], Struct]] = [
            lambda: struct._replace(origin=self._id()),
            lambda: struct._replace(right=self._id()),
            lambda: struct._replace(origin=None),
            lambda: struct._replace(right=None),
            lambda: struct._replace(origin=None, right=None, parent=self._id()),
            lambda: struct._replace(kind=other.kind, length=other.length, content=other.content),
            lambda: struct._replace(kind=DELETED, length=self.chance.randint(1, 90), content=None),
            lambda: Struct(0, self.chance.randint(1, 90), GC),
            lambda: other,
        ]
        own[at] = self.chance.choice(changes)()
        if self.chance.random() < 0.3 and own[at].kind != GC:
            own[at] = own[at]._replace(origin=(client, max(0, clocks[client] + at - 1)))
        if self.chance.random() < 0.1:
            own.insert(at, struct)
