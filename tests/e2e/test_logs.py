"""The log of whole runs: what it tells, from the socket to the row, and what it never tells."""

import json
import os
import signal
import sqlite3
from collections.abc import Callable
from contextlib import closing
from typing import Any

import httpx
from websockets.asyncio.client import connect

from tests.support import hostile
from tests.support.node import People
from tests.support.server import DEMO_PASSWORD, Note, Server
from tests.support.waiting import until
from tests.support.wire import Refused, Status, wire

WORDS = ("quatremere", "typed over hocuspocus", "typed over y-websocket", "sent by rest", "bogustag", "looked for")


def lines(server: Server) -> list[dict[str, Any]]:
    """Every line that is one of the log's."""
    return [json.loads(line) for line in server.log().splitlines() if line.startswith("{")]


async def sign_in(server: Server, email: str, password: str) -> str:
    """The session's secret; "" where there is none."""
    async with httpx.AsyncClient(base_url=f"{server.url}/api/v1", timeout=30) as browser:
        answer = await browser.post("/session", json={"email": email, "password": password})
        return answer.cookies.get("carnet_session", "")


async def write_everywhere(note: Note, people: People) -> str:
    """Over both dialects, by REST, and once so that it is refused; the ticket that was used."""
    plain = await note.y_websocket()
    ann, tom = await people.open("ann", **note.hocuspocus()), await people.open("tom", **plain)
    await ann.write("typed over hocuspocus")
    await tom.write("typed over y-websocket")
    await ann.until(saved=True, text=lambda text: "typed over y-websocket" in text)
    async with note.server.rest() as rest:
        assert (await rest.patch(f"/notes/{note.id}", json={"body": "sent by rest"})).status_code == 200
        assert (await rest.get("/search", params={"q": "looked for"})).status_code == 200
        assert (await rest.get("/contacts/quatremere@example.com")).status_code == 404
    async with wire(note, "lea") as socket:
        await socket.update(hostile.update(hostile.at_root(hostile.TYPE, hostile.element("bogustag"))))
        assert isinstance(await socket.until(Refused), Refused)
    return plain["ticket"]


async def test_no_secret_and_no_word_is_in_the_log_of_a_whole_run(
    own_server: Callable[..., Server], people: People
) -> None:
    server = own_server(environment={"CARNET_LOG_LEVEL": "debug", "CARNET_METRICS_TOKEN": "metrics-token"})
    note = await server.new_note("Zoé", "Quatremère")
    cookie = await sign_in(server, "lea@carnet.test", DEMO_PASSWORD)
    assert not await sign_in(server, "tom@carnet.test", "a wrong password")
    ticket = await write_everywhere(note, people)
    async with httpx.AsyncClient(base_url=server.url) as browser:
        await browser.get(f"/api/v1/me?ticket={ticket}")
        await browser.get(f"/sync/{ticket}")
    for worker in server.child_processes():
        os.kill(worker, signal.SIGKILL)
    async with server.rest() as rest:
        await rest.patch(f"/notes/{note.id}", json={"body": "sent by rest again"})
    with closing(sqlite3.connect(server.data_dir / "carnet.db")) as database:
        database.execute("DELETE FROM document_updates WHERE name = ? AND seq = 1", [note.document])
        database.execute("DROP TABLE avatars")
        database.commit()
    async with server.rest() as rest:
        assert (await rest.get("/contacts")).status_code == 500
    server.stop()

    log = server.log().lower()
    assert "traceback" in log
    secrets = [*server.tokens.values(), cookie, ticket, "metrics-token", DEMO_PASSWORD, "a wrong password"]
    assert [word for word in (*secrets, *WORDS, "@carnet.test", "@example.com", "zoé") if word.lower() in log] == []


async def test_one_id_leads_from_the_socket_to_the_row(own_server: Callable[..., Server]) -> None:
    server = own_server(environment={"CARNET_LOG_LEVEL": "debug"})
    note = await server.new_note()
    async with wire(note, "lea") as socket:
        await socket.update(hostile.update(hostile.PARAGRAPH))
        assert isinstance(await socket.until(Status), Status)

        async def committed() -> dict[str, Any] | None:
            found = [
                line for line in lines(server) if line["event"] == "appended" and line["document"] == note.document
            ]
            return found[-1] if found else None

        commit = await until(committed, what=server.log)
    assert commit
    (socket_id,) = commit["ids"]
    events = [line["event"] for line in lines(server) if line.get("id") == socket_id]
    assert events[:2] == ["socket", "document opened"]
    with closing(sqlite3.connect(server.data_dir / "carnet.db")) as database:
        question = "SELECT node, batch_id FROM document_updates WHERE name = ? AND seq = ?"
        row = database.execute(question, [note.document, commit["rows"][1]]).fetchone()
    assert row == (commit["node"], commit["batch"])


async def test_an_answer_carries_the_id_that_a_proxy_gave(own_server: Callable[..., Server]) -> None:
    server = own_server()
    async with server.rest() as rest:
        answer = await rest.get("/contacts/con_nobody", headers={"X-Request-Id": "from-the-proxy"})
    assert answer.headers["x-request-id"] == answer.json()["request_id"] == "from-the-proxy"

    async def told() -> list[dict[str, Any]]:
        return [line for line in lines(server) if line.get("id") == "from-the-proxy"]

    (line,) = await until(told, what=server.log)
    assert (line["event"], line["route"], line["status"]) == ("request", "/api/v1/contacts/{id}", 404)


async def test_a_socket_that_is_refused_is_told_of(own_server: Callable[..., Server]) -> None:
    server = own_server()
    note = await server.new_note()
    async with connect(f"{server.sync_url}/{note.document}?ticket=forged") as socket:
        await socket.wait_closed()
        assert socket.close_code == 4401
    server.stop()
    (ended,) = [line for line in lines(server) if line["event"] == "socket ended"]
    assert (ended["route"], ended["of"]) == ("/sync/{document:path}", note.document)
