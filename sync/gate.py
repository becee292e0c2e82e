"""The gate of a document: every update passes here, one at a time, in the order in which they came.

    update → scan → known? acknowledged · gapped? held · whose client id? · too large? · taken, on its way to the log

The index runs ahead of the log: it knows what is taken but not yet committed. Not so where a kind has `admit`: there
each update is judged in a worker against the committed document and stored only while that is still the head.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import asdict, dataclass, replace
from functools import partial
from typing import Any, Protocol

from sync import documents
from sync.errors import DocumentTooLarge, ForeignClient, Restart, SyncError
from sync.figures import Repair
from sync.kinds import Actor, Kind, Problem, Rejected, Tx, Verdict, overruled
from sync.limits import Limits
from sync.pending import Condition, Pending, Taken
from sync.protocol import STATUS_REFUSED, stateless_body, step1_body, y_denied_body
from sync.scanner import Index, Scan, scan, scan_keystroke
from sync.session import Held, Session
from sync.statuses import Debt
from sync.store import Appended, Entry, Moved, Refused, Row
from sync.trace import trace
from sync.workers import Workers


@dataclass(slots=True)
class Incoming:
    """An update on its way through the gate: whose, from which session, what it is owed, who waits for its seq.

    `origin` is what a server's own edit came with, for `Kind.admitted`; `refused` what `admitted` did not let pass.
    """

    update: bytes
    actor: Actor
    since: float
    session: Session | None = None
    debt: Debt | None = None
    done: asyncio.Future[int] | None = None
    origin: Any = None
    refused: tuple[Problem, ...] = ()


class Document(Protocol):
    """What is behind the gate; `Room` is that."""

    name: str
    kind: Kind
    head: int

    def base(self) -> tuple[int, bytes | None, list[bytes]]:
        """(seq, state, updates): the document as committed, for a worker."""

    async def read_missing(self, why: Repair) -> None:
        """Read the log to its head."""

    def submit(self, size_bytes: int) -> None:
        """Something waits in `pending`."""


class Gate:
    """The gate of one document. `owners` says whose each client id is; `size_bytes` how large the document is."""

    def __init__(
        self,
        document: Document,
        index: Index,
        owners: dict[int, str],
        size_bytes: int,
        workers: Workers,
        limits: Limits,
        clock: Callable[[], float],
    ) -> None:
        self.index = index
        self.pending = Pending()
        self.size_bytes = size_bytes
        self._document, self._schema, self._owners = document, document.kind.schema, owners
        self._workers, self._limits, self._clock = workers, limits, clock
        self._turn = asyncio.Lock()
        self._holding: dict[Session, None] = {}

    async def receive(self, session: Session, update: bytes, *, step2: bool) -> None:
        """An Update or SyncStep2 from a session. Raises SyncError when it is refused.

        Safe when it is our own echo, late or twice (known: acknowledged, not stored) or out of order (held).
        """
        if len(update) > self._limits.update_bytes_max:
            raise DocumentTooLarge(f"an update of {len(update)} bytes, {self._limits.update_bytes_max} at most")
        since = self._clock()
        async with self._turn:
            found = await self._scan(update)
            debt = None
            if session.statuses:
                starts = [(run.client, run.start) for run in found.runs]
                debt = session.statuses.step2() if step2 else session.statuses.update(starts)
            if session.role == "readonly":
                self._turn_away(session, found, debt)
                return
            incoming = Incoming(update, session.actor, since, session, debt)
            if found.gapped and session.statuses and session.statuses.awaits_step2:
                self._hold(session, update, debt)  # whoever was away sends hundreds of these before the SyncStep2
                return
            if await self._take(incoming, found):
                await self._take_held()
            else:
                self._hold(session, update, debt)
            if step2 and session.held:
                await self._document.read_missing("update")
                await self._take_held()

    def receive_keystroke(self, session: Session, update: bytes) -> bool:
        """The short way of `receive`, with the same result, for a writer's next words while nothing is in their way.

        False: nothing has happened, take the long way.
        """
        if self._turn.locked() or self._holding or self._document.kind.admit or session.role == "readonly":
            return False
        found = scan_keystroke(update, self.index, self._limits)
        size_bytes = self.size_bytes + len(update)
        if found is None or size_bytes > self._limits.document_bytes_max or self._foreign(found, session.actor):
            return False
        assert found.delta is not None
        self.index.apply(found.delta)
        self.size_bytes = size_bytes
        debt = session.statuses.update([found.runs[0][:2]]) if session.statuses else None
        incoming = Incoming(update, session.actor, self._clock(), session, debt)
        self._submit(incoming, Taken(self._entry(incoming, found), incoming.since, session))
        return True

    async def write(self, actor: Actor, update: bytes, origin: Any = None) -> asyncio.Future[int] | None:
        """A server-side edit, as `actor`: its seq, once it is committed. None: it changes nothing.

        Raises `Rejected`, and what `Kind.admitted` raised; nothing of it is stored then.
        """
        since = self._clock()
        async with self._turn:
            found = await self._scan(update)
            assert not found.gapped, "an edit made from this document's own rows has no gap"
            if found.known:
                return None
            done: asyncio.Future[int] = asyncio.get_running_loop().create_future()
            await self._take(Incoming(update, actor, since, done=done, origin=origin), found)
            await self._take_held()
            return done

    def integrate(self, row: Row) -> None:
        """A row that somebody else committed. Its author owns what is new in it, here as in the database."""
        found = scan(row.update, self.index, self._schema, self._limits)
        for client in found.new_clients:
            self._owners.setdefault(client, row.author_id)
        if found.delta:  # else it is ours, read back before we heard that it was committed
            self.index.apply(found.delta)
            self.size_bytes += len(row.update)

    async def _scan(self, update: bytes) -> Scan:
        if len(update) < self._limits.scan_in_worker_bytes:
            return scan(update, self.index, self._schema, self._limits)
        found: Scan = await self._workers.run(
            self._document.name, documents.scan_update, update, self.index.dump(), self._schema, self._limits
        )
        return found

    async def _take(self, incoming: Incoming, found: Scan) -> bool:
        """Acknowledge what is known, take what is new; False: it does not close yet."""
        foreign = self._foreign(found, incoming.actor)
        if found.gapped or foreign:
            await self._document.read_missing("update")  # missing knowledge is never a refusal
            found = await self._scan(incoming.update)
            foreign = self._foreign(found, incoming.actor)
        if found.known:
            if incoming.session and incoming.debt:
                self.pending.acknowledge(incoming.session, incoming.debt)
            if incoming.done:  # what it was to delete, somebody else has deleted meanwhile
                incoming.done.set_result(self._document.head)
            return True
        if found.gapped:
            return False
        if foreign:
            raise ForeignClient("another user already writes under this client id")
        incoming.update = found.update
        size_bytes = self.size_bytes + len(incoming.update)
        if size_bytes > self._limits.document_bytes_max:
            raise DocumentTooLarge(f"{size_bytes} bytes, {self._limits.document_bytes_max} at most")
        if self._document.kind.admit:
            return await self._admit(incoming, found)
        assert found.delta is not None
        self.index.apply(found.delta)
        self.size_bytes = size_bytes
        self._submit(
            incoming, Taken(self._entry(incoming, found), incoming.since, incoming.session, done=incoming.done)
        )
        return True

    def _entry(self, incoming: Incoming, found: Scan) -> Entry:
        """As it goes into the log: with the client ids that its author owns from here on."""
        claims = tuple([client for client in found.new_clients if client not in self._owners])
        if claims:
            self._owners.update(dict.fromkeys(claims, incoming.actor.id))
        brought_by = incoming.session.trace if incoming.session else trace.get()
        return Entry(incoming.update, incoming.actor.id, claims, brought_by)

    def _submit(self, incoming: Incoming, taken: Taken) -> None:
        if incoming.session and incoming.debt:
            taken.debts.append((incoming.session, incoming.debt))
        self.pending.add(taken)
        self._document.submit(len(taken.entry.update))

    async def _admit(self, incoming: Incoming, found: Scan) -> bool:
        """Judge it against the committed document and commit it, corrected, while the gate is shut.

        Where another process moved the head in between, or `admitted` did not let a value pass, everything is looked
        at again. Each time more values are put back, so that comes to an end.
        """
        head, judged = await self._judge(incoming)
        problems = judged.verdict.problems
        if problems and not incoming.session:
            raise Rejected(problems)
        entry = self._entry(incoming, found)._replace(update=judged.update)
        outcome: asyncio.Future[Appended | Moved | Refused] = asyncio.get_running_loop().create_future()
        condition = Condition(head, self._within(incoming, judged.verdict), outcome)
        author = None if judged.correction else incoming.session  # who is corrected is shown it like everybody
        self._submit(incoming, Taken(entry, incoming.since, author, done=incoming.done, condition=condition))
        result: Appended | Moved | Refused | None = None
        try:
            result = await outcome
        finally:
            if not isinstance(result, Appended):
                self._disown(entry)
        if isinstance(result, Appended):
            if incoming.session:
                self._tell(incoming.session, problems)
            return True
        if isinstance(result, Refused):
            incoming = self._without_refused(incoming, result.error)
        await self._document.read_missing("commit")
        return await self._take(incoming, await self._scan(incoming.update))

    async def _judge(self, incoming: Incoming) -> tuple[int, documents.Admitted]:
        """The verdict on an update, and the head of the document it was judged against."""
        document, judge = self._document, self._document.kind.admit
        assert judge
        if incoming.refused:
            judge = partial(overruled, judge, incoming.refused)
        (root,) = document.kind.schema.roots
        head, state, updates = document.base()
        admitted = await self._workers.run(document.name, documents.admit, state, updates, incoming.update, root, judge)
        return head, admitted

    @staticmethod
    def _without_refused(incoming: Incoming, error: SyncError) -> Incoming:
        """The same update, to be judged again with the values put back that `admitted` did not let pass."""
        if not isinstance(error, Rejected) or not incoming.session:
            raise error
        known = {problem.key for problem in incoming.refused}
        more = tuple(problem for problem in error.problems if problem.key not in known)
        assert more, "admitted rejects values that were put back already"
        return replace(incoming, refused=(*incoming.refused, *more))

    def _disown(self, entry: Entry) -> None:
        """It was not stored, so its author owns no client id by it."""
        for client in entry.claims:
            self._owners.pop(client, None)

    def _within(self, incoming: Incoming, verdict: Verdict) -> Callable[[Tx], Awaitable[None]]:
        async def write(tx: Tx) -> None:
            if admitted := self._document.kind.admitted:
                await admitted(tx, self._document.name, verdict, incoming.actor.id, incoming.origin)

        return write

    @staticmethod
    def _tell(session: Session, problems: tuple[Problem, ...]) -> None:
        """The author alone learns what was put back, and why."""
        if problems and not session.echoes:
            told = {"type": "problems", "problems": [asdict(problem) for problem in problems]}
            session.say(stateless_body(json.dumps(told, ensure_ascii=False)))

    def _foreign(self, found: Scan, actor: Actor) -> bool:
        owners, author = self._owners, actor.id
        return any(owners.get(client, author) != author for client in found.new_clients)

    def _turn_away(self, session: Session, found: Scan, debt: Debt | None) -> None:
        """A reader's update: fine while it says nothing new."""
        if found.known:
            if debt:
                self.pending.acknowledge(session, debt)
            return
        session.turned_away = True
        if session.statuses and debt:
            session.statuses.settle(debt, STATUS_REFUSED)
        elif session.echoes:
            session.say(y_denied_body("readonly"))

    # --- words that build on words not seen yet ---

    def _hold(self, session: Session, update: bytes, debt: Debt | None) -> None:
        """Typically the SyncStep2 right behind it brings what is missing."""
        session.held.append(Held(update, debt, self._clock()))
        if session.held_bytes > self._limits.held_bytes_max or len(session.held) > self._limits.held_updates_max:
            raise Restart("too much waits for words that have not come")
        self._holding[session] = None
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
        progress = bool(self._holding)
        while progress:
            progress = False
            for session in list(self._holding):
                for held in list(session.held):
                    try:
                        progress |= await self._take_one_held(session, held)
                    except SyncError as error:
                        session.end(error)
                        break
                if not session.held:
                    self._holding.pop(session, None)

    async def _take_one_held(self, session: Session, held: Held) -> bool:
        found = await self._scan(held.update)
        if found.gapped or held not in session.held:  # its session may have left meanwhile
            return False
        session.held.remove(held)
        return await self._take(Incoming(held.update, session.actor, held.since, session, held.debt), found)

    @property
    def held(self) -> int:
        """How many updates wait for words that they build on."""
        return sum(len(session.held) for session in self._holding)

    def tick(self, now: float) -> None:
        """Words that do not come are not waited for: only a new handshake brings them."""
        oldest = now - self._limits.held_seconds_max
        for session in list(self._holding):
            if session.held and session.held[0].since < oldest:
                session.end(Restart("words that an update builds on did not come"))
            elif not session.held:
                del self._holding[session]
