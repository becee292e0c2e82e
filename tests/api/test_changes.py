"""The stream of changes, against a server of its own."""

import asyncio
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.support.events import Event, listening
from tests.support.server import DEMO_PASSWORD, Server
from tests.support.waiting import until

OURS = {"X-Carnet": "1"}


async def rename(client: httpx.AsyncClient, contact_id: str, name: str) -> None:
    answer = await client.patch(f"/contacts/{contact_id}", json={"properties": {"firstname": name}})
    assert answer.status_code == 200, answer.text


async def test_a_change_is_told_with_who_and_what(carnet_server: Server) -> None:
    async with carnet_server.rest("mia") as mia, carnet_server.rest("lea") as lea, listening(mia) as stream:
        begin = await stream.next()
        note = await carnet_server.new_note()
        made = await stream.until(note.contact_id)
        await lea.post(f"/notes/{note.id}/append", json={"body": "words"})
        written = await stream.until(note.id)
        me = (await lea.get("/me")).json()["id"]
    assert begin is not None
    assert begin.data is None
    assert stream.response.headers["content-type"] == "text/event-stream; charset=utf-8"
    assert int(begin.id) < int(made.id) < int(written.id)
    assert made.data == {
        "type": "contact.created",
        "id": note.contact_id,
        "contact_id": note.contact_id,
        "seq": 1,
        "actor_id": me,
    }
    assert written.data == {
        "type": "note.updated",
        "id": note.id,
        "contact_id": note.contact_id,
        "seq": 1,
        "actor_id": me,
    }


async def test_who_comes_back_is_told_what_was_missed(carnet_server: Server) -> None:
    note = await carnet_server.new_note()
    async with carnet_server.rest("tom") as tom:
        async with listening(tom) as stream:
            begin = await stream.next()
        assert begin is not None
        for name in ("one", "two", "three"):
            await rename(tom, note.contact_id, name)
        async with listening(tom, begin.id) as stream:
            versions = [(await stream.until(note.contact_id)).data["seq"] for _ in range(3)]
    assert versions == [2, 3, 4]


async def test_a_number_the_server_does_not_have_means_reading_afresh(carnet_server: Server) -> None:
    async with carnet_server.rest("tom") as tom, listening(tom, "999999999") as stream:
        await stream.next()
        reset = await stream.next()
        assert isinstance(reset, Event)
        assert (reset.name, reset.data) == ("reset", {})
        note = await carnet_server.new_note()
        assert int((await stream.until(note.contact_id)).id) > int(reset.id)


@pytest.mark.parametrize("last", ["x", "-1", "1.5", "9" * 30, "٣"])
async def test_a_number_that_is_none_is_refused(carnet_server: Server, last: str) -> None:
    async with carnet_server.rest("tom") as tom:
        answer = await tom.get("/changes", headers={"Last-Event-ID": last.encode()})
    assert answer.status_code == 400


async def test_strangers_hear_nothing(carnet_server: Server) -> None:
    async with carnet_server.rest(None) as stranger:
        assert (await stranger.get("/changes")).status_code == 401


async def test_a_stream_ends_when_its_session_does(carnet_server: Server) -> None:
    origin = {"Origin": carnet_server.url, **OURS}
    async with httpx.AsyncClient(base_url=f"{carnet_server.url}/api/v1", headers=origin, timeout=30) as browser:
        await browser.post("/session", json={"email": "mia@carnet.test", "password": DEMO_PASSWORD})
        async with listening(browser) as stream:
            await stream.next()
            await browser.delete("/session")
            async with asyncio.timeout(30):
                while await stream.next():
                    pass


async def test_what_a_command_writes_beside_the_server_is_told(tmp_path: Path) -> None:
    server = Server(tmp_path / "data", environment={"CARNET_PASSWORD": "a long enough word"})
    server.start()
    server.carnet("user", "add", "ada@carnet.test", "--name", "Ada", "--role", "viewer")
    try:
        async with server.rest("ada@carnet.test") as ada, listening(ada) as stream:
            await stream.next()
            server.carnet("demo")
            async with asyncio.timeout(30):
                told = await stream.next()
        assert told is not None
        assert told.data["type"] == "contact.created"
    finally:
        server.stop()


async def test_an_old_state_and_the_changes_are_the_new_state(own_server: Callable[..., Server]) -> None:
    """Who reads all once, and afterwards only what they are told of, has what a newcomer has."""
    server, chance = own_server(), random.Random(7)
    async with server.rest("mia") as mia, listening(mia) as stream:
        await stream.next()
        some = [one["id"] for one in (await mia.get("/contacts?limit=5")).json()["results"]]
        state = await everything(mia, some)

        async def follow() -> None:
            while event := await stream.next():
                if event.data:
                    for object_id in {event.data["id"], event.data["contact_id"]}:
                        state.update(await read(mia, object_id))

        following = asyncio.create_task(follow())
        written = await asyncio.gather(*(write(server, who, some, chance) for who in ("lea", "tom")))
        fresh = await everything(mia, [contact_id for ids in written for contact_id in ids])

        async def caught_up() -> bool:
            return state == fresh

        await until(caught_up, what=lambda: "the followed state is not the state")
        following.cancel()


async def write(server: Server, who: str, some: list[str], chance: random.Random) -> list[str]:
    """Make contacts, and write in these and those; all their ids."""
    contacts = list(some)
    async with server.rest(who) as rest:
        for number in range(12):
            act = chance.choice(("make", "rename", "append", "patch"))
            contact = (await rest.get(f"/contacts/{chance.choice(contacts)}")).json()
            if act == "make":
                made = await rest.post("/contacts", json={"properties": {"firstname": f"{who} {number}"}})
                contacts.append(made.json()["id"])
            elif act == "rename":
                await rename(rest, contact["id"], f"{who} {number}")
            elif act == "append":
                await rest.post(f"/notes/{contact['main_note_id']}/append", json={"body": f"{who} **{number}**"})
            else:
                await rest.patch(f"/notes/{contact['main_note_id']}", json={"body": f"{who} {number}"})
    return contacts


async def read(rest: httpx.AsyncClient, object_id: str) -> dict[str, Any]:
    """An object by its id, and with a contact its main note, which is made without a word of its own."""
    if not object_id.startswith("con_"):
        return {object_id: (await rest.get(f"/notes/{object_id}")).json()}
    contact = (await rest.get(f"/contacts/{object_id}")).json()
    del contact["notes_text"]  # as the list has it
    return {object_id: contact, **await read(rest, contact["main_note_id"])}


async def everything(rest: httpx.AsyncClient, some: list[str]) -> dict[str, Any]:
    """Every contact as the list has it, and the main notes of some."""
    state: dict[str, Any] = {}
    path = "/contacts?limit=200"
    while path:
        page = (await rest.get(path)).json()
        state.update({contact["id"]: contact for contact in page["results"]})
        path = page["paging"].get("next", {}).get("link", "").removeprefix("/api/v1")
    for note_id in {state[contact_id]["main_note_id"] for contact_id in some}:
        state.update(await read(rest, note_id))
    return state
