"""What the product has to say of a document: behind the SyncStep2, when it changes, and to those who can be told."""

from typing import Any

from sync.kinds import Remark
from sync.protocol import stateless_body
from sync.store import StoreUnavailable
from sync.workers import Workers
from tests.sync.wire import NAME, TOM, HocuspocusClient, YWebsocketClient, engine, until

AWAY, HOME = Remark("away", at_opening=True), Remark("home", at_opening=False)


class Product:
    """What it would say now."""

    def __init__(self, remark: Remark | None) -> None:
        self.remark, self.asked = remark, 0

    async def read(self, name: str) -> Remark | None:
        self.asked += 1
        return self.remark


def said(client: HocuspocusClient) -> list[str]:
    """The remarks that reached it, each on the client's own address."""
    bodies = {client.prefix + stateless_body(one.text): one.text for one in (AWAY, HOME)}
    return [bodies[frame] for frame in client.frames if frame in bodies]


async def opened(client: Any) -> Any:
    client.connect()
    await until(lambda: client.synced)
    return client


async def test_who_opens_is_told_and_so_is_who_is_there_when_it_changes(workers: Workers) -> None:
    product = Product(AWAY)
    async with engine(workers, remark=product.read) as rooms:
        lea, other = await opened(HocuspocusClient(rooms, "lea")), await opened(YWebsocketClient(rooms, TOM))
        await until(lambda: said(lea) == ["away"])
        room = rooms.peek(NAME)
        assert room
        for remark in (HOME, HOME, AWAY):
            room.change_remark(remark)
        await until(lambda: said(lea) == ["away", "home", "away"])
        assert product.asked == 1
        assert not any(frame.startswith(b"\x05") for frame in other.frames)


async def test_what_is_not_for_the_opening_is_told_only_once_it_changes(workers: Workers) -> None:
    async with engine(workers, remark=Product(HOME).read) as rooms:
        lea = await opened(HocuspocusClient(rooms, "lea"))
        lea.type("heard")
        await until(lambda: lea.saved)
        assert said(lea) == []


async def test_an_empty_room_forgets_what_nobody_keeps_true(workers: Workers) -> None:
    product = Product(AWAY)
    async with engine(workers, remark=product.read) as rooms:
        lea = await opened(HocuspocusClient(rooms, "lea"))
        await until(lambda: said(lea) == ["away"])
        await lea.disconnect()
        room = rooms.peek(NAME)
        assert room
        await until(lambda: not room.sessions)
        room.change_remark(AWAY)  # read before Léa left
        product.remark = HOME
        again = await opened(HocuspocusClient(rooms, "lea"))
        again.type("heard")
        await until(lambda: again.saved)
        assert said(again) == []


async def test_a_database_that_does_not_answer_keeps_nobody_out(workers: Workers) -> None:
    async def broken(name: str) -> Remark | None:
        raise StoreUnavailable("not now")

    async with engine(workers, remark=broken) as rooms:
        lea = await opened(HocuspocusClient(rooms, "lea"))
        lea.type("in")
        await until(lambda: lea.saved)
        room = rooms.peek(NAME)
        assert room
        room.change_remark(AWAY)
        await until(lambda: said(lea) == ["away"])
