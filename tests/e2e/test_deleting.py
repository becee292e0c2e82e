"""A contact that is deleted while people type in it, on two processes, in both dialects."""

import pytest

from tests.e2e.test_rights import on, opened
from tests.support.node import People
from tests.support.server import Server
from tests.support.waiting import until


@pytest.mark.both_databases
async def test_who_types_in_a_contact_that_is_deleted_is_sent_away_on_every_process(
    pair: tuple[Server, Server], people: People
) -> None:
    first, second = pair
    note, other = await first.new_note(), await first.new_note("Une", "Autre")
    here, there = await opened(people, note, "here"), await opened(people, on(second, note), "there")
    plain = await opened(people, on(second, note), "plain", y_websocket=True)
    elsewhere = await opened(people, on(second, other), "elsewhere")
    await here.write("Avant. ")
    await here.until(saved=True)
    await there.until(text="Avant. ")

    async with first.rest("lea") as rest:
        assert (await rest.delete(f"/contacts/{note.contact_id}")).status_code == 204
    for person in (here, there):
        await person.until(refusals=lambda said: "not-found" in said)
    await plain.until(closes=lambda codes: 4404 in codes)
    await there.do("write", text="Dans le vide")
    await elsewhere.write("Rien à voir")
    await elsewhere.until(saved=True)

    async with second.rest("tom") as rest:
        assert (await rest.post(f"/contacts/{note.contact_id}/restore")).status_code == 200
    again = await opened(people, on(second, note), "again")
    await again.until(text="Avant. ")
    await again.write("Après")
    await again.until(saved=True)

    async def all_there() -> bool:
        return "Après" in await note.text()

    await until(all_there, what=lambda: "the words after restoring")
    assert "Dans le vide" not in await note.text()
