"""One client in one document, and the outbox of its socket. Sans-I/O: frames go in order into a bounded queue.

A session is `Joining` until its SyncStep1 is answered, `Live` while every commit reaches it at once, `Behind` while
rows it lacks are read from the log, `Closed` at the end. Document frames are never dropped singly: a session whose
outbox is full falls behind and is caught up from the log when the queue has drained.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from sync.errors import Restart, SyncError
from sync.kinds import Actor, Role
from sync.limits import Limits
from sync.protocol import accepted_body, address_prefix
from sync.statuses import Debt, Statuses


@dataclass(slots=True)
class Joining:
    """Nothing reaches the client yet; `waiting` bodies follow its SyncStep2."""

    waiting: list[bytes] = field(default_factory=list)


@dataclass(slots=True)
class Live:
    """The client has every row up to `seq`, and gets each next one as it is committed."""

    seq: int


@dataclass(slots=True)
class Behind:
    """The client has every row up to `seq`; the rest is read from the log when its outbox has drained."""

    seq: int


@dataclass(slots=True)
class Closed:
    """The client left or was refused."""


class Outbox:
    """Frames for one socket, in order: written at once while the socket takes them, else they wait here.

    `offer` writes a frame, or answers False; `woken` is called when frames begin to wait.
    """

    def __init__(self, limits: Limits, offer: Callable[[bytes], bool], woken: Callable[[], None]) -> None:
        self._limits = limits
        self._offer, self._woken = offer, woken
        self._frames: list[bytes] = []  # mostly empty, and a deque takes 700 bytes for that
        self._bytes = 0
        self.written = 0  # how many frames the socket has taken

    def push(self, frame: bytes) -> None:
        """Write or queue a frame. Only frames that nothing else can make up for are pushed into a full outbox."""
        if not self._frames and self._offer(frame):
            self.written += 1
            return
        self._frames.append(frame)
        self._bytes += len(frame)
        if len(self._frames) == 1:
            self._woken()

    def flush(self) -> None:
        """Write what waits, as far as the socket takes it now."""
        taken = 0
        for frame in self._frames:
            if not self._offer(frame):
                break
            taken += 1
            self._bytes -= len(frame)
        self.written += taken
        del self._frames[:taken]

    @property
    def empty(self) -> bool:
        """Nothing waits."""
        return not self._frames

    @property
    def full(self) -> bool:
        """Past its bound: document frames and presence stay out."""
        if not self._frames:
            return False
        return len(self._frames) >= self._limits.outbox_frames_max or self._bytes >= self._limits.outbox_bytes_max

    @property
    def drained(self) -> bool:
        """Less than half full: rows may follow."""
        limits = self._limits
        return len(self._frames) * 2 <= limits.outbox_frames_max and self._bytes * 2 <= limits.outbox_bytes_max


@dataclass(slots=True)
class Held:
    """An update that builds on words not seen yet; kept in memory, not acknowledged, until they come."""

    update: bytes
    debt: Debt | None
    since: float


@dataclass(slots=True, eq=False)
class Session:
    """One client in one document. `end` carries a refusal to its connection; `fell_behind` asks to be caught up."""

    address: str  # "" for y-websocket
    actor: Actor
    role: Role
    outbox: Outbox
    statuses: Statuses | None  # None for y-websocket, which is told by the echo of its update
    end: Callable[[SyncError], None]
    fell_behind: Callable[[Session], None]
    state: Joining | Live | Behind | Closed = field(default_factory=Joining)
    held: list[Held] = field(default_factory=list)
    asked_again: float = 0.0
    turned_away: bool = False  # something that it brought as a reader
    prefix: bytes = b""
    trace: str = ""

    def __post_init__(self) -> None:
        self.prefix = address_prefix(self.address)

    @property
    def echoes(self) -> bool:
        """A y-websocket client is sent its own update back: its only sign that the update is committed."""
        return self.statuses is None

    @property
    def held_bytes(self) -> int:
        """What is kept for this session until a gap closes."""
        return sum(len(held.update) for held in self.held)

    def regrade(self, actor: Actor, role: Role) -> None:
        """The actor is known anew, and this is what they may do from now on; a Hocuspocus client is told.

        What a reader was turned away with, a client sends again only at a handshake.
        """
        changed, self.actor, self.role = role != self.role, actor, role
        if changed and not self.echoes:
            self.say(accepted_body(role))
        if changed and self.turned_away:
            self.end(Restart("what was turned away comes with a new handshake"))

    def say(self, body: bytes) -> None:
        """A body that must arrive: statuses, answers. It waits for the SyncStep2 while joining."""
        match self.state:
            case Joining(waiting):
                waiting.append(body)
            case Live() | Behind():
                self.outbox.push(self.prefix + body)
            case Closed():
                pass

    def show_row(self, seq: int, body: bytes, *, author: bool) -> None:
        """A row was committed. Rows come in order, so a gap is a bug of ours."""
        if not isinstance(self.state, Live):
            return
        assert seq == self.state.seq + 1, f"row {seq} after {self.state.seq}"
        if author and not self.echoes:
            self.state.seq = seq
        elif self.outbox.full:
            self.state = Behind(self.state.seq)
            self.fell_behind(self)
        else:
            self.outbox.push(self.prefix + body)
            self.state.seq = seq

    def show_presence(self, body: bytes) -> None:
        """Presence is only worth having fresh: a session that is not live gets it anew when it is."""
        if isinstance(self.state, Live) and not self.outbox.full:
            self.outbox.push(self.prefix + body)

    def answer(self, step1: bytes, step2: bytes, seq: int) -> None:
        """The two bodies that answer a SyncStep1; the rows after `seq` are still to come."""
        waiting = self.state.waiting if isinstance(self.state, Joining) else []
        if isinstance(self.state, Closed):
            return
        self.outbox.push(self.prefix + step1)
        if self.statuses:
            self.statuses.asked()
        self.outbox.push(self.prefix + step2)
        for body in waiting:
            self.outbox.push(self.prefix + body)
        self.state = Behind(seq)
