"""Who may not, is told so: in both dialects of the sockets and over REST."""

import sqlite3
from contextlib import closing
from urllib.parse import quote

import httpx
import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from api.credentials import hash_secret
from tests.support.hostile import PARAGRAPH, STRING, TEXT_INSIDE, inside, string, update
from tests.support.node import People
from tests.support.server import DEMO_PASSWORD, Note, Server
from tests.support.wire import Accepted, Refused, Status, wire

UPDATE = update(PARAGRAPH, TEXT_INSIDE, inside(1, STRING, string("Intruder")))
FOREIGN_ORIGINS = (
    "https://evil.example",
    "null",
    "http://127.0.0.1",
    "http://127.0.0.1:1",
    "http://localhost.evil.example:{port}",
    "https://127.0.0.1:{port}",
    "file://",
    "",
)
ABSENT = "note/act_" + "0" * 32


async def refused_on_hocuspocus(people: People, note: Note, **question: str) -> list[str]:
    stranger = await people.open("stranger", **{**note.hocuspocus(), **question})
    return (await stranger.until(refusals=bool))["refusals"]


async def closed_on_y_websocket(note: Note, *, query: str = "", document: str | None = None, **headers: str) -> int:
    """The close code of a socket that the server lets open and then closes."""
    address = f"{note.server.sync_url}/{document or note.document}{query}"
    async with connect(address, additional_headers=headers) as socket:
        await socket.wait_closed()
        assert socket.close_code is not None
        return socket.close_code


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def expire(server: Server, secret: str) -> None:
    """Let a token's or a session's time be over."""
    with closing(sqlite3.connect(server.data_dir / "carnet.db")) as database, database:
        change = "UPDATE credentials SET expires_at = created_at WHERE secret_hash = ?"
        assert database.execute(change, [hash_secret(secret)]).rowcount == 1


async def test_a_viewers_update_is_neither_taken_nor_shown(people: People, carnet_server: Server) -> None:
    note = await carnet_server.new_note()
    lea = await people.open("lea", **note.hocuspocus("lea"))
    mia = await people.open("mia", **note.hocuspocus("mia"))
    other = await people.open("other", **await note.y_websocket("mia"))
    await lea.until(saved=True)
    await mia.until(saved=True, scope="readonly")
    await other.until(synced=True)

    await mia.write("From a viewer")
    await other.write("From a viewer of the other dialect")
    async with wire(note, "mia") as viewer:
        assert await viewer.until(Accepted) == Accepted("readonly")
        await viewer.update(UPDATE)
        assert await viewer.until(Status) == Status(taken=False)
    await lea.write("From an editor")

    await lea.until(saved=True)
    assert await note.text() == "From an editor"
    assert await lea.text() == "From an editor"
    assert not (await mia.state())["saved"]
    async with carnet_server.rest("mia") as rest:
        answer = await rest.patch(f"/notes/{note.id}", json={"body": "From a viewer", "format": "plain"})
    assert (answer.status_code, answer.headers["content-type"]) == (403, "application/problem+json")


async def test_a_stranger_does_not_come_in(people: People, carnet_server: Server) -> None:
    note = await carnet_server.new_note()

    assert await refused_on_hocuspocus(people, note, token="") == ["unauthenticated"]
    assert await closed_on_y_websocket(note) == 4401
    async with carnet_server.rest(None) as rest:
        assert (await rest.get(f"/notes/{note.id}")).status_code == 401


@pytest.mark.parametrize("forged", ["carnet_" + "x" * 43, "x", "carnet_", "é"])
async def test_a_forged_token_opens_nothing(people: People, carnet_server: Server, forged: str) -> None:
    note = await carnet_server.new_note()

    assert await refused_on_hocuspocus(people, note, token=forged) == ["unauthenticated"]
    assert await closed_on_y_websocket(note, query=f"?ticket={quote(forged)}") == 4401
    async with carnet_server.rest(None) as rest:
        answer = await rest.get(f"/notes/{note.id}", headers={"Authorization": f"Bearer {forged}".encode()})
        assert answer.status_code == 401


async def test_an_expired_token_opens_nothing_and_neither_does_its_ticket(
    people: People, carnet_server: Server
) -> None:
    note = await carnet_server.new_note()
    token = carnet_server.carnet("token", "tom@carnet.test").split()[-1]
    async with httpx.AsyncClient(base_url=f"{carnet_server.url}/api/v1", headers=bearer(token)) as rest:
        ticket = (await rest.post("/tickets", json={"document": note.document})).json()["ticket"]

        expire(carnet_server, token)

        assert (await rest.get(f"/notes/{note.id}")).status_code == 401
    assert await refused_on_hocuspocus(people, note, token=token) == ["unauthenticated"]
    assert await closed_on_y_websocket(note, query=f"?ticket={ticket}") == 4401
    assert await closed_on_y_websocket(note, **bearer(token)) == 4401


async def test_a_ticket_is_for_one_document(carnet_server: Server) -> None:
    note, other = await carnet_server.new_note(), await carnet_server.new_note()
    ticket = (await note.y_websocket("lea"))["ticket"]

    assert await closed_on_y_websocket(other, query=f"?ticket={ticket}") == 4401


async def test_what_does_not_exist_is_not_found(people: People, carnet_server: Server) -> None:
    note = await carnet_server.new_note()
    token = carnet_server.token("lea")

    assert await refused_on_hocuspocus(people, note, document=ABSENT) == ["not-found"]
    assert await closed_on_y_websocket(note, document=ABSENT, **bearer(token)) == 4404
    async with carnet_server.rest() as rest:
        assert (await rest.get(f"/notes/{ABSENT.removeprefix('note/')}")).status_code == 404
        assert (await rest.post("/tickets", json={"document": ABSENT})).status_code == 404


@pytest.mark.parametrize("origin", FOREIGN_ORIGINS)
async def test_another_sites_page_gets_nowhere_with_a_signed_in_browser(carnet_server: Server, origin: str) -> None:
    note = await carnet_server.new_note()
    foreign = {"Origin": origin.format(port=carnet_server.port)}
    credentials = {"email": "lea@carnet.test", "password": DEMO_PASSWORD}
    async with httpx.AsyncClient(base_url=f"{carnet_server.url}/api/v1") as browser:
        assert (await browser.post("/session", json=credentials)).status_code == 200
        cookie = {"Cookie": "; ".join(f"{name}={value}" for name, value in browser.cookies.items())}
        writing = {"json": {"body": "Intruder", "format": "plain"}, "headers": {**foreign, "X-Carnet": "1"}}
        assert (await browser.patch(f"/notes/{note.id}", **writing)).status_code == 403

    for address in (carnet_server.sync_url, f"{carnet_server.sync_url}/{note.document}"):
        with pytest.raises(InvalidStatus) as refusal:
            await connect(address, additional_headers={**cookie, **foreign})
        assert refusal.value.response.status_code == 403
    assert await note.text() == ""


async def test_a_client_id_of_somebody_else_is_refused_and_its_words_stay(carnet_server: Server) -> None:
    note = await carnet_server.new_note()
    async with wire(note, "lea") as owner:
        await owner.update(UPDATE)
        assert await owner.until(Status) == Status(taken=True)

    async with wire(note, "tom") as thief:
        await thief.update(update(inside(1, STRING, string("Stolen")), clock=10))
        assert await thief.until(Refused) == Refused("foreign-client")

    assert await note.text() == "Intruder"
