"""The short way of a keystroke ends where the long way does."""

from __future__ import annotations

import random
import time
from dataclasses import dataclass, field
from typing import Any

from pycrdt import Doc, XmlElement, XmlFragment, XmlText

from sync.errors import SyncError
from sync.figures import Repair
from sync.gate import Gate
from sync.index import Index
from sync.kinds import Kind
from sync.limits import Limits
from sync.session import Outbox, Session
from sync.statuses import Statuses
from sync.store import Append
from sync.workers import Workers
from tests.sync.wire import LEA, MIA, NAME, SCHEMA, TOM, authorise

EDITS = 400


class Writer:
    """Edits one paragraph of a document of their own, and now and then hears of the others."""

    def __init__(self, chance: random.Random, first: Writer | None) -> None:
        self.chance = chance
        self.doc: Doc[Any] = Doc(client_id=chance.getrandbits(32))  # as Yjs draws them
        self.doc["default"] = self.root = XmlFragment()
        if first:
            self.doc.apply_update(first.doc.get_update())
        else:
            self.root.children.append(XmlElement("paragraph", contents=[XmlText("ground 🙂")]))

        self.made: list[bytes] = []
        self.subscription = self.doc.observe(lambda event: self.made.append(event.update))

    def edit(self) -> bytes:
        words = self.root.children[0].children[0]
        if str(words).startswith("a") and self.chance.random() < 0.5:
            del words[0:1]
        elif self.chance.random() < 0.1:
            words.insert(0, "👩‍👩‍👧 " * 20)
        else:
            words.insert(self.chance.choice((0, len(str(words).encode()))), self.chance.choice("aaé漢🙂"))
        return self.made[-1]


@dataclass
class Behind:
    """What stands behind a gate: a log that takes everything, in portions."""

    kind: Kind
    name: str = NAME
    head: int = 0
    stored: list[Append] = field(default_factory=list)

    def base(self) -> tuple[int, bytes | None, list[bytes]]:
        return self.head, None, []

    async def read_missing(self, why: Repair) -> None:
        pass

    def submit(self, size_bytes: int) -> None:
        pass


class Side:
    """A gate with its sessions, whose frames and ends are kept. Keystrokes go the short way, or never."""

    def __init__(self, workers: Workers, *, short: bool) -> None:
        self.behind = Behind(Kind("note/", SCHEMA, authorise))
        self.short, self.taken_at_once = short, 0
        self.gate = Gate(self.behind, Index(), {}, 0, workers, Limits(), time.monotonic)
        self.said: list[list[bytes]] = []
        self.sessions = [self._session(actor, role) for actor, role in ((LEA, 0), (LEA, 0), (TOM, 0), (MIA, 1))]

    def _session(self, actor: Any, reads: int) -> Session:
        said: list[bytes] = []
        self.said.append(said)

        def send(body: bytes) -> None:
            said.append(body)

        statuses = Statuses(send, marked=True)
        statuses.step1({})
        role = "readonly" if reads else "read-write"
        outbox = Outbox(Limits(), lambda frame: True, lambda: None)
        return Session(NAME, actor, role, outbox, statuses, lambda error: send(error.reason.encode()), lambda _: None)

    async def receive(self, number: int, update: bytes) -> None:
        session = self.sessions[number]
        if self.short and self.gate.receive_keystroke(session, update):
            self.taken_at_once += 1
            return
        try:
            await self.gate.receive(session, update, step2=False)
        except SyncError as error:
            session.end(error)

    def commit(self) -> None:
        append = self.gate.pending.collect(NAME, self.behind.head)
        if append:
            self.behind.stored.append(append)
            for taken in self.gate.pending.batch:
                self.behind.head += 1
                self.gate.pending.pay(taken, self.behind.head)
            self.gate.pending.committed()


async def test_the_short_way_ends_where_the_long_way_does(chance: random.Random) -> None:
    workers = Workers()
    short, long = Side(workers, short=True), Side(workers, short=False)
    ground = Writer(chance, None)
    writers = [ground, *(Writer(chance, ground) for _ in range(3))]
    updates: list[tuple[int, bytes]] = [(0, ground.doc.get_update())]
    for _ in range(EDITS):
        number = chance.randrange(4)
        updates.append((number, writers[number].edit()))
        if number < 2 and chance.random() < 0.1:  # comes twice, by way of its author's other device
            updates.append((1 - number, updates[-1][1]))
        if chance.random() < 0.1:  # its words come before those they build on
            updates[-2:] = reversed(updates[-2:])
        if chance.random() < 0.2:
            writers[chance.randrange(4)].doc.apply_update(writers[chance.randrange(3)].doc.get_update())

    for number, update in updates:
        await short.receive(number, update)
        await long.receive(number, update)
        if chance.random() < 0.3:
            short.commit()
            long.commit()
    short.commit()
    long.commit()

    assert short.behind.stored == long.behind.stored
    assert short.said == long.said
    assert short.gate.index.dump() == long.gate.index.dump()
    assert short.gate.size_bytes == long.gate.size_bytes
    assert 0 < short.taken_at_once < len(updates)
