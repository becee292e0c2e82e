"""Rights reach live connections: who lost theirs is sent away, who became a viewer reads on and writes no more.

Whoever changes a right counts `rights.epoch` up in the same transaction. Each process reads that number every two
seconds, and at once when it, or over the broker another one, has changed something: a session that came in under an
older number, or whose session or token is over by the clock, is looked at anew. What is in a socket's outbox is its own
by then; what it sends afterwards is judged by its new role.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime

import structlog
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from api.access import Member, Standing
from api.credentials import find_credentials
from api.tables import rights
from sync.database import Database
from sync.errors import SyncError, Unauthenticated
from sync.rooms import Rooms
from sync.session import Session
from sync.store import StoreUnavailable

SWEEP_SECONDS = 2.0
WORD = "rights"
"""What a process says to the others."""

log = structlog.get_logger("carnet.rights")


async def current_epoch(tx: AsyncConnection) -> int:
    """How often rights have changed so far."""
    epoch: int = (await tx.execute(select(rights.c.epoch))).scalar_one()
    return epoch


class Rights:
    """One process's watch over the sessions in its rooms. `run` is its task; the lifespan owns it."""

    def __init__(
        self, database: Database, rooms: Rooms, clock: Callable[[], datetime], tell_others: Callable[[], None]
    ) -> None:
        self._database, self._rooms, self._clock = database, rooms, clock
        self._tell_others = tell_others
        self._woken = asyncio.Event()

    def wake(self) -> None:
        """Rights were changed by this process."""
        self._woken.set()
        self._tell_others()

    def look(self) -> None:
        """Another process says that it changed rights."""
        self._woken.set()

    async def run(self) -> None:
        """Look again and again. While the database does not answer rights stay as they are, and no word is stored."""
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout(SWEEP_SECONDS):
                    await self._woken.wait()
            self._woken.clear()
            try:
                await self.sweep()
            except StoreUnavailable as error:
                log.warning("rights could not be read", error=str(error))

    async def sweep(self) -> None:
        """Look at every session whose rights may be other ones by now."""
        if not any(True for _ in self._rooms.sessions()):
            return
        epoch, now = await self._database.read(current_epoch), self._clock()
        due = [
            (name, session, standing.credential_hash)
            for name, session in self._rooms.sessions()
            if (standing := _standing(session)) and (standing.epoch < epoch or standing.expires_at <= now)
        ]
        if not due:
            return
        hashes = {credential_hash for _, _, credential_hash in due}
        valid = await self._database.read(lambda tx: find_credentials(tx, hashes, now))
        for name, session, credential_hash in due:
            found = valid.get(credential_hash)
            await self._regrade(name, session, found.member if found else None)

    async def _regrade(self, name: str, session: Session, member: Member | None) -> None:
        """From now on the session is `member`'s, whatever that means for this document."""
        try:
            if member is None:
                raise Unauthenticated("the session or token has ended")
            role = session.role if member == session.actor else await self._rooms.authorise(member, name)
            session.regrade(member, role)
        except SyncError as error:
            session.end(error)


def _standing(session: Session) -> Standing | None:
    return session.actor.standing if isinstance(session.actor, Member) else None
