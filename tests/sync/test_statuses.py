"""The account of statuses against a provider that counts as @hocuspocus/provider 4.8 does, in every order of events."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field

from hypothesis import given, settings
from hypothesis import strategies as st

from sync.protocol import STATUS_REFUSED, STATUS_TAKEN
from sync.statuses import Debt, Statuses

CLIENT = 7


@dataclass
class Provider:
    """What the provider does and counts; frames to the server in `out`."""

    clock: int = 0
    edits: int = 0  # everything it ever made, deletions too
    count: int = 0
    synced: bool = False
    connected: bool = False
    heard: bool = False
    out: deque[tuple[str, int, int]] = field(default_factory=deque)
    queue: deque[tuple[str, int, int]] = field(default_factory=deque)

    def edit(self, *, deletes: bool) -> None:
        self.edits += 1
        frame = ("delete", 0, self.edits) if deletes else ("update", self.clock, self.edits)
        self.clock += not deletes
        self.count += 1
        (self.out if self.connected else self.queue).append(frame)

    def connect(self) -> None:
        self.connected = True
        self.count = 1
        self.out += [("auth", 0, 0), ("step1", self.clock, 0)]

    def hear(self, frame: str) -> None:
        if not self.heard:
            self.heard = True
            self.out += self.queue
            self.queue.clear()
        match frame:
            case "ping":
                self.out.append(("pong", 0, 0))
            case "step1":
                self.out.append(("step2", 0, self.edits))
            case "step2":
                self.synced = True
            case "status":
                self.count = max(0, self.count - 1)

    @property
    def says_saved(self) -> bool:
        return self.connected and self.synced and self.count == 0


class Server:
    """Takes frames in order, commits when told, pays by `Statuses`."""

    def __init__(self) -> None:
        self.out: deque[str] = deque()
        self.statuses = Statuses(lambda _: self.out.append("status"), marked=False)
        self.waiting: deque[tuple[Debt, int]] = deque()
        self.seen = self.committed = 0

    def take(self, kind: str, clock: int, edits: int) -> None:
        match kind:
            case "auth":
                self.out.append("ping")
            case "pong":
                self.statuses.mark()
            case "step1":
                assert self.statuses.step1({CLIENT: clock})
                self.out += ["step1", "step2"]
                self.statuses.asked()
            case "step2":
                self.waiting.append((self.statuses.step2(), edits))
            case "update":
                self.waiting.append((self.statuses.update([(CLIENT, clock)]), edits))
            case "delete":
                self.waiting.append((self.statuses.update([]), edits))

    def commit(self) -> None:
        debt, edits = self.waiting.popleft()
        self.committed = max(self.committed, edits)
        self.statuses.settle(debt, STATUS_TAKEN)


@settings(max_examples=600, deadline=None)
@given(offline=st.lists(st.booleans(), max_size=4), steps=st.lists(st.sampled_from("uDcsk"), max_size=60))
def test_it_is_saved_only_when_committed_and_in_the_end_it_is_saved_or_in_doubt(
    offline: list[bool], steps: list[str]
) -> None:
    provider, server = Provider(), Server()
    for deletes in offline:
        provider.edit(deletes=deletes)
    provider.connect()

    def step(kind: str) -> None:
        if kind in "uD":
            provider.edit(deletes=kind == "D")
        elif kind == "c" and provider.out:
            server.take(*provider.out.popleft())
        elif kind == "s" and server.out:
            provider.hear(server.out.popleft())
        elif kind == "k" and server.waiting:
            server.commit()
        assert not provider.says_saved or server.committed == provider.edits

    for kind in steps:
        step(kind)
    while provider.out or server.out or server.waiting:
        for kind in "csk":
            step(kind)
    assert server.committed == provider.edits
    assert provider.count == 0 or server.statuses.in_doubt
    assert not server.statuses.owes


def account(*, marked: bool = True) -> tuple[Statuses, list[bytes]]:
    sent: list[bytes] = []
    return Statuses(sent.append, marked=marked), sent


def handshake(statuses: Statuses, vector: dict[int, int]) -> Debt:
    assert statuses.step1(vector)
    statuses.asked()
    return statuses.step2()


def test_an_update_that_the_vector_covers_is_never_owed() -> None:
    statuses, sent = account()
    handshake(statuses, {CLIENT: 5})
    statuses.settle(statuses.update([(CLIENT, 4)]), STATUS_TAKEN)
    assert sent == []


def test_deletions_before_the_mark_are_owed_when_live_words_follow_them() -> None:
    statuses, sent = account(marked=False)
    statuses.settle(handshake(statuses, {CLIENT: 5}), STATUS_TAKEN)
    deletion = statuses.update([])
    statuses.settle(deletion, STATUS_TAKEN)
    assert len(sent) == 1
    statuses.update([(CLIENT, 5)])
    assert len(sent) == 2


def test_deletions_behind_a_covered_update_are_from_the_offline_queue() -> None:
    statuses, sent = account(marked=False)
    handshake(statuses, {CLIENT: 5})
    statuses.update([(CLIENT, 2)])
    statuses.settle(statuses.update([]), STATUS_TAKEN)
    statuses.mark()
    assert sent == []
    assert not statuses.in_doubt


def test_deletions_that_nothing_decides_leave_the_session_in_doubt_until_a_new_handshake() -> None:
    statuses, _ = account(marked=False)
    handshake(statuses, {CLIENT: 5})
    statuses.update([])
    statuses.mark()
    assert statuses.in_doubt
    statuses.step1({CLIENT: 6})
    assert not statuses.in_doubt


def test_a_new_step1_cancels_the_statuses_not_yet_sent() -> None:
    statuses, sent = account()
    handshake(statuses, {CLIENT: 5})
    late = statuses.update([(CLIENT, 5)])
    again = handshake(statuses, {CLIENT: 6})
    statuses.settle(late, STATUS_TAKEN)
    assert sent == []
    statuses.settle(again, STATUS_TAKEN)
    assert sent == [STATUS_TAKEN]


def test_a_step1_below_the_ones_before_is_stale() -> None:
    statuses, _ = account()
    assert statuses.step1({CLIENT: 5, 9: 1})
    assert not statuses.step1({CLIENT: 4})
    assert statuses.step1({CLIENT: 5, 9: 1})


def test_only_the_step2_for_the_latest_step1_is_owed() -> None:
    statuses, sent = account()
    assert statuses.step1({CLIENT: 1})
    statuses.asked()
    assert statuses.step1({CLIENT: 2})
    statuses.asked()
    statuses.settle(statuses.step2(), STATUS_TAKEN)
    assert sent == []
    statuses.settle(statuses.step2(), STATUS_TAKEN)
    statuses.settle(statuses.step2(), STATUS_TAKEN)
    assert sent == [STATUS_TAKEN]


def test_after_a_refusal_the_next_handshake_pays_what_was_counted_meanwhile() -> None:
    statuses, sent = account()
    statuses.refuse()
    assert statuses.step1({CLIENT: 3})
    statuses.settle(statuses.update([(CLIENT, 3)]), STATUS_TAKEN)
    statuses.update([(CLIENT, 4)])
    assert sent == []
    assert statuses.accept() == {CLIENT: 3}
    statuses.asked()
    statuses.settle(statuses.step2(), STATUS_TAKEN)
    assert sent == [STATUS_TAKEN] * 3
    assert not statuses.owes


def test_what_a_reader_was_turned_away_with_is_paid_when_a_later_handshake_brings_it() -> None:
    statuses, sent = account()
    statuses.settle(handshake(statuses, {}), STATUS_TAKEN)
    statuses.settle(statuses.update([(CLIENT, 0)]), STATUS_REFUSED)
    statuses.refuse()
    assert statuses.accept() == {}
    statuses.asked()
    statuses.settle(statuses.step2(), STATUS_TAKEN)
    assert sent == [STATUS_TAKEN, STATUS_REFUSED, STATUS_TAKEN]
    assert not statuses.owes


def test_a_reader_is_told_what_was_refused() -> None:
    statuses, sent = account()
    statuses.settle(handshake(statuses, {}), STATUS_TAKEN)
    statuses.settle(statuses.update([(CLIENT, 0)]), STATUS_REFUSED)
    assert sent == [STATUS_TAKEN, STATUS_REFUSED]
