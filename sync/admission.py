"""Who comes in when: however many knock at once, a few are let in at a time, and whoever is in goes on typing.

a turn: bytes to a handshake, sign-in, the room, the answer to SyncStep1 … each of them takes a turn, in order of
arrival, and gives it back; a client that is slow or silent holds none
too long a line: 1013, "come back later", the one case in which somebody is sent away
a drain: sockets are closed in random order over some seconds, so that the other processes are not stormed
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Protocol

from sync.errors import Overload
from sync.limits import Limits


class Guest(Protocol):
    """A socket that is in. One look at all of them now and then costs less than a task beside each."""

    def tick(self, now: float) -> None:
        """Time passes: do what is due."""

    def leave_in(self, seconds: float) -> None:
        """The server stops: go at that moment."""


class _Turn:
    """One that is taken; it ends once, whoever ends it."""

    def __init__(self, turns: asyncio.Semaphore) -> None:
        self._turns: asyncio.Semaphore | None = turns

    def end(self) -> None:
        turns, self._turns = self._turns, None
        if turns:
            turns.release()


class Admission:
    """The door of one process: its line, and the sockets behind it."""

    def __init__(self, limits: Limits, chance: random.Random | None = None) -> None:
        self._limits = limits
        self._chance = chance or random.Random()
        self._turns = asyncio.Semaphore(limits.handshakes_at_once_max)
        self._empty = asyncio.Event()
        self._empty.set()
        self._guests: set[Guest] = set()
        self._draining = False
        self.waiting = 0

    @property
    def sockets(self) -> int:
        """How many are in."""
        return len(self._guests)

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        """Work of a handshake, once its turn has come. Raises Overload where the line is too long.

        Work that takes long goes on, but others need not wait for it: its turn is over after a while in any case.
        """
        if self.waiting >= self._limits.handshakes_waiting_max:
            raise Overload("too many come in at once")
        self.waiting += 1
        try:
            await self._turns.acquire()
        finally:
            self.waiting -= 1
        turn = _Turn(self._turns)
        over = asyncio.get_running_loop().call_later(self._limits.turn_seconds_max, turn.end)
        try:
            yield
        finally:
            over.cancel()
            turn.end()

    def come_in(self, guest: Guest) -> None:
        """One more socket."""
        self._guests.add(guest)
        self._empty.clear()
        if self._draining:
            guest.leave_in(0)

    def go(self, guest: Guest) -> None:
        """One less."""
        self._guests.discard(guest)
        if not self._guests:
            self._empty.set()

    def tick(self, now: float) -> None:
        """Time passes for everybody who is in."""
        for guest in list(self._guests):
            guest.tick(now)

    def drain(self) -> None:
        """The server stops: each socket goes at its own moment."""
        self._draining = True
        seconds = min(self.sockets / self._limits.drain_sockets_per_second, self._limits.drain_spread_seconds_max)
        for guest in self._guests:
            guest.leave_in(self._chance.uniform(0, seconds))

    async def everybody_gone(self) -> None:
        """Wait until no socket is left."""
        await self._empty.wait()
