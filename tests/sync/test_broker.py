"""One suite for every broker: the in-process form and Redis."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack
from dataclasses import replace

import pytest

from sync.broker import Broker, Committed, Control, DocumentMessage, LocalBroker, Missed, Present
from sync.limits import Limits
from sync.redis_broker import RedisBroker
from sync.store import Row
from tests.support.redis import RedisServer
from tests.sync.wire import until

SECRET = b"known to every node"
LIMITS = replace(Limits(), wire_ping_seconds=0.2, wire_seconds_max=0.5, wire_pause_seconds_max=0.2)
Ends = Callable[[str], Awaitable[Broker]]


@pytest.fixture
def redis(redis_program: str) -> Iterator[RedisServer]:
    server = RedisServer(redis_program)
    server.start()
    yield server
    if server.process:
        server.kill()


@pytest.fixture(params=["local", "redis"])
async def ends(request: pytest.FixtureRequest) -> AsyncIterator[Ends]:
    """Makes one end of a wire for each node."""
    wire: list[LocalBroker] = []
    async with AsyncExitStack() as stack:
        if request.param == "redis":
            url = request.getfixturevalue("redis").url

        async def end(node: str) -> Broker:
            if request.param == "local":
                return LocalBroker(node, wire)
            return await stack.enter_async_context(RedisBroker(url, node, SECRET, LIMITS))

        yield end


class Heard(list[DocumentMessage]):
    """What came about one document; where there is a moment before one hears, it is waited for."""

    async def begin(self, broker: Broker, name: str) -> None:
        broker.subscribe(name, self.append)
        if isinstance(broker, RedisBroker):
            await until(lambda: Missed(name) in self)
            self.remove(Missed(name))


def row(seq: int) -> Row:
    return Row(seq, "usr_lea", 1, b"update %d" % seq)


def committed(name: str, node: str, *seqs: int) -> Committed:
    return Committed(name, node, seqs[-1], tuple(map(row, seqs)))


async def test_what_one_node_says_of_a_document_those_who_subscribed_hear_in_order(ends: Ends) -> None:
    here, there, elsewhere = await ends("here"), await ends("there"), await ends("elsewhere")
    ours, theirs, others = Heard(), Heard(), Heard()
    await ours.begin(here, "note/a")
    await theirs.begin(there, "note/a")
    await others.begin(elsewhere, "note/b")
    said = [committed("note/a", "here", 1), Present("note/a", "here", b"x"), committed("note/a", "here", 2, 3)]
    for message in said:
        here.publish(message)
    here.publish(committed("note/b", "here", 1))
    await until(lambda: len(theirs) == 3 and len(others) == 1)
    assert (ours, theirs, others) == ([], said, [committed("note/b", "here", 1)])


async def test_who_unsubscribed_hears_nothing_and_who_comes_back_hears_again(ends: Ends) -> None:
    here, there = await ends("here"), await ends("there")
    first, other, again = Heard(), Heard(), Heard()
    await first.begin(there, "note/a")
    there.unsubscribe("note/a")
    await other.begin(there, "note/other")  # behind the unsubscription
    here.publish(committed("note/a", "here", 1))
    here.publish(committed("note/other", "here", 1))
    await until(lambda: len(other) == 1)
    await again.begin(there, "note/a")
    here.publish(committed("note/a", "here", 2))
    await until(lambda: len(again) == 1)
    assert (first, again) == ([], [committed("note/a", "here", 2)])


async def test_a_word_is_heard_by_every_other_node_that_listens(ends: Ends) -> None:
    here, there = await ends("here"), await ends("there")
    heard: list[str] = []
    here.listen("rights", lambda: heard.append("here"))
    there.listen("rights", lambda: heard.append("there"))
    probe = Heard()
    await probe.begin(there, "note/a")
    heard.clear()  # that words may have been missed before the beginning was told
    here.publish(Control("rights", "here"))
    here.publish(Control("another", "here"))
    here.publish(committed("note/a", "here", 1))
    await until(lambda: len(probe) == 1)
    assert heard == ["there"]


async def test_rows_too_large_for_the_wire_are_left_to_the_log(redis: RedisServer) -> None:
    async with (
        RedisBroker(redis.url, "here", SECRET, LIMITS) as here,
        RedisBroker(redis.url, "there", SECRET, LIMITS) as there,
    ):
        theirs = Heard()
        await theirs.begin(there, "note/a")
        large = Row(9, "usr_lea", 1, b"x" * (LIMITS.wire_message_bytes_max + 1))
        here.publish(Committed("note/a", "here", 9, (large,)))
        await until(lambda: len(theirs) == 1)
        assert theirs == [Committed("note/a", "here", 9, ())]


@pytest.mark.parametrize("trouble", ["killed", "frozen"])
async def test_who_lost_redis_says_so_when_it_is_back_and_hears_again(redis: RedisServer, trouble: str) -> None:
    async with (
        RedisBroker(redis.url, "here", SECRET, LIMITS) as here,
        RedisBroker(redis.url, "there", SECRET, LIMITS) as there,
    ):
        theirs = Heard()
        await theirs.begin(there, "note/a")
        if trouble == "killed":
            redis.kill()
        else:
            redis.freeze()
        for seq in range(1, 50):
            here.publish(committed("note/a", "here", seq))  # nobody waits, nobody is told
        await asyncio.sleep(3 * LIMITS.wire_ping_seconds)  # the trouble itself
        if trouble == "killed":
            redis.start()
        else:
            redis.thaw()
        await until(lambda: Missed("note/a") in theirs)

        async def heard_again() -> bool:
            here.publish(committed("note/a", "here", 99))
            await asyncio.sleep(0.02)
            return committed("note/a", "here", 99) in theirs

        async with asyncio.timeout(10):
            while not await heard_again():
                continue


async def test_a_forged_message_is_not_heard(redis: RedisServer) -> None:
    async with (
        RedisBroker(redis.url, "there", SECRET, LIMITS) as there,
        RedisBroker(redis.url, "forger", b"guessed", LIMITS) as forger,
        RedisBroker(redis.url, "here", SECRET, LIMITS) as here,
    ):
        theirs = Heard()
        await theirs.begin(there, "note/a")
        forger.publish(committed("note/a", "here", 1))
        forger.publish(Control("rights", "here"))
        here.publish(committed("note/a", "here", 2))
        await until(lambda: bool(theirs))
        await until(lambda: committed("note/a", "here", 2) in theirs)
        assert committed("note/a", "here", 1) not in theirs


async def test_an_end_that_has_just_begun_closes_at_once(redis: RedisServer) -> None:
    """What a verb of the command line does; a cancellation that came together with an answer was swallowed here."""
    for _ in range(50):
        async with asyncio.timeout(5), RedisBroker(redis.url, "here", SECRET, LIMITS) as here:
            here.publish(Control("rights", "here"))
            await asyncio.sleep(0)
