"""What a document has taken and not committed: whoever waits for it is told, and nobody else."""

import asyncio

import pytest

from sync.errors import Overload
from sync.kinds import Tx
from sync.pending import Condition, Pending, Taken
from sync.store import Entry
from tests.support.complaints import no_complaint


async def within(tx: Tx) -> None:
    """Nothing follows from it."""


async def test_who_waits_is_told_that_it_failed_and_who_does_not_is_no_complaint() -> None:
    loop = asyncio.get_running_loop()
    with no_complaint():
        pending = Pending()
        judged, unheard = Condition(1, within, loop.create_future()), loop.create_future()
        pending.add(Taken(Entry(b"a", "usr_1", ()), 0.0, done=unheard, condition=judged))
        waiting = asyncio.ensure_future(judged.outcome)

        pending.fail(Overload("the database does not answer"))

        with pytest.raises(Overload):
            await waiting
        del pending, unheard, judged, waiting
