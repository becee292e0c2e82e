"""One open document: its sessions, its index, and the rows since its snapshot. No `Doc` lives here.

    receive → gate (role, limits, scan: gap? known? whose client id?) → taken → log → committed → deliver

The index runs ahead of the log: it knows what is taken but not yet committed. The head and the tail are what is
committed, and only that is ever shown or acknowledged.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from sync import documents
from sync.awareness import Awareness
from sync.broker import Broker, Committed, Message, Present
from sync.errors import (
    DocumentTooLarge,
    EpochChanged,
    ForeignClient,
    NotFound,
    Overload,
    Restart,
    SyncError,
)
from sync.kinds import Actor, Kind
from sync.lib0 import write_vector
from sync.limits import KIB, Limits
from sync.log import Log
from sync.protocol import (
    STATUS_REFUSED,
    STATUS_TAKEN,
    awareness_body,
    step1_body,
    step2_body,
    update_body,
    y_denied_body,
)
from sync.scanner import Index, Scan, scan
from sync.session import Behind, Closed, Held, Live, Session
from sync.statuses import Debt
from sync.store import Absent, Append, Appended, Entry, Foreign, Moved, Outcome, Refused, Row, Snapshot, Store, Stored
from sync.workers import Workers

EMPTY_UPDATE = b"\0\0"


@dataclass(slots=True)
class Taken:
    """An update on its way to the log, and who waits for its commit."""

    update: bytes
    author_id: str
    claims: tuple[int, ...]
    session: Session | None
    debts: list[tuple[Session, Debt]] = field(default_factory=list)
    done: list[asyncio.Future[int]] = field(default_factory=list)


class Surroundings(Protocol):
    """What a room needs of the process it is open in; `Rooms` is that."""

    store: Store
    log: Log
    workers: Workers
    broker: Broker
    limits: Limits
    node: str
    kinds: Sequence[Kind]

    def kind_of(self, name: str) -> Kind:
        """The kind of a document. Raises NotFound."""

    def peek(self, name: str) -> Room | None:
        """The room, if it is open."""

    def changed(self, room: Room) -> None:
        """Rows were committed: the projection is behind."""

    def presence_changed(self, room: Room) -> None:
        """Awareness is to be shown soon."""

    def drop(self, room: Room, error: SyncError) -> None:
        """Forget the room and end its sessions."""


class Room:
    """A loaded document. Made by `Rooms`, one for each name and process."""

    def __init__(
        self,
        stored: Stored,
        index: Index,
        kind: Kind,
        around: Surroundings,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.name, self.kind = stored.name, kind
        self.head, self.epoch = stored.head, stored.epoch
        self.snapshot: Snapshot | None = stored.snapshot
        self.tail: list[Row] = list(stored.rows)
        self.index = index
        self.sessions: dict[Session, None] = {}
        self.awareness = Awareness(around.limits)
        self.presence: set[int] = set()  # client ids whose change is not shown yet
        self.idle_since = clock()
        self._owners = stored.owners
        self._around = around
        self._clock = clock
        self._waiting: deque[Taken] = deque()
        self._committing: list[Taken] = []
        self.editing = asyncio.Lock()  # the server's own edits see each other
        self._gate = asyncio.Lock()  # updates are scanned one at a time, in the order they came
        self._turn = asyncio.Lock()  # the head moves one step at a time
        self._folded: tuple[int, bytes] | None = None
        self._bytes = self._committed_bytes()
        around.broker.subscribe(self.name, self.hear)

    # --- coming and going ---

    def enter(self, session: Session) -> None:
        """From here on the session counts; it is shown nothing before its SyncStep1 is answered."""
        self.sessions[session] = None

    def leave(self, session: Session) -> None:
        """The session is gone, and so is its presence."""
        self.sessions.pop(session, None)
        session.state = Closed()
        session.held.clear()
        self._presence(self.awareness.leave(session))
        self.idle_since = self._clock()

    async def join(self, session: Session, vector: dict[int, int]) -> None:
        """Answer a SyncStep1: what we have, and what the client lacks. Rows committed meanwhile follow."""
        if not self.busy and vector == self.index.clocks:
            seq, update = self.head, self.index.deletions()
        else:
            seq, update = await self._difference(vector)
        session.answer(step1_body(self.index.vector()), step2_body(update), seq)
        if not await self.catch_up(session):
            session.fell_behind(session)

    async def catch_up(self, session: Session) -> bool:
        """Send rows that the session lacks, as far as its outbox takes them. True: it is live."""
        while isinstance(session.state, Behind) and not session.outbox.full:
            rows = await self._rows_after(session.state.seq)
            if not isinstance(session.state, Behind):
                break
            if not rows and session.state.seq >= self.head:
                session.state = Live(self.head)
                if everybody := self.awareness.encode():
                    session.show_presence(awareness_body(everybody))
                return True
            for row in rows:
                if session.outbox.full:
                    break
                session.outbox.push(session.prefix + update_body(row.update))
                session.state.seq = row.seq
        return not isinstance(session.state, Behind)

    async def _difference(self, vector: dict[int, int]) -> tuple[int, bytes]:
        """(seq, update): what a client with `vector` lacks of the document as committed at `seq`."""
        head, state, updates = self.base()
        if head == 0:
            return 0, EMPTY_UPDATE
        if vector:
            update = await self._around.workers.run(self.name, documents.diff, state, updates, write_vector(vector))
            return head, update
        if self._folded is None or self._folded[0] < head:
            folded = await self._around.workers.run(self.name, documents.fold, state, updates)
            self._folded = (head, folded.state)
        return self._folded

    def base(self) -> tuple[int, bytes | None, list[bytes]]:
        """(seq, state, updates): the document as committed, for a worker."""
        state = self.snapshot.state if self.snapshot else None
        return self.head, state, [row.update for row in self.tail]

    async def _rows_after(self, seq: int) -> Sequence[Row]:
        if seq >= self.head:
            return ()
        if self.tail and self.tail[0].seq <= seq + 1:
            return self.tail[seq + 1 - self.tail[0].seq :]
        return await self._around.store.since(self.name, seq)

    # --- an update ---

    async def receive(self, session: Session, update: bytes, *, step2: bool) -> None:
        """An Update or SyncStep2 from a session. Raises SyncError when it is refused.

        Safe when it is our own echo, late or twice (known: acknowledged, not stored) or out of order (held).
        """
        if len(update) > self._around.limits.update_bytes_max:
            raise DocumentTooLarge(f"an update of {len(update)} bytes, {self._around.limits.update_bytes_max} at most")
        async with self._gate:
            found = await self._scan(update)
            debt = None
            if session.statuses:
                starts = ((run.client, run.start) for run in found.runs)
                debt = session.statuses.step2() if step2 else session.statuses.update(starts)
            if session.role == "readonly":
                self._turn_away(session, found, debt)
            elif await self._take(session, session.actor, update, found, debt):
                await self._take_held()
            else:
                self._hold(session, update, debt)

    async def write(self, actor: Actor, update: bytes) -> int:
        """A server-side edit, as `actor`; the seq it was committed at."""
        async with self._gate:
            found = await self._scan(update)
            assert not found.gapped, "an edit made from this document's own rows has no gap"
            if found.known:
                return self.head
            done: asyncio.Future[int] = asyncio.get_running_loop().create_future()
            await self._take(None, actor, update, found, None, done)
            await self._take_held()
        return await done

    async def _scan(self, update: bytes) -> Scan:
        limits = self._around.limits
        if len(update) < limits.scan_in_worker_bytes:
            return scan(update, self.index, self.kind.schema, limits)
        found: Scan = await self._around.workers.run(
            self.name, documents.scan_update, update, self.index.dump(), self.kind.schema, limits
        )
        return found

    async def _take(
        self,
        session: Session | None,
        actor: Actor,
        update: bytes,
        found: Scan,
        debt: Debt | None,
        done: asyncio.Future[int] | None = None,
    ) -> bool:
        """Acknowledge what is known, take what is new; False: it does not close yet."""
        if found.gapped or self._foreign(found, actor):
            await self.read_missing()
            found = await self._scan(update)
        if found.known:
            self._acknowledge(session, debt)
            return True
        if found.gapped:
            return False
        if self._foreign(found, actor):
            raise ForeignClient("another user already writes under this client id")
        if self._bytes + len(update) > self._around.limits.document_bytes_max:
            raise DocumentTooLarge(f"the document would pass {self._around.limits.document_bytes_max} bytes")
        assert found.delta is not None
        self.index.apply(found.delta)
        claims = tuple(client for client in found.new_clients if client not in self._owners)
        self._owners.update(dict.fromkeys(claims, actor.id))
        taken = Taken(update, actor.id, claims, session)
        if session and debt:
            taken.debts.append((session, debt))
        if done:
            taken.done.append(done)
        self._waiting.append(taken)
        self._bytes += len(update)
        self._around.log.submit(self, len(update))
        return True

    def _foreign(self, found: Scan, actor: Actor) -> bool:
        return any(self._owners.get(client, actor.id) != actor.id for client in found.new_clients)

    def _turn_away(self, session: Session, found: Scan, debt: Debt | None) -> None:
        """A reader's update: fine while it says nothing new."""
        if found.known:
            self._acknowledge(session, debt)
        elif session.statuses and debt:
            session.statuses.settle(debt, STATUS_REFUSED)
        elif session.echoes:
            session.say(y_denied_body("readonly"))

    def _acknowledge(self, session: Session | None, debt: Debt | None) -> None:
        """Known may so far be known in memory alone: the status goes behind whatever waits for its commit."""
        if not session or not debt or not session.statuses:
            return
        ahead = self._waiting or self._committing
        if ahead:
            ahead[-1].debts.append((session, debt))
        else:
            session.statuses.settle(debt, STATUS_TAKEN)

    def _hold(self, session: Session, update: bytes, debt: Debt | None) -> None:
        """It builds on words that have not come: typically the SyncStep2 right behind it brings them."""
        session.held.append(Held(update, debt, self._clock()))
        limits = self._around.limits
        if session.held_bytes > limits.held_bytes_max or len(session.held) > limits.held_updates_max:
            raise Restart("too much waits for words that have not come")
        if session.echoes:
            self._ask_again(session)

    def _ask_again(self, session: Session) -> None:
        """A y-websocket client counts nothing, so it may be asked for everything once more: once a second at most."""
        now = self._clock()
        if now - session.asked_again >= 1:
            session.asked_again = now
            session.say(step1_body(self.index.vector()))

    async def _take_held(self) -> None:
        """Something new came in: what was held may close now, and that may close more."""
        progress = True
        while progress:
            progress = False
            for session in [session for session in self.sessions if session.held]:
                for held in list(session.held):
                    try:
                        progress |= await self._take_one_held(session, held)
                    except SyncError as error:
                        session.end(error)
                        break

    async def _take_one_held(self, session: Session, held: Held) -> bool:
        found = await self._scan(held.update)
        if found.gapped:
            return False
        session.held.remove(held)
        return await self._take(session, session.actor, held.update, found, held.debt)

    # --- the log's side ---

    @property
    def busy(self) -> bool:
        """Something is taken and not committed."""
        return bool(self._waiting or self._committing)

    def collect(self) -> Append | None:
        """Everything taken since the last batch (the log asks)."""
        if not self._waiting:
            return None
        self._committing = list(self._waiting)
        self._waiting.clear()
        return Append(self.name, tuple(Entry(t.update, t.author_id, t.claims) for t in self._committing))

    async def committed(self, outcome: Outcome) -> None:
        """What became of the last batch (the log tells)."""
        match outcome:
            case Appended(first, _):
                async with self._turn:
                    if first > self.head + 1:
                        await self._read(first - 1)
                    self._deliver_own(first)
            case Foreign():
                self._around.drop(self, Restart("another process gave this client id to somebody else"))
            case Absent():
                self._around.drop(self, NotFound("the document is gone"))
            case Refused(error):
                self._around.drop(self, error)
            case Moved():
                raise AssertionError("an unconditional append cannot find another head")

    def lost(self) -> None:
        """The database did not take it for too long: nothing of it was shown, so forget the room."""
        self._around.drop(self, Overload("the database does not answer"))

    def fail(self, error: SyncError) -> None:
        """The room is dropped: whoever waits for a commit is told."""
        for taken in (*self._committing, *self._waiting):
            for done in taken.done:
                if not done.done():
                    done.set_exception(error)
        self._committing = []
        self._waiting.clear()

    def _deliver_own(self, first: int) -> None:
        batch, self._committing = self._committing, []
        if not batch:  # dropped while the commit was on its way
            return
        now_ms = int(time.time() * 1000)
        for seq, taken in enumerate(batch, first):
            if seq > self.head:  # else a sweep has already read and shown it
                self._deliver(Row(seq, taken.author_id, now_ms, taken.update), taken.session)
            for session, debt in taken.debts:
                if session.statuses:
                    session.statuses.settle(debt, STATUS_TAKEN)
            for done in taken.done:
                if not done.done():
                    done.set_result(seq)
        self._around.broker.publish(
            Committed(self.name, first, first + len(batch) - 1, tuple(t.update for t in batch), self._around.node)
        )

    def _deliver(self, row: Row, author: Session | None) -> None:
        assert row.seq == self.head + 1, f"row {row.seq} after head {self.head}"
        self.head = row.seq
        self.tail.append(row)
        body = update_body(row.update)
        for session in self.sessions:
            session.show_row(row.seq, body, author=session is author)
        self._around.changed(self)

    # --- what others wrote ---

    def hear(self, message: Message) -> None:
        """Another node's words about this document."""
        if isinstance(message, Present):
            self._presence(self.awareness.receive_remote(message.awareness, now=self._clock()))

    async def read_missing(self) -> None:
        """Read the log to its head and show what others wrote."""
        async with self._turn:
            await self._read(None)

    async def _read(self, last: int | None) -> None:
        """Show the rows after our head, up to `last` or to the end. Holds the turn."""
        while last is None or self.head < last:
            rows = await self._around.store.since(self.name, self.head)
            for row in rows:
                if last is not None and row.seq > last:
                    return
                self._integrate(row)
            if not rows:
                return

    def _integrate(self, row: Row) -> None:
        found = scan(row.update, self.index, self.kind.schema, self._around.limits)
        if found.delta:
            self.index.apply(found.delta)
        self._bytes += len(row.update)
        self._deliver(row, None)

    async def see_head(self, head: int, epoch: int) -> None:
        """The sweep read this head from the database."""
        if epoch != self.epoch:
            self._around.drop(self, EpochChanged("the document was made anew"))
        elif head > self.head and not self.busy:
            await self.read_missing()

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
        self.presence.clear()
        if entries:
            body = awareness_body(entries)
            for session in self.sessions:
                session.show_presence(body)
            self._around.broker.publish(Present(self.name, entries, self._around.node))

    def tick(self, now: float) -> None:
        """Time passes: presence that nobody renews ends, and so does waiting for words that do not come."""
        self._presence(self.awareness.expire(now))
        oldest = now - self._around.limits.held_seconds_max
        for session in list(self.sessions):
            if session.held and session.held[0].since < oldest:
                session.end(Restart("words that an update builds on did not come"))

    def close(self) -> None:
        """The room leaves memory."""
        self._around.broker.unsubscribe(self.name)

    # --- snapshots ---

    @property
    def wants_snapshot(self) -> bool:
        """Enough rows or bytes stand after the snapshot."""
        folded = len(self.snapshot.state) if self.snapshot else 0
        rows_max, bytes_max = self._around.limits.rows_before_snapshot, max(64 * KIB, 2 * folded)
        return len(self.tail) > rows_max or self._committed_bytes() - folded > bytes_max

    def fold_to(self, snapshot: Snapshot) -> None:
        """A snapshot up to its seq replaces the rows it covers."""
        self.snapshot = snapshot
        self.tail = [row for row in self.tail if row.seq > snapshot.seq]
        self._bytes = self._committed_bytes() + sum(len(t.update) for t in (*self._committing, *self._waiting))

    def _committed_bytes(self) -> int:
        return (len(self.snapshot.state) if self.snapshot else 0) + sum(len(row.update) for row in self.tail)
