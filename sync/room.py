"""One open document: its sessions, its index, and the rows since its snapshot. No `Doc` lives here.

    receive → gate (sync/gate.py) → log → committed → deliver

The head and the tail are what is committed, and only that is ever shown or acknowledged.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, Protocol

from sync.awareness import Awareness
from sync.broker import Asking, Broker, Committed, DocumentMessage, Missed, Present
from sync.errors import (
    EpochChanged,
    InQuarantine,
    NotFound,
    Overload,
    Restart,
    SyncError,
)
from sync.figures import Figures, Repair
from sync.gate import Gate
from sync.handshake import Handshake
from sync.kinds import Actor, Kind, Remark
from sync.limits import KIB, Limits
from sync.log import Log
from sync.protocol import (
    awareness_body,
    update_body,
)
from sync.scanner import Index
from sync.session import Closed, Session
from sync.store import (
    TAIL_SHARE,
    Absent,
    Append,
    Appended,
    Foreign,
    Moved,
    Older,
    Outcome,
    Refused,
    Row,
    Snapshot,
    Store,
    Stored,
    StoreUnavailable,
)
from sync.workers import Workers

log = logging.getLogger(__name__)


class Surroundings(Protocol):
    """What a room needs of the process it is open in; `Rooms` is that."""

    store: Store
    log: Log
    workers: Workers
    broker: Broker
    limits: Limits
    node: str
    kinds: Sequence[Kind]
    figures: Figures
    clock: Callable[[], float]
    wall_clock: Callable[[], float]

    def kind_of(self, name: str) -> Kind:
        """The kind of a document. Raises NotFound."""

    def peek(self, name: str) -> Room | None:
        """The room, if it is open."""

    def opened(self) -> list[Room]:
        """All open rooms."""

    def changed(self, room: Room) -> None:
        """We committed rows: the projection is behind."""

    def look(self, room: Room) -> None:
        """Rows of others may be missing: read them soon."""

    def presence_changed(self, room: Room) -> None:
        """Awareness is to be shown soon."""

    def drop(self, room: Room, error: SyncError) -> None:
        """Forget the room and end its sessions."""

    def distrust(self, name: str, seen: int, head: int) -> None:
        """The database has less of a document than we have seen committed."""


class Room:
    """A loaded document. Made by `Rooms`, one for each name and process.

    In quarantine it is a room of the sound part of its log: it is shown to whoever comes, takes nothing, and does not
    look at what the log holds behind.
    """

    def __init__(
        self,
        stored: Stored,
        index: Index,
        kind: Kind,
        around: Surroundings,
    ) -> None:
        self.name, self.kind, self.quarantine = stored.name, kind, stored.quarantine
        self.head, self.epoch = stored.head, stored.epoch
        self.snapshot: Snapshot | None = stored.snapshot
        self.tail: list[Row] = list(stored.rows)
        self.sessions: dict[Session, None] = {}
        self.awareness = Awareness(around.limits)
        self.presence: set[int] = set()  # client ids whose change is not shown yet
        self.idle_since = around.clock()
        self._around, self._clock = around, around.clock
        self._heard = 0  # the highest head that another node told of
        self.editing = asyncio.Lock()  # the server's own edits see each other
        self._turn = asyncio.Lock()  # the head moves one step at a time
        self._gate = Gate(
            self, index, stored.owners, self._committed_bytes(), around.workers, around.limits, self._clock
        )
        self._handshake = Handshake(self, index, around.workers)
        around.broker.subscribe(self.name, self.hear)

    # --- coming and going ---

    def enter(self, session: Session) -> None:
        """From here on the session counts; it is shown nothing before its SyncStep1 is answered."""
        self.sessions[session] = None
        if self.quarantine:
            session.role = "readonly"

    def leave(self, session: Session) -> None:
        """The session is gone, and so is its presence."""
        self.sessions.pop(session, None)
        session.state = Closed()
        session.held.clear()
        self._presence(self.awareness.leave(session))
        self.idle_since = self._clock()
        if not self.sessions:
            self._handshake.forget_remark()

    async def join(self, session: Session, vector: dict[int, int]) -> None:
        """Answer a SyncStep1; what is committed meanwhile follows."""
        await self._handshake.answer(session, vector)

    async def catch_up(self, session: Session) -> bool:
        """Send rows that the session lacks, as far as its outbox takes them. True: it is live."""
        return await self._handshake.catch_up(session)

    def change_remark(self, remark: Remark) -> None:
        """This is so from now on: whoever is here is told, if it is news."""
        self._handshake.change_remark(remark)

    def submit(self, size_bytes: int) -> None:
        """Something waits in the gate's `pending`."""
        self._around.log.submit(self, size_bytes)

    def base(self) -> tuple[int, bytes | None, list[bytes]]:
        """(seq, state, updates): the document as committed, for a worker."""
        state = self.snapshot.state if self.snapshot else None
        return self.head, state, [row.update for row in self.tail]

    async def rows_after(self, seq: int) -> Sequence[Row]:
        """Some of the rows after this one, in order; none if there are none."""
        if seq >= self.head:
            return ()
        if self.tail and self.tail[0].seq <= seq + 1:
            return self.tail[seq + 1 - self.tail[0].seq :]
        return await self._around.store.since(self.name, seq)

    # --- an update ---

    async def receive(self, session: Session, update: bytes, *, step2: bool) -> None:
        """An Update or SyncStep2 from a session. Raises SyncError when it is refused."""
        await self._gate.receive(session, update, step2=step2)

    def receive_keystroke(self, session: Session, update: bytes) -> bool:
        """The same at once, for a writer's next words. False: nothing has happened."""
        return self._gate.receive_keystroke(session, update)

    async def write(self, actor: Actor, update: bytes, origin: Any = None) -> int:
        """A server-side edit, as `actor`; the seq it was committed at."""
        if self.quarantine:
            raise InQuarantine(self.quarantine.reason)
        seq = await self._gate.write(actor, update, origin)
        return await seq if seq else self.head

    # --- the log's side ---

    @property
    def held(self) -> int:
        """How many updates wait for words that they build on."""
        return self._gate.held

    @property
    def dirty_seconds(self) -> float:
        """How long the oldest update that is taken and not committed has waited."""
        since = self._gate.pending.since
        return 0.0 if since is None else self._clock() - since

    @property
    def busy(self) -> bool:
        """Something is taken and not committed."""
        return bool(self._gate.pending)

    def collect(self) -> Append | None:
        """Everything taken since the last batch (the log asks)."""
        return self._gate.pending.collect(self.name, self.head)

    async def committed(self, outcome: Outcome) -> None:
        """What became of the last batch (the log tells). Whatever goes wrong here is this document's matter alone."""
        try:
            await self._heed(outcome)
        except Exception:
            log.exception("%s: what became of a commit could not be heeded", self.name)
            self._around.drop(self, Restart("the document is loaded anew"))

    async def _heed(self, outcome: Outcome) -> None:
        match outcome:
            case Appended(first, _):
                try:
                    async with self._turn:
                        if first > self.head + 1:
                            await self._read(first - 1, "commit")
                        self._deliver_own(first)
                except (StoreUnavailable, SyncError) as error:
                    log.warning("%s: rows of others cannot be read: %s", self.name, error)
                    self._around.drop(self, Restart("the document is loaded anew"))
            case Foreign():
                self._around.drop(self, Restart("another process gave this client id to somebody else"))
            case Older(head):
                self._around.distrust(self.name, self.head, head)
            case Absent():
                self._around.drop(self, NotFound("the document is gone"))
            case Moved():
                self._gate.pending.turned_back(outcome)
            case Refused() if self._gate.pending.conditional:
                self._gate.pending.turned_back(outcome)
            case Refused(error):
                self._around.drop(self, error)

        if self.busy:
            self.submit(0)
        elif self._heard > self.head:
            self._around.look(self)

    def lost(self) -> None:
        """The database did not take it for too long: nothing of it was shown, so forget the room."""
        self._around.drop(self, Overload("the database does not answer"))

    def fail(self, error: SyncError) -> None:
        """The room is dropped: whoever waits for a commit is told."""
        self._gate.pending.fail(error)

    def _deliver_own(self, first: int) -> None:
        batch = self._gate.pending.batch
        if not batch:  # dropped while the commit was on its way
            return
        now_ms = int(self._around.wall_clock() * 1000)
        rows = tuple(
            Row(seq, taken.entry.author_id, now_ms, taken.entry.update) for seq, taken in enumerate(batch, first)
        )
        now = self._clock()
        for row, taken in zip(rows, batch, strict=True):
            if row.seq > self.head:  # else a sweep has already read and shown it
                if taken.condition:
                    self._gate.integrate(row)
                self._deliver(row, taken.session)
            self._gate.pending.pay(taken, row.seq)
            self._around.figures.ack_seconds.add(now - taken.since)
        self._gate.pending.committed()
        self._around.broker.publish(Committed(self.name, self._around.node, rows[-1].seq, rows))
        self._around.changed(self)
        if self.kind.admitted and self.kind.announce:
            self.kind.announce()

    def _deliver(self, row: Row, author: Session | None) -> None:
        assert row.seq == self.head + 1, f"row {row.seq} after head {self.head}"
        self.head = row.seq
        self.tail.append(row)
        body = update_body(row.update)
        for session in self.sessions:
            session.show_row(row.seq, body, author=session is author)

    # --- what others wrote ---

    def hear(self, message: DocumentMessage) -> None:
        """Another node's words about this document. Lost, late, twice, out of order: the log has the last word."""
        match message:
            case Committed(rows=rows, seq=seq):
                self._hear_rows(rows, seq)
            case Present(awareness=awareness):
                self._presence(self.awareness.receive_remote(awareness, now=self._clock()))
            case Asking():
                self._tell_presence(self.awareness.encode(self.awareness.own()))
            case Missed():
                self._around.look(self)
                self._around.broker.publish(Asking(self.name, self._around.node))

    def _hear_rows(self, rows: Sequence[Row], seq: int) -> None:
        """Show them if they follow on ours; else, and while the head is being moved, they are read from the log."""
        if seq <= self.head or self.quarantine:
            return
        self._heard = max(self._heard, seq)
        if not rows or rows[0].seq > self.head + 1 or self._turn.locked():
            self._around.look(self)
            return
        try:
            for row in rows:
                if row.seq == self.head + 1:
                    self._gate.integrate(row)
                    self._deliver(row, None)
        except SyncError as error:
            log.warning("%s: what another node says does not scan: %s", self.name, error)
            self._around.look(self)

    async def read_missing(self, why: Repair) -> None:
        """Read the log to its head and show what others wrote."""
        async with self._turn:
            await self._read(None, why)

    async def _read(self, last: int | None, why: Repair) -> None:
        """Show the rows after our head, up to `last` or to the end. Holds the turn.

        Raises Restart where the log does not go on from what we have: then the room is dropped, to be loaded anew.
        """
        before = self.head
        try:
            await self._read_rows(last)
        except SyncError as error:
            log.error("%s: the log does not go on from %d: %s", self.name, self.head, error)
            anew = Restart("the document is loaded anew")
            self._around.drop(self, anew)
            raise anew from error
        finally:
            if self.head > before:
                self._around.figures.repairs[why] += 1

    async def _read_rows(self, last: int | None) -> None:
        while not self.quarantine and (last is None or self.head < last):
            rows = await self._around.store.since(self.name, self.head)
            for row in rows:
                if row.first_seq is not None:  # it may hold what is ours, too
                    raise SyncError("the log was thinned while this process stood still")
                if last is not None and row.seq > last:
                    return
                self._gate.integrate(row)
                self._deliver(row, None)
            if not rows:
                return

    async def see_head(self, head: int, epoch: int, why: Repair) -> None:
        """The sweep read this head from the database, or whoever looked because of what a broker said."""
        if epoch != self.epoch:
            self._around.drop(self, EpochChanged("the document was made anew"))
        elif head > self.head and not self.quarantine:
            self._heard = max(self._heard, head)
            if not self.busy:  # else what is on its way may be ours: it is looked at when it has arrived
                await self.read_missing(why)

    # --- presence and time ---

    def receive_awareness(self, session: Session, entries: bytes) -> None:
        """A session says where its caret is."""
        self._presence(self.awareness.receive(entries, owner=session, user=session.actor.user, now=self._clock()))

    def _presence(self, changed: set[int]) -> None:
        if changed:
            self.presence |= changed
            self._around.presence_changed(self)

    def show_presence(self) -> None:
        """Show what changed since the last time, to its author too: the echo tells that the socket lives."""
        entries = self.awareness.encode(self.presence)
        own = self.awareness.encode(self.presence & self.awareness.own())
        self.presence.clear()
        if entries:
            body = awareness_body(entries)
            for session in self.sessions:
                session.show_presence(body)
        self._tell_presence(own)

    def _tell_presence(self, entries: bytes | None) -> None:
        if entries:
            self._around.broker.publish(Present(self.name, self._around.node, entries))

    def tick(self, now: float) -> None:
        """Time passes: presence that nobody renews ends, and so does waiting for words that do not come."""
        self._presence(self.awareness.expire(now))
        self._gate.tick(now)

    def close(self) -> None:
        """The room leaves memory."""
        self._around.broker.unsubscribe(self.name)

    # --- snapshots ---

    @property
    def wants_snapshot(self) -> bool:
        """Enough rows or bytes stand after the snapshot."""
        return not self.quarantine and is_long(self.snapshot, self.tail, self._around.limits)

    def fold_to(self, snapshot: Snapshot, epoch: int) -> None:
        """A snapshot up to its seq replaces the rows it covers; not one that is older than ours, or ahead of us."""
        ours = self.snapshot.seq if self.snapshot else 0
        if self.quarantine or epoch != self.epoch or not ours < snapshot.seq <= self.head:
            return
        self.snapshot = snapshot
        self.tail = [row for row in self.tail if row.seq > snapshot.seq]
        self._gate.size_bytes = self._committed_bytes() + self._gate.pending.size_bytes

    def _committed_bytes(self) -> int:
        return (len(self.snapshot.state) if self.snapshot else 0) + sum(len(row.update) for row in self.tail)


def is_long(snapshot: Snapshot | None, tail: Sequence[Row], limits: Limits) -> bool:
    """Whether so much stands behind the snapshot that the document is to be folded."""
    if not tail:
        return False
    folded = len(snapshot.state) if snapshot else 0
    rows_max, bytes_max = max(limits.rows_before_snapshot, tail[-1].seq // TAIL_SHARE), max(64 * KIB, 2 * folded)
    return len(tail) > rows_max or sum(len(row.update) for row in tail) > bytes_max


def sound_part(stored: Stored) -> Stored:
    """What is shown of a document in quarantine: the rows up to where the case says."""
    if (case := stored.quarantine) is None:
        return stored
    return replace(stored, head=case.seq, rows=tuple(row for row in stored.rows if row.seq <= case.seq))
