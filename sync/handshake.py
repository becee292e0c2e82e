"""How a session comes into a document, and back into it when it was too slow.

SyncStep1 → ours, and a SyncStep2 with what it lacks → rows committed meanwhile → live → what there is to remark
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Collection, Sequence
from contextlib import suppress
from typing import Protocol

from sync import documents
from sync.awareness import Awareness
from sync.errors import InQuarantine
from sync.index import Index
from sync.kinds import Kind, Remark
from sync.lib0 import write_vector
from sync.protocol import awareness_body, stateless_body, step1_body, step2_body, update_body, y_denied_body
from sync.session import Behind, Live, Session
from sync.store import Quarantine, Row, StoreUnavailable
from sync.workers import Workers


class Document(Protocol):
    """What one comes into; `Room` is that."""

    name: str
    kind: Kind
    head: int
    quarantine: Quarantine | None
    awareness: Awareness

    @property
    def sessions(self) -> Collection[Session]:
        """Whoever is in it, also those who are still coming."""

    @property
    def busy(self) -> bool:
        """Something is taken and not committed."""

    def base(self) -> tuple[int, bytes | None, list[bytes]]:
        """(seq, state, updates): the document as committed, for a worker."""

    async def rows_after(self, seq: int) -> Sequence[Row]:
        """Some of the rows after this one, in order; none if there are none."""


class Handshake:
    """The handshakes of one document; `index` is its gate's."""

    def __init__(self, document: Document, index: Index, workers: Workers) -> None:
        self._document, self._index, self._workers = document, index, workers
        self._folded: tuple[int, bytes] | None = None
        self._remark: Remark | None = None  # not known before somebody who can be told has come

    async def answer(self, session: Session, vector: dict[int, int]) -> None:
        """Answer a SyncStep1: what we have, and what the client lacks. Rows committed meanwhile follow."""
        document = self._document
        if not document.busy and vector == self._index.clocks:
            seq, update = document.head, self._index.deletions()
        else:
            seq, update = await self._difference(vector)
        session.answer(step1_body(self._index.vector()), step2_body(update), seq)
        if document.quarantine:
            said = json.dumps({"type": InQuarantine.reason})
            session.say(y_denied_body(InQuarantine.reason) if session.echoes else stateless_body(said))
        if not await self.catch_up(session):
            session.fell_behind(session)
        if document.kind.remark and not session.echoes:
            await self._tell_remark(session, document.kind.remark)

    async def catch_up(self, session: Session) -> bool:
        """Send rows that the session lacks, as far as its outbox takes them. True: it is live."""
        document = self._document
        while isinstance(session.state, Behind) and not session.outbox.full:
            rows = await document.rows_after(session.state.seq)
            if not isinstance(session.state, Behind):
                break
            if not rows and session.state.seq >= document.head:
                session.state = Live(document.head)
                if everybody := document.awareness.encode():
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
        head, state, updates = self._document.base()
        if head == 0:
            return 0, documents.EMPTY_UPDATE
        name = self._document.name
        if vector:
            return head, await self._workers.run(name, documents.diff, state, updates, write_vector(vector))
        if self._folded is None or self._folded[0] < head:
            folded = await self._workers.run(name, documents.fold, state, updates)
            self._folded = (head, folded.state)
        return self._folded

    # --- what there is to remark ---

    def change_remark(self, remark: Remark) -> None:
        """This is so from now on: whoever is here is told, if it is news. Twice does no harm."""
        sessions = self._document.sessions
        if not sessions:
            return
        before, self._remark = self._remark, remark
        if remark != before and (before or remark.at_opening):
            for session in sessions:
                if not session.echoes:
                    session.say(stateless_body(remark.text))

    def forget_remark(self) -> None:
        """Nobody is here any more to keep it true for."""
        self._remark = None

    async def _tell_remark(self, session: Session, read: Callable[[str], Awaitable[Remark | None]]) -> None:
        if self._remark is None:
            with suppress(StoreUnavailable):  # then it is told when it changes, or at the next opening
                found = await read(self._document.name)
                self._remark = self._remark or found  # what was heard meanwhile is newer
        if self._remark and self._remark.at_opening:
            session.say(stateless_body(self._remark.text))
