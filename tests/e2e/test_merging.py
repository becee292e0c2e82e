"""Merging while people type, on two processes, and through kills: nobody notices, nothing is lost or half done."""

import asyncio
import random
import sqlite3
from collections.abc import Callable
from contextlib import closing, suppress
from functools import partial
from typing import Any

import httpx
import pytest

from tests.support.counting import counting
from tests.support.node import People
from tests.support.server import Note, Server
from tests.support.waiting import until

LETTER_EVERY_MS = 25
KILLS = 4


async def merge(server: Server, primary: Note, secondary: Note, name: str = "lea") -> httpx.Response:
    async with server.rest(name) as rest:
        body = {"primary_id": primary.contact_id, "secondary_id": secondary.contact_id}
        return await rest.post("/contacts/merge", json=body)


async def contact(server: Server, contact_id: str) -> dict[str, Any]:
    async with server.rest() as rest:
        answer = await rest.get(f"/contacts/{contact_id}")
        assert answer.status_code == 200, answer.text
        shown: dict[str, Any] = answer.json()
        return shown


async def stands(note: Note, line: str) -> bool:
    return line in (await note.text()).split("\n")


@pytest.mark.both_databases
async def test_those_who_type_in_both_notice_nothing_when_two_merge_in_opposite_directions(
    pair: tuple[Server, Server], people: People
) -> None:
    first, second = pair
    one, other = await first.new_note(), await first.new_note("C.", "Roy")
    there = [Note(second, note.contact_id, note.id) for note in (one, other)]
    opened = [
        (await people.open("ann", **one.hocuspocus("lea")), one),
        (await people.open("bob", **await there[0].y_websocket("tom")), one),
        (await people.open("cleo", **await other.y_websocket("lea")), other),
        (await people.open("dora", **there[1].hocuspocus("tom")), other),
    ]
    for typist, _ in opened:
        await typist.until(synced=True)
        await typist.do("startTyping", ms=LETTER_EVERY_MS)
    for typist, _ in opened:
        await typist.until(typed=lambda letters: letters >= 10)

    answers = await asyncio.gather(merge(first, one, other), merge(second, there[1], there[0], "tom"))
    assert sorted(answer.status_code for answer in answers) == [200, 201], [answer.text for answer in answers]
    assert answers[0].json()["id"] == answers[1].json()["id"]
    merged = answers[0].json()
    for typist, _ in opened:
        enough = (await typist.state())["typed"] + 10
        await typist.until(typed=lambda letters, enough=enough: letters >= enough)
    for typist, _ in opened:
        await typist.do("stopTyping")
    for typist, note in opened:
        state = await typist.state()
        assert (state["refusals"], state["closes"]) == ([], [])
        await until(partial(stands, note, counting(typist.name, state["typed"])))
    for typist, note in opened:
        await typist.until(text=await note.text())
    for server in pair:
        texts = [(await contact(server, note.contact_id))["notes_text"] for note in (one, other)]
        primary, secondary = (one, other) if merged["primary_id"] == one.contact_id else (other, one)
        assert texts == [f"{await primary.text()}\n\n{await secondary.text()}"] * 2


async def test_a_kill_in_the_middle_of_a_merge_leaves_all_or_nothing(
    own_server: Callable[[], Server], chance: random.Random
) -> None:
    server = own_server()
    async with server.rest() as rest:
        for _ in range(KILLS):
            ids = [
                (await rest.post("/contacts", json={"properties": properties})).json()["id"]
                for properties in ({"firstname": "Ada", "city": "Lyon"}, {"firstname": "Ada", "tags": ["vip"]})
            ]
            going = asyncio.create_task(
                rest.post("/contacts/merge", json={"primary_id": ids[0], "secondary_id": ids[1]})
            )
            await asyncio.sleep(chance.uniform(0, 0.06))  # the random moment itself
            server.kill()
            answered = None
            with suppress(httpx.TransportError):
                answered = (await going).status_code
            held = what_the_disk_holds(server, *ids)
            assert held in ((0, 0, 0, 1), (1, 1, 1, 0)), f"event, alias, value, own values: {held}"
            assert answered != 201 or held[0] == 1, "it was said to be done"
            await asyncio.to_thread(server.start)
            shown = await contact(server, ids[1])
            assert shown["id"] == ids[held[0] == 0]
            assert shown["properties"]["tags"] == ["vip"]


def what_the_disk_holds(server: Server, primary: str, secondary: str) -> tuple[int, ...]:
    """How many events, aliases, values that the merge put on the primary, values by which the secondary is found."""
    questions = (
        ("SELECT count(*) FROM merges WHERE secondary_id = ?", secondary),
        ("SELECT count(*) FROM aliases WHERE contact_id = ?", secondary),
        ("SELECT count(*) FROM property_values WHERE name = 'tags' AND contact_id = ?", primary),
        ("SELECT count(*) FROM property_values WHERE name = 'tags' AND contact_id = ?", secondary),
    )
    with closing(sqlite3.connect(server.data_dir / "carnet.db")) as database:
        return tuple(database.execute(question, [of]).fetchone()[0] for question, of in questions)
