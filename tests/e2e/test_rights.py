"""Rights that change under open sockets: in both dialects, on every process, with Redis and without."""

import asyncio
import time
from collections.abc import Callable

import pytest
from playwright.async_api import Browser, expect

from tests.e2e.test_refusals import expire
from tests.support.node import People, Person
from tests.support.pages import EDITOR, sign_in
from tests.support.redis import RedisServer
from tests.support.server import Note, Server
from tests.support.waiting import allowed

OVER_REDIS_SECONDS = 1.0
BY_SWEEP_SECONDS = 5.0


def on(server: Server, note: Note) -> Note:
    return Note(server, note.contact_id, note.id)


async def opened(people: People, note: Note, name: str, *, y_websocket: bool = False, account: str = "tom") -> Person:
    question = await note.y_websocket(account) if y_websocket else note.hocuspocus(account)
    person = await people.open(name, **question)
    await person.until(synced=True)
    return person


async def change(server: Server, *verb: str) -> float:
    """A verb of the command line beside the servers; when it had been carried out."""
    await asyncio.to_thread(server.carnet, *verb)
    return time.monotonic()


@pytest.mark.parametrize("wire", ["up", "dead"])
@pytest.mark.timed
async def test_who_is_removed_is_out_in_both_dialects_on_every_process(
    pair: tuple[Server, Server], people: People, redis: RedisServer, wire: str
) -> None:
    first, second = pair
    note = await first.new_note()
    lea = await opened(people, note, "lea", account="lea")
    here = await opened(people, note, "here")
    there = await opened(people, on(second, note), "there")
    plain = await opened(people, on(second, note), "plain", y_websocket=True)
    bound = OVER_REDIS_SECONDS
    if wire == "dead":
        redis.kill()
        bound = BY_SWEEP_SECONDS

    done = await change(first, "user", "remove", "tom@carnet.test")
    for person in (here, there):
        await person.until(refusals=lambda said: "unauthenticated" in said)
    await plain.until(closes=lambda codes: 4401 in codes)
    took = time.monotonic() - done
    assert took < allowed(bound + 2.0), f"{took:.1f} s"  # the second is measured by `make soak ROW=rights`

    await here.do("write", text="after all")
    await lea.write("still here")
    await lea.until(saved=True)
    assert await note.text() == "still here"
    assert (await opened_again(people, note)) == ["unauthenticated"]


async def opened_again(people: People, note: Note) -> list[str]:
    again = await people.open("again", **note.hocuspocus("tom"))
    return (await again.until(refusals=bool))["refusals"]


async def test_an_editor_who_becomes_a_viewer_reads_on_and_writes_no_more(
    pair: tuple[Server, Server], people: People
) -> None:
    first, second = pair
    note = await first.new_note()
    lea = await opened(people, note, "lea", account="lea")
    tom = await opened(people, on(second, note), "tom")
    plain = await opened(people, on(second, note), "plain", y_websocket=True)
    await tom.write("while an editor")
    await tom.until(saved=True)

    await change(first, "user", "role", "tom@carnet.test", "viewer")
    await tom.until(scope="readonly")
    await tom.write(" and after")
    await plain.write("plainly")
    await lea.write("Léa goes on")
    await lea.until(saved=True)
    await tom.until(text=lambda text: "Léa goes on" in text)
    assert sorted((await note.text()).split("\n")) == ["Léa goes on", "while an editor"]

    await change(first, "user", "role", "tom@carnet.test", "editor")
    await tom.until(scope="read-write")


@pytest.mark.soak
@pytest.mark.timeout(600)
@pytest.mark.parametrize(("wire", "bound"), [("up", OVER_REDIS_SECONDS), ("dead", BY_SWEEP_SECONDS)])
async def test_rights_follow_within_their_bound(
    pair: tuple[Server, Server], people: People, redis: RedisServer, wire: str, bound: float
) -> None:
    """From the end of the verb, run beside the servers, until a socket of the process that did not hear of it tells."""
    first, second = pair
    note = await first.new_note()
    tom = await opened(people, on(second, note), "tom")
    if wire == "dead":
        redis.kill()
    took: list[float] = []
    for _ in range(15):
        for role, scope in (("viewer", "readonly"), ("editor", "read-write")):
            done = await change(first, "user", "role", "tom@carnet.test", role)
            await tom.until(scope=scope)
            took.append(time.monotonic() - done)
    took.sort()
    print(f"rights, Redis {wire}: {len(took)} changes, median {took[len(took) // 2]:.2f} s, at worst {took[-1]:.2f} s")
    assert took[-1] < bound


async def test_a_session_that_is_over_by_the_clock_ends_its_socket(
    people: People, own_server: Callable[..., Server]
) -> None:
    server = own_server()
    note = await server.new_note()
    tom = await opened(people, note, "tom")
    lea = await opened(people, note, "lea", account="lea")
    secret = server.token("tom")
    await asyncio.to_thread(server.carnet, "user", "sign-out", "mia@carnet.test")  # somebody else's: nothing happens
    await asyncio.to_thread(expire, server, secret)
    await asyncio.to_thread(server.carnet, "user", "sign-out", "mia@carnet.test")  # all are looked at anew

    await tom.until(refusals=["unauthenticated"])
    assert (await lea.state())["refusals"] == []


async def test_signing_out_ends_what_is_open_elsewhere_and_a_viewers_page_stops_being_one_to_write_in(
    browser: Browser, own_server: Callable[..., Server]
) -> None:
    server = own_server()
    note = await server.new_note()
    tom = await (await sign_in(browser, server, "tom")).new_page()
    await tom.goto(note.page)
    await expect(tom.locator(EDITOR)).to_have_attribute("contenteditable", "true")

    await change(server, "user", "role", "tom@carnet.test", "viewer")
    await expect(tom.locator("[contenteditable=true]")).to_have_count(0)
    await change(server, "user", "sign-out", "tom@carnet.test")
    await expect(tom.get_by_label("Mot de passe")).to_be_visible()


def test_the_last_admin_stays(own_server: Callable[..., Server]) -> None:
    server = own_server()
    with pytest.raises(AssertionError, match="only admin"):
        server.carnet("user", "remove", "lea@carnet.test")
    with pytest.raises(AssertionError, match="only admin"):
        server.carnet("user", "role", "lea@carnet.test", "viewer")
    with pytest.raises(AssertionError, match="no account"):
        server.carnet("user", "role", "nobody@carnet.test", "viewer")
    listed = server.carnet("user", "list").splitlines()
    assert [line.split("\t")[:2] for line in listed] == [
        ["lea@carnet.test", "admin"],
        ["mia@carnet.test", "viewer"],
        ["tom@carnet.test", "editor"],
    ]
