"""The demo team."""

import asyncio

import pytest
from sqlalchemy import func, select

from api import demo
from api.demo_contacts import PERSONS
from api.tables import changes, notes
from sync.sql_store import document_updates
from tests.support.world import World

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def counts(world: World) -> list[int]:
    async def read(tx):  # type: ignore[no-untyped-def]
        tables = (notes, document_updates, changes)
        return [(await tx.execute(select(func.count()).select_from(table))).scalar_one() for table in tables]

    return await world.carnet.database.read(read)


async def test_the_demo_fills_an_empty_server_and_done_again_changes_nothing(world: World) -> None:
    await demo.fill(world.carnet)
    before = await counts(world)
    assert before[0] == len(PERSONS) >= 40
    await demo.fill(world.carnet)
    assert await counts(world) == before


async def test_words_people_wrote_since_are_left_alone(world: World) -> None:
    await demo.fill(world.carnet)
    async with world.client("editor") as rest:
        contacts = (await rest.get("/contacts?limit=200")).json()["results"]
        camille = next(one for one in contacts if one["properties"] == {"firstname": "Camille", "lastname": "Roy"})
        note = (await rest.get(f"/notes/{camille['main_note_id']}")).json()
        assert "Budget 2027 ouvert en janvier" in note["text"].splitlines()
        assert note["updated_by"]["name"] == "Léa Martin"
        await rest.patch(f"/notes/{camille['main_note_id']}", json={"body": "mine"})
        await demo.fill(world.carnet)
        assert (await rest.get(f"/notes/{camille['main_note_id']}")).json()["text"] == "mine"


async def test_its_people_sign_in_with_the_password_of_the_readme(world: World) -> None:
    await demo.fill(world.carnet)
    async with world.client() as rest:
        for colleague in demo.COLLEAGUES:
            rest.cookies.clear()
            answer = await rest.post("/session", json={"email": colleague.email, "password": demo.PASSWORD})
            assert (answer.status_code, answer.json()["role"]) == (200, colleague.role)
    assert len(await demo.accounts_with_known_password(world.carnet.database)) == 3


@pytest.mark.asyncio(loop_scope="function")
async def test_two_who_fill_it_at_once_do_not_double_it(own_world: World) -> None:
    await demo.fill(own_world.carnet)
    texts = [note for note in await everything(own_world) if note]
    await asyncio.gather(demo.fill(own_world.carnet), demo.fill(own_world.carnet))
    assert [note for note in await everything(own_world) if note] == texts


async def everything(world: World) -> list[str]:
    async def read(tx):  # type: ignore[no-untyped-def]
        return list((await tx.execute(select(notes.c.text).order_by(notes.c.id))).scalars())

    return await world.carnet.database.read(read)
