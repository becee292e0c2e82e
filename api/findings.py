"""What `carnet doctor` finds: a check, how it went, and what to do where it did not go well."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

State = Literal["ok", "warning", "failed"]
NAMED_MAX = 5


@dataclass(frozen=True, slots=True)
class Finding:
    """One check. `failed`: words or service are in danger; `warning`: they may come to be. `advice` says what to do."""

    check: str
    state: State
    found: str
    advice: str = ""


def some(names: list[str]) -> str:
    """The first few of them."""
    more = f" and {len(names) - NAMED_MAX} more" if len(names) > NAMED_MAX else ""
    return ", ".join(names[:NAMED_MAX]) + more
