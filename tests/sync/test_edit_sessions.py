"""Which rows are one edit session, and that it says what its updates said."""

from __future__ import annotations

import random
from itertools import pairwise

import pytest
from pycrdt import Doc, Map, XmlElement, XmlFragment, XmlText

from sync import documents
from sync.edit_sessions import ROWS_MAX, edit_sessions
from sync.errors import Malformed
from sync.joining import join_updates
from sync.lib0 import read_vector
from sync.limits import Limits
from sync.store import Row

LIMITS = Limits()


def rows(*written: tuple[str, float]) -> list[Row]:
    """Rows by who at which second."""
    return [Row(seq, author, int(1000 * at), b"") for seq, (author, at) in enumerate(written, 1)]


@pytest.mark.parametrize(
    ("written", "sessions"),
    [
        ([], []),
        ([("lea", 0), ("lea", 29.9), ("lea", 59.8)], [(1, 3)]),
        ([("lea", 0), ("lea", 30)], [(1, 1), (2, 2)]),
        ([("lea", 0), ("lea", 1), ("tom", 2), ("tom", 3)], [(1, 2), (3, 4)]),
        ([("lea", 0), ("tom", 1), ("lea", 2), ("tom", 3)], [(1, 4)]),
        ([("lea", 0), ("tom", 1), ("tom", 20), ("lea", 31), ("lea", 32)], [(1, 1), (2, 3), (4, 5)]),
        ([("lea", 0), ("tom", 1), ("mia", 2), ("lea", 3), ("mia", 40)], [(1, 4), (5, 5)]),
        ([("lea", 5), ("lea", 3), ("tom", 100)], [(1, 2), (3, 3)]),
    ],
)
def test_a_session_ends_with_a_pause_or_when_somebody_else_goes_on(
    written: list[tuple[str, float]], sessions: list[tuple[int, int]]
) -> None:
    assert [(one[0].seq, one[-1].seq) for one in edit_sessions(rows(*written))] == sessions


def test_a_session_without_end_is_several() -> None:
    endless = rows(*[("lea", second) for second in range(2 * ROWS_MAX + 1)])
    assert [len(one) for one in edit_sessions(endless)] == [ROWS_MAX, ROWS_MAX, 1]


class Writing:
    """Some people write at once, hear of each other late, and what each does becomes a row."""

    def __init__(self, chance: random.Random, people: int = 3) -> None:
        self.chance = chance
        self.docs = [Doc() for _ in range(people)]
        for doc in self.docs:
            doc["default"] = XmlFragment()
            doc["properties"] = Map()
        self.heard = [0] * people
        self.log: list[bytes] = []

    def step(self) -> None:
        who = self.chance.randrange(len(self.docs))
        doc = self.docs[who]
        if self.chance.random() < 0.5:
            for update in self.log[self.heard[who] :]:
                doc.apply_update(update)
            self.heard[who] = len(self.log)
        made: list[bytes] = []
        subscription = doc.observe(lambda event: made.append(event.update))
        with doc.transaction():
            self.edit(doc)
        doc.unobserve(subscription)
        self.log += made

    def edit(self, doc: Doc) -> None:
        blocks = doc["default"].children
        if not len(blocks) or self.chance.random() < 0.05:
            blocks.insert(self.chance.randint(0, len(blocks)), XmlElement("paragraph", contents=[XmlText("")]))
        if self.chance.random() < 0.1:
            doc["properties"][self.chance.choice("ab")] = self.chance.randrange(9)
        text = self.chance.choice(list(blocks)).children[0]
        length = len(str(text).encode())
        if length and self.chance.random() < 0.2:
            start = self.chance.randrange(length)
            del text[start : min(start + self.chance.randint(1, 4), length)]
        else:
            text.insert(length, self.chance.choice(["a", "b", "word "]))
        if len(blocks) > 1 and self.chance.random() < 0.03:
            del blocks[self.chance.randrange(len(blocks))]


@pytest.mark.parametrize("seed", range(20))
def test_sessions_lead_to_the_states_that_their_updates_led_to(seed: int) -> None:
    chance = random.Random(seed)
    writing = Writing(chance)
    for _ in range(120):
        writing.step()
    log = writing.log
    cuts = sorted({0, len(log), *(chance.randrange(len(log)) for _ in range(4))})
    sessions: list[bytes] = []
    for start, stop in pairwise(cuts):
        sessions.append(join_updates(log[start:stop], LIMITS))
        for root in ("default", "properties"):
            read = documents.tree if root == "default" else documents.values
            assert read(None, sessions, root) == read(None, log[:stop], root)
        assert documents.fold(None, sessions).state_vector == documents.fold(None, log[:stop]).state_vector
    assert deletions(sessions) == deletions(log)
    assert documents.fold(None, [join_updates(sessions, LIMITS)]).state_vector == documents.fold(None, log).state_vector


@pytest.mark.parametrize("seed", range(5))
def test_what_two_nodes_stored_twice_is_in_a_session_once(seed: int) -> None:
    chance = random.Random(seed)
    writing = Writing(chance)
    for _ in range(60):
        writing.step()
    log = writing.log
    at = chance.randrange(20, 40)
    again = join_updates(log[at - 8 : at - 3], LIMITS)  # cut otherwise than the first time
    twice = join_updates([*log[:at], again, log[at - 2], *log[at:]], LIMITS)
    assert twice == join_updates(log, LIMITS)
    later = [*log[: at - 5], again, *log[at - 3 :]]  # the front of it is known
    assert documents.tree(None, [join_updates(later, LIMITS)], "default") == documents.tree(None, log, "default")


def deletions(updates: list[bytes]) -> bytes:
    return documents.diff(None, updates, documents.fold(None, updates).state_vector)


def test_letters_typed_one_behind_the_other_cost_a_byte_each() -> None:
    doc: Doc = Doc()
    doc["default"] = XmlFragment()
    log: list[bytes] = []
    subscription = doc.observe(lambda event: log.append(event.update))
    doc["default"].children.append(XmlElement("paragraph", contents=[XmlText("")]))
    text = doc["default"].children[0].children[0]
    for letter in "Bonjour à tous 🌍, und ein langer Satz dazu":
        text.insert(len(str(text).encode()), letter)
    doc.unobserve(subscription)
    assert sum(map(len, log)) > 800
    whole = join_updates(log, LIMITS)
    assert len(whole) < 120
    assert documents.tree(None, [whole], "default") == documents.tree(None, log, "default")


def test_what_does_not_follow_on_each_other_is_not_joined() -> None:
    writing = Writing(random.Random(1), people=1)
    for _ in range(3):
        writing.step()
    first, _, third = writing.log[:3]
    assert len(read_vector(documents.fold(None, [first]).state_vector)) == 1
    with pytest.raises(Malformed, match="jumps"):
        join_updates([first, third], LIMITS)
