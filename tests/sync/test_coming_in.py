"""The door: turns in order, a bound on the line, and leaving one after another."""

import asyncio
import random

import pytest

from sync.admission import Admission
from sync.errors import Overload
from sync.limits import Limits
from tests.support.waiting import until


async def hold(admission: Admission, inside: list[int], number: int, leave: asyncio.Event) -> None:
    async with admission.turn():
        inside.append(number)
        await leave.wait()


async def test_a_few_are_inside_and_the_others_follow_in_order() -> None:
    admission, inside, leave = Admission(Limits(handshakes_at_once_max=2)), list[int](), asyncio.Event()
    async with asyncio.TaskGroup() as tasks:
        for number in range(5):
            tasks.create_task(hold(admission, inside, number, leave))
        await until(lambda: asyncio.sleep(0, admission.waiting == 3))
        assert inside == [0, 1]
        leave.set()
    assert inside == [0, 1, 2, 3, 4]
    assert admission.waiting == 0


async def test_who_takes_long_does_not_keep_the_others_waiting() -> None:
    limits = Limits(handshakes_at_once_max=1, turn_seconds_max=0.01)
    admission, inside, leave = Admission(limits), list[int](), asyncio.Event()
    async with asyncio.TaskGroup() as tasks:
        for number in range(3):
            tasks.create_task(hold(admission, inside, number, leave))
        await until(lambda: asyncio.sleep(0, inside == [0, 1, 2]))
        leave.set()
    async with asyncio.timeout(1):
        await hold(admission, inside, 3, leave)


async def test_only_past_the_bound_of_the_line_is_somebody_sent_away() -> None:
    limits = Limits(handshakes_at_once_max=1, handshakes_waiting_max=1)
    admission, inside, leave = Admission(limits), list[int](), asyncio.Event()
    async with asyncio.TaskGroup() as tasks:
        for number in range(2):
            tasks.create_task(hold(admission, inside, number, leave))
        await until(lambda: asyncio.sleep(0, admission.waiting == 1))
        with pytest.raises(Overload):
            async with admission.turn():
                pass
        leave.set()
    assert inside == [0, 1]


async def test_somebody_who_gives_up_leaves_the_line() -> None:
    admission, inside, leave = Admission(Limits(handshakes_at_once_max=1)), list[int](), asyncio.Event()
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(hold(admission, inside, 0, leave))
        impatient = tasks.create_task(hold(admission, inside, 1, leave))
        await until(lambda: asyncio.sleep(0, admission.waiting == 1))
        impatient.cancel()
        await until(lambda: asyncio.sleep(0, admission.waiting == 0))
        leave.set()
    assert inside == [0]


class Guest:
    """Notes when it is to go."""

    def __init__(self) -> None:
        self.moments: list[float] = []
        self.seen: list[float] = []

    def tick(self, now: float) -> None:
        self.seen.append(now)

    def leave_in(self, seconds: float) -> None:
        self.moments.append(seconds)


@pytest.mark.parametrize(("sockets", "seconds"), [(1, 0.0025), (400, 1.0), (2000, 5.0), (20_000, 5.0)])
async def test_sockets_leave_spread_over_as_long_as_their_number_asks_for(sockets: int, seconds: float) -> None:
    moments: list[float] = []
    for seed in range(2000 // sockets + 1):
        admission, guests = Admission(Limits(), random.Random(seed)), [Guest() for _ in range(sockets)]
        for guest in guests:
            admission.come_in(guest)
        admission.drain()
        moments += [moment for guest in guests for moment in guest.moments]
    assert min(moments) >= 0
    assert seconds * 0.9 < max(moments) <= seconds
    tenths = [sum(seconds * n / 10 <= moment < seconds * (n + 1) / 10 for moment in moments) for n in range(10)]
    assert all(0.07 < count / len(moments) < 0.13 for count in tenths), tenths


async def test_who_comes_in_while_the_others_leave_leaves_at_once() -> None:
    admission, late = Admission(Limits()), Guest()
    admission.drain()
    admission.come_in(late)
    assert late.moments == [0]


async def test_time_passes_for_those_who_are_in() -> None:
    admission, stays, went = Admission(Limits()), Guest(), Guest()
    for guest in (stays, went):
        admission.come_in(guest)
    admission.go(went)
    admission.tick(3.0)
    assert (stays.seen, went.seen) == ([3.0], [])


async def test_a_drain_waits_until_the_last_one_has_gone() -> None:
    admission, guest = Admission(Limits()), Guest()
    await admission.everybody_gone()
    admission.come_in(guest)
    gone = asyncio.create_task(admission.everybody_gone())
    await asyncio.sleep(0)
    assert not gone.done()
    admission.go(guest)
    await gone
