"""Which status frames (`08`) a Hocuspocus session is owed: sans-I/O, one `Statuses` for each address on a socket.

The provider only counts: 1 when it sends its SyncStep1, one more for each Update it sends after that, one less for each
status 1, never below 0. A status too many and it says "saved" too early; one too few and it stays "unsaved" until it
reconnects. What it made offline is queued, sent on the first frame it receives, and *not* counted; our first frame is a
ping (09), so its pong (0a) marks the end of that queue. Owed are therefore

  - one for the SyncStep2 that answers our latest SyncStep1,
  - each Update with structs of which none starts below the vector of the client's SyncStep1,
  - each Update that only deletes after the mark, or before it when an owed Update with structs follows before the mark.

What is sent live before the mark precedes the queue, whose Updates with structs are *covered* by the vector. Deletions
alone name no clock: those before the mark that nothing decides are not owed and put the session in doubt, which only a
fresh handshake ends. Source: @hocuspocus/provider 4.8, HocuspocusProvider.ts and HocuspocusProviderWebsocket.ts.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sync.protocol import STATUS_REFUSED, STATUS_TAKEN


@dataclass(slots=True)
class Debt:
    """The statuses one frame is owed once its bytes are committed: how many, or None while undecided."""

    generation: int
    weight: int | None
    answer: bytes | None = None


class Statuses:
    """The account of one address. `send` takes a status body."""

    def __init__(self, send: Callable[[bytes], None], *, marked: bool) -> None:
        self._send = send
        self._marked = marked
        self._generation = 0
        self._joined: dict[int, int] | None = None  # the join of all SyncStep1 vectors
        self._asked = 0  # our SyncStep1s that no SyncStep2 has answered
        self._step2_weight = 0
        self._unpaid = 0
        self._turned_away = 0  # answered with 0, so the provider still counts it
        self._refused = False
        self._flushing = False  # a covered Update came: what follows until the mark is the offline queue
        self._undecided: list[Debt] = []
        self.vector: dict[int, int] | None = None  # the newest SyncStep1's
        self.in_doubt = False

    @property
    def owes(self) -> bool:
        """Something is owed and not yet paid."""
        return self._unpaid > 0

    @property
    def awaits_step2(self) -> bool:
        """The SyncStep2 that answers our SyncStep1 has not come."""
        return self._asked > 0

    def step1(self, vector: dict[int, int]) -> bool:
        """A SyncStep1 came. False: it is older than one before, ignore it. True: answer it.

        It cancels every status not yet sent and ends the doubt: the provider starts counting anew.
        """
        known = self._joined
        if known is not None and known != vector and all(clock <= known.get(c, 0) for c, clock in vector.items()):
            return False
        self._joined = {c: max(vector.get(c, 0), (known or {}).get(c, 0)) for c in {*vector, *(known or {})}}
        self.vector = vector
        self._generation += 1
        self._undecided.clear()
        self._flushing = self.in_doubt = False
        self._unpaid = self._step2_weight = 1
        self._turned_away = 0
        return True

    def asked(self) -> None:
        """Our SyncStep1 goes out."""
        self._asked += 1

    def step2(self) -> Debt:
        """A SyncStep2 came; only the one that answers our latest SyncStep1 is owed."""
        if self._asked == 0:
            return Debt(self._generation, 0)
        self._asked -= 1
        if self._asked:
            return Debt(self._generation, 0)
        weight, self._step2_weight = self._step2_weight, 0
        return Debt(self._generation, weight)

    def update(self, starts: Sequence[tuple[int, int]]) -> Debt:
        """An Update came. `starts` are (client, clock) of its runs of structs; none: it only deletes."""
        debt = Debt(self._generation, self._weigh(starts))
        if debt.weight is None:
            self._undecided.append(debt)
        elif debt.weight:
            self._unpaid += 1
            if self._refused:
                self._step2_weight += 1
                debt.weight = 0
        return debt

    def _weigh(self, starts: Sequence[tuple[int, int]]) -> int | None:
        if self._joined is None:
            return 0
        if not starts:
            return 1 if self._marked else 0 if self._flushing else None
        joined = self._joined
        for client, clock in starts:
            if clock < joined.get(client, 0):
                self._flushing = not self._marked
                return 0
        if self._undecided:
            for debt in self._undecided:
                self._decide(debt)
            self._undecided.clear()
        return 1

    def _decide(self, debt: Debt) -> None:
        debt.weight = 1
        self._unpaid += 1
        if debt.answer:
            self.settle(debt, debt.answer)

    def unmark(self) -> None:
        """A ping went out: until its pong, the offline queue may come."""
        self._marked = False

    def mark(self) -> None:
        """The pong came: the offline queue is through."""
        self._marked = True
        self._flushing = False
        if self._undecided:
            self.in_doubt = True
            self._undecided.clear()

    def settle(self, debt: Debt, answer: bytes) -> None:
        """What the frame brought is committed (STATUS_TAKEN) or refused to a reader: pay what is owed for it."""
        assert answer in (STATUS_TAKEN, STATUS_REFUSED), answer
        debt.answer = answer
        if debt.generation != self._generation or debt.weight is None:
            return
        for _ in range(debt.weight):
            self._send(answer)
        self._unpaid -= debt.weight
        if answer == STATUS_REFUSED:
            self._turned_away += debt.weight
        debt.weight = 0

    def refuse(self) -> None:
        """The address was refused. What is unpaid is carried to the SyncStep2 of a later, accepted Auth.

        So is what a reader was turned away with: that SyncStep2 brings it all.
        """
        self._refused = True
        self._generation += 1
        self._undecided.clear()
        self._asked = 0
        self._unpaid += self._turned_away
        self._turned_away = 0
        self._step2_weight = self._unpaid
        self.in_doubt = False

    def accept(self) -> dict[int, int] | None:
        """The address was accepted. The vector to answer at once, where a SyncStep1 came before."""
        self._refused = False
        return self.vector
