"""What befalls a world: how large it is, the seed of its dice, and steps, each a verb with two numbers to read it by.

A story can be written down as one line, so a failing one is kept for ever (kept.jsonl), whatever becomes of the dice
that made it. Each line there says first what was wrong.
"""

from __future__ import annotations

import json
from dataclasses import astuple, dataclass
from random import Random
from typing import NamedTuple, Self

VERBS = {
    "edit": 60,
    "type_fast": 4,
    "hurry": 4,
    "rest": 6,
    "cut": 4,
    "offline": 3,
    "online": 4,
    "reload": 2,
    "stall": 3,
    "crash": 3,
    "deploy": 1,
    "weather": 6,
    "mend_wire": 1,
    "rights": 6,
    "month": 1,
    "flip": 1,
    "stranger": 3,
    "program": 2,
}
"""And how often each is chosen."""
NUMBER_MAX = 9_999


class Step(NamedTuple):
    verb: str
    a: int
    b: int


@dataclass(frozen=True, slots=True)
class Story:
    seed: int
    nodes: int
    devices: int
    documents: int
    sweeps: bool
    sql: bool
    steps: tuple[Step, ...]

    @classmethod
    def of(cls, seed: int) -> Self:
        """The story of a seed."""
        chance = Random(seed)
        size = chance.choice([1, 2, 2, 3]), chance.randint(2, 5), chance.choice([1, 1, 1, 2, 3])
        verbs = chance.choices(list(VERBS), list(VERBS.values()), k=chance.choice([20, 60, 120]))
        steps = tuple(Step(verb, chance.randint(0, NUMBER_MAX), chance.randint(0, NUMBER_MAX)) for verb in verbs)
        return cls(seed, *size, chance.random() < 0.6, chance.random() < 0.2, steps)

    def line(self, why: str) -> str:
        """A line of kept.jsonl."""
        return json.dumps([why, *astuple(self)], separators=(",", ":"))

    @classmethod
    def read(cls, line: str) -> tuple[str, Self]:
        """Why it is kept, and the story."""
        why, *size, steps = json.loads(line)
        return why, cls(*size, tuple(Step(*step) for step in steps))
