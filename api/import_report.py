"""What an import has to say at its end: who was refused and why, what was left out of whom, fields nobody kept.

Counts are exact; of the single cases the first are kept, so that a broken file of a gigabyte makes a report one can
read. Codes are those of messages.py.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from typing import Literal

from api.drafts import Draft, Refusal

CASES_MAX = 500
FIELDS_MAX = 100

Kind = Literal["refused", "partly", "same"]
"""Nothing of them was taken; a part was not; they are taken for somebody else in the same file."""


@dataclass(frozen=True, slots=True)
class Case:
    """One thing to tell: about whom, where they stand in the file, and why. `detail` is the value it is about."""

    kind: Kind
    line: int
    name: str
    code: str
    detail: str = ""


@dataclass(slots=True)
class Report:
    """Grows while an import runs; kept with it as JSON."""

    cases: list[Case] = field(default_factory=list)
    codes: Counter[str] = field(default_factory=Counter)
    left_out: Counter[str] = field(default_factory=Counter)

    def refuse(self, refusal: Refusal) -> None:
        """Somebody is not taken."""
        self.add(Case("refused", refusal.line, refusal.name, refusal.code))

    def take(self, draft: Draft, parts: Iterable[tuple[str, str]] = ()) -> None:
        """Somebody is taken, except for these parts and those that the draft names."""
        for code, detail in (*draft.refused, *parts):
            self.add(Case("partly", draft.line, draft.name, code, detail))
        for name in draft.left_out:
            if name in self.left_out or len(self.left_out) < FIELDS_MAX:
                self.left_out[name] += 1

    def same(self, draft: Draft, line: int) -> None:
        """Somebody is the one who stands on an earlier line of the file."""
        self.add(Case("same", draft.line, draft.name, "same_person", str(line)))

    def add(self, case: Case) -> None:
        """One thing more to tell."""
        self.codes[case.code] += 1
        if len(self.cases) < CASES_MAX:
            self.cases.append(case)

    def dump(self) -> str:
        """As JSON."""
        told = {"cases": [asdict(case) for case in self.cases], "codes": self.codes, "left_out": self.left_out}
        return json.dumps(told, ensure_ascii=False)

    @classmethod
    def load(cls, text: str) -> Report:
        """What `dump` wrote."""
        told = json.loads(text)
        return cls([Case(**case) for case in told["cases"]], Counter(told["codes"]), Counter(told["left_out"]))
