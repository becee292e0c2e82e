"""The topology of docker-compose.yml with plain processes: nginx with its very file, two servers, PostgreSQL, Redis."""

import asyncio
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass

import httpx
import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from tests.conftest import DEMO_DATABASE
from tests.e2e.test_storm import all_in
from tests.e2e.test_two_processes import LETTER_EVERY_MS, all_seen
from tests.support.counting import counting
from tests.support.events import listening
from tests.support.nginx import Nginx
from tests.support.node import People, Person, node
from tests.support.postgres import PostgresServer
from tests.support.redis import RedisServer
from tests.support.server import DEMO_PASSWORD, Note, Server
from tests.support.waiting import allowed, until

RECONNECT_SECONDS_MAX = 5.0
MIB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Site:
    """The servers, and how people see them."""

    nginx: Nginx
    servers: tuple[Server, Server]
    front: Server

    async def new_note(self) -> Note:
        """A fresh note, at the address that people have."""
        return await self.front.new_note()

    async def sockets(self) -> list[int]:
        """How many sockets each server has."""
        return [await self._sockets_of(server) for server in self.servers]

    async def _sockets_of(self, server: Server) -> int:
        async with httpx.AsyncClient() as operator:
            metrics = (await operator.get(f"{server.url}/metrics")).text
        (found,) = re.findall(r"^carnet_open_sockets ([0-9.]+)$", metrics, re.M)
        return int(float(found))


@pytest.fixture(scope="module")
def site(
    demo_on_postgres: Server,
    postgres: PostgresServer,
    redis_program: str,
    nginx_program: str,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Site]:
    """One for all of these tests; whoever kills a server starts it again."""
    redis, folder = RedisServer(redis_program), tmp_path_factory.mktemp("site")
    environment = {
        "CARNET_DATABASE_URL": postgres.make_database("carnet_site", DEMO_DATABASE),
        "CARNET_REDIS_URL": redis.url,
        "CARNET_SECRET": "s" * 32,
        "CARNET_TRUSTED_PROXIES": "127.0.0.1",
    }
    tokens = dict(demo_on_postgres.tokens)
    servers = (
        Server(folder, environment=environment, tokens=tokens),
        Server(folder, environment=environment, tokens=tokens),
    )
    nginx = Nginx(nginx_program, servers)
    redis.start()
    for server in servers:
        server.start()
    nginx.start()
    yield Site(nginx, servers, nginx.front)
    nginx.stop()
    for server in servers:
        if server.process:
            server.stop()
    redis.kill()


async def two_people(site: Site, people: People, note: Note, dialect: str) -> list[Person]:
    """One on each server: the proxy gives a socket to who has fewer."""
    opened = []
    for name in ("ann", "bob"):
        address = note.hocuspocus("lea") if dialect == "hocuspocus" else await note.y_websocket("lea")
        opened.append(person := await people.open(name, **address))
        await person.until(synced=True)
    await until(lambda: one_each(site), what=lambda: "one socket on each server")
    for person in opened:
        await person.do("startTyping", ms=LETTER_EVERY_MS)
    return opened


async def one_each(site: Site) -> bool:
    return await site.sockets() == [1, 1]


@pytest.mark.timed
@pytest.mark.parametrize("dialect", ["hocuspocus", "y-websocket"])
async def test_people_on_two_processes_write_together_and_one_process_may_die(
    site: Site, people: People, dialect: str
) -> None:
    note = await site.new_note()
    both = await two_people(site, people, note, dialect)
    await all_seen(both, note, letters=20)
    site.servers[0].kill()
    began = time.monotonic()
    states = {person.name: (await person.state())["typed"] for person in both}

    async def back() -> bool:
        texts = [(await person.state())["text"] for person in both]
        return all(counting(name, typed + 5) in text for text in texts for name, typed in states.items())

    await until(back, what=lambda: "both see what both typed after one process died")
    seconds = time.monotonic() - began
    print(f"{dialect}: both saw each other's new words {seconds:.1f} s after one of the processes was killed")
    assert seconds < allowed(RECONNECT_SECONDS_MAX)
    await asyncio.to_thread(site.servers[0].start)
    assert [person.name for person in both if (await person.state())["refusals"]] == []


async def test_a_rolling_restart_costs_nobody_a_word(site: Site, people: People) -> None:
    note, crowds = await site.new_note(), await site.new_note()
    typists = [await people.open(name, **note.hocuspocus("lea")) for name in ("ann", "bob", "cleo")]
    typists.append(await people.open("dora", **await note.y_websocket("tom")))
    for typist in typists:
        await typist.until(synced=True)
        await typist.do("startTyping", ms=LETTER_EVERY_MS)
    async with node("storm.mjs") as crowd:
        readers = {"urls": [site.front.sync_url], "token": site.front.token("tom"), "documents": [crowds.document]}
        await crowd.ask("come", **readers, count=100)
        await all_in(crowd, 100, 30)
        for server in site.servers:
            await crowd.ask("begin")
            await all_seen(typists, note, letters=(await typists[0].state())["typed"] + 10)
            await asyncio.to_thread(server.stop)
            state = await all_in(crowd, 100, 30)
            assert set(state["closes"]) == {"1012"}, f"{state['closes']} {state['failures']}"
            assert state["failures"] == {}
            await asyncio.to_thread(server.start)
    letters = (await typists[0].state())["typed"] + 20
    await all_seen(typists, note, letters=letters)
    for typist in typists:
        await typist.do("stopTyping")
    everything = await settled(note, typists)
    for typist in typists:
        state = await typist.until(text=everything)
        assert state["refusals"] == []
        assert counting(typist.name, state["typed"]) in everything.split("\n")
        assert set(state["closes"]) <= {1012}, f"{typist.name}: {state['closes']}"


async def settled(note: Note, typists: list[Person]) -> str:
    """The note once everything that was typed is in it."""
    typed = {typist.name: (await typist.state())["typed"] for typist in typists}

    async def complete() -> str:
        text = await note.text()
        return text if all(counting(name, count) in text.split("\n") for name, count in typed.items()) else ""

    return await until(complete, what=lambda: f"all of {typed}")


async def test_changes_come_through_at_once_and_files_whole(site: Site) -> None:
    async with site.front.rest("lea") as lea, listening(lea) as stream:
        await stream.next()
        began = time.monotonic()
        contact = await site.new_note()
        while (event := await stream.next()) and event.data["contact_id"] != contact.contact_id:
            pass
        assert time.monotonic() - began < 2
        book = {"file": ("book.vcf", b"\0" * 12 * MIB, "text/vcard")}
        sent = await lea.post("/imports", files=book)
        assert sent.status_code == 201, sent.text
        too_large = await lea.post("/contacts", content=b" " * 12 * MIB, headers={"Content-Type": "application/json"})
        assert too_large.status_code == 413


async def test_the_proxy_opens_nothing_that_the_servers_keep_shut(site: Site) -> None:
    front, evil = site.front, {"Origin": "https://evil.example"}
    async with httpx.AsyncClient(base_url=front.url, timeout=30) as browser:
        signing_in = {"email": "lea@carnet.test", "password": DEMO_PASSWORD}
        signed = await browser.post("/api/v1/session", json=signing_in, headers={"Origin": front.url})
        assert signed.status_code == 200, signed.text
        cookie = f"carnet_session={signed.cookies['carnet_session']}"
        assert (await browser.get("/api/v1/me", headers=evil)).status_code == 403
        assert (await browser.get("/metrics")).status_code == 404
        assert (await browser.get("/api/v1/me", headers={"Host": "evil.example"})).status_code == 400
    with pytest.raises(InvalidStatus, match="403"):
        async with connect(front.sync_url, additional_headers={**evil, "Cookie": cookie}):
            pass
    async with connect(front.sync_url, additional_headers={"Origin": front.url, "Cookie": cookie}) as socket:
        assert await socket.ping()


async def test_the_proxy_writes_neither_addresses_nor_tickets_down(site: Site) -> None:
    note = await site.new_note()
    ticket = (await note.y_websocket())["ticket"]
    async with connect(f"{site.front.sync_url}/{note.document}?ticket={ticket}") as socket:
        assert await socket.ping()
    async with site.front.rest() as rest:
        answer = await rest.get("/contacts/ada@example.com", headers={"X-Forwarded-For": "192.0.2.7"})

    async def written() -> bool:
        return answer.headers["x-request-id"] in site.nginx.log() and '"status":101' in site.nginx.log()

    await until(written, what=site.nginx.log)
    log = site.nginx.log()
    assert [word for word in (ticket, "ada@example.com", note.id) if word in log] == []
