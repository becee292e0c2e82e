"""The demo team and its contacts."""

import asyncio

import pytest
from sqlalchemy import func, select

from api import demo
from api.births import bear
from api.demo_contacts import PEOPLE, properties_of
from api.drafts import Draft
from api.properties import BUILT_IN
from api.tables import changes, contacts, notes
from sync.tables import document_updates
from tests.support.world import World

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.both_databases]


def drafts() -> list[Draft]:
    return [Draft(properties_of(number, person, ("usr_lea", "usr_tom"))) for number, person in enumerate(PEOPLE)]


@pytest.mark.asyncio(loop_scope="function")
async def test_some_two_hundred_people_have_good_properties_and_names_of_their_own() -> None:
    assert 190 <= len({draft.name for draft in drafts()}) == len(PEOPLE) <= 210
    births = bear(BUILT_IN, drafts())
    assert [birth.faults for birth in births if birth.faults] == []
    addresses = [key for birth in births for key in birth.values if key.startswith("emails:")]
    assert len(set(addresses)) == len(addresses)


async def counts(world: World) -> list[int]:
    async def read(tx):  # type: ignore[no-untyped-def]
        tables = (contacts, notes, document_updates, changes)
        return [(await tx.execute(select(func.count()).select_from(table))).scalar_one() for table in tables]

    return await world.carnet.database.read(read)


async def test_the_demo_fills_an_empty_server_and_done_again_changes_nothing(world: World) -> None:
    await demo.fill(world.carnet)
    before = await counts(world)
    assert before[0] >= len(PEOPLE)
    await demo.fill(world.carnet)
    assert await counts(world) == before
    async with world.client("viewer") as rest:
        found = (await rest.get("/search?q=nordval")).json()["results"]
    assert {"Camille Roy", "Yanis Belkacem"} <= {one["title"] for one in found}


async def test_words_people_wrote_since_are_left_alone(world: World) -> None:
    await demo.fill(world.carnet)
    async with world.client("editor") as rest:
        camille = (await rest.get("/search?q=camille+roy")).json()["results"][0]["contact_id"]
        note_id = (await rest.get(f"/contacts/{camille}")).json()["main_note_id"]
        note = (await rest.get(f"/notes/{note_id}")).json()
        assert "Budget 2027 ouvert en janvier" in note["text"].splitlines()
        assert note["updated_by"]["name"] == "Léa Martin"
        await rest.patch(f"/notes/{note_id}", json={"body": "mine"})
        await demo.fill(world.carnet)
        assert (await rest.get(f"/notes/{note_id}")).json()["text"] == "mine"


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
