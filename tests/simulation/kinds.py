"""The two kinds of documents of a simulation, one that is drawn when it settles and one that is admitted, watched."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from sync.kinds import Actor, Kind, Role, Tx, Verdict
from tests.simulation.oracle import Oracle
from tests.sync.toys import TOY_SCHEMA, admit_toy
from tests.sync.wire import SCHEMA

NOTE, TOY = "note/", "toy/"
TOYS = "toys"
"""Where a transaction keeps the values of admitted documents: name → key → value."""


def kinds_of(oracle: Oracle, authorise: Callable[[Actor, str], Awaitable[Role | None]]) -> list[Kind]:
    """Notes of paragraphs, and toys whose `age` must be a number."""

    async def settled(tx: Tx, name: str, drawn: Any, seq: int) -> None:
        oracle.drawn(name, seq, drawn)

    async def unsettled() -> list[str]:
        found = oracle.documents.items()
        return [n for n, document in found if n.startswith(NOTE) and document.drawn[0] < len(document.updates)]

    async def admitted(tx: Tx, name: str, verdict: Verdict, author_id: str, origin: Any) -> None:
        values = tx.setdefault(TOYS, {}).setdefault(name, {})
        for key, (_, new) in verdict.changes.items():
            values[key] = new
        for key in [key for key, value in values.items() if value is None]:
            del values[key]

    return [
        Kind(NOTE, SCHEMA, authorise, settled=settled, unsettled=unsettled),
        Kind(TOY, TOY_SCHEMA, authorise, admit=admit_toy, admitted=admitted),
    ]


def schema_of(name: str) -> Any:
    return SCHEMA if name.startswith(NOTE) else TOY_SCHEMA
