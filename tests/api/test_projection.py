"""The picture that is kept of a note."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import insert, select, update

from api import contact_documents
from api.access import Member
from api.content import from_text
from api.credentials import find_member
from api.pictures import drawn
from api.projection import document_of, note_kind, settled
from api.tables import changes, contacts, notes, users
from sync.kinds import Actor, Kind
from sync.tables import document_updates, documents
from tests.support.world import World

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.both_databases]


async def stored(world: World, note_id: str):  # type: ignore[no-untyped-def]
    async def read(tx):  # type: ignore[no-untyped-def]
        return (await tx.execute(select(notes).where(notes.c.id == note_id))).one()

    return await world.carnet.database.read(read)


async def draw(world: World, note_id: str, words: str, seq: int) -> None:
    await world.carnet.database.write(lambda tx: settled(tx, document_of(note_id), drawn(from_text(words)), seq))


def kind_of(world: World) -> Kind:
    return note_kind(world.carnet.database, world.carnet.feed.wake)


async def editor(world: World) -> Member:
    found = await world.carnet.database.read(lambda tx: find_member(tx, world.user_ids["editor"]))
    assert found is not None
    return found


async def changes_of(world: World, note_id: str) -> list[tuple[str, int, str | None]]:
    async def read(tx):  # type: ignore[no-untyped-def]
        of = select(changes).where(changes.c.object_id == note_id).order_by(changes.c.number)
        return [(row.type, row.seq, row.actor_id) for row in await tx.execute(of)]

    return await world.carnet.database.read(read)


async def test_an_earlier_picture_never_replaces_a_later_one(world: World) -> None:
    note_id = (await world.new_contact())["main_note_id"]
    await draw(world, note_id, "third", 3)
    await draw(world, note_id, "second", 2)
    await draw(world, note_id, "third again", 3)
    assert ((await stored(world, note_id)).text, (await stored(world, note_id)).seq) == ("third", 3)
    assert await changes_of(world, note_id) == [("note.updated", 3, None)]


async def test_a_picture_is_signed_by_the_author_of_its_last_row(world: World) -> None:
    note_id = (await world.new_contact())["main_note_id"]
    await world.carnet.rooms.replace_content(document_of(note_id), await editor(world), from_text("words"))
    await world.carnet.rooms.settle(document_of(note_id))
    row = await stored(world, note_id)

    async def last_row(tx):  # type: ignore[no-untyped-def]
        return (await tx.execute(select(document_updates).where(document_updates.c.name == document_of(note_id)))).one()

    written = await world.carnet.database.read(last_row)
    assert row.updated_by == world.user_ids["editor"]
    assert row.updated_at == datetime.fromtimestamp(written.at / 1000, UTC)
    assert await changes_of(world, note_id) == [("note.updated", 1, world.user_ids["editor"])]


async def test_what_is_behind_its_log_is_the_list_of_what_to_draw(world: World) -> None:
    note_id = (await world.new_contact())["main_note_id"]
    kind = kind_of(world)
    assert kind.unsettled is not None
    assert document_of(note_id) not in await kind.unsettled()

    async def another_process_writes(tx):  # type: ignore[no-untyped-def]
        await tx.execute(update(documents).where(documents.c.name == document_of(note_id)).values(head=1))

    await world.carnet.database.write(another_process_writes)
    assert document_of(note_id) in await kind.unsettled()
    await draw(world, note_id, "", 1)
    assert document_of(note_id) not in await kind.unsettled()


@pytest.mark.parametrize(("role", "may"), [("admin", "read-write"), ("editor", "read-write"), ("viewer", "readonly")])
async def test_a_role_in_the_document_is_the_role_in_the_product(world: World, role: str, may: str) -> None:
    kind, note_id = kind_of(world), (await world.new_contact())["main_note_id"]
    assert await kind.authorise(Actor(world.user_ids[role]), document_of(note_id)) == may


@pytest.mark.parametrize("name", ["note/act_none", "note/", "note/con_none", "note/act_none/x"])
async def test_a_document_that_does_not_exist_has_no_role_for_anyone(world: World, name: str) -> None:
    assert await kind_of(world).authorise(Actor(world.user_ids["admin"]), name) is None


async def test_a_stranger_has_no_role_and_a_demoted_member_the_new_one(world: World) -> None:
    kind, note_id = kind_of(world), (await world.new_contact())["main_note_id"]
    name = document_of(note_id)
    assert await kind.authorise(Actor("usr_none"), name) is None
    now = world.carnet.clock()
    row = {"id": "usr_demoted", "email": "d@carnet.test", "name": "D", "role": "editor", "created_at": now}
    await world.carnet.database.write(lambda tx: tx.execute(insert(users).values(row)))
    assert await kind.authorise(Actor("usr_demoted"), name) == "read-write"
    demoted = update(users).where(users.c.id == "usr_demoted").values(role="viewer")
    await world.carnet.database.write(lambda tx: tx.execute(demoted))
    assert await kind.authorise(Actor("usr_demoted"), name) == "readonly"


async def test_every_contact_and_note_has_a_document_and_every_document_one_of_them(world: World) -> None:
    await world.new_contact()

    async def read(tx):  # type: ignore[no-untyped-def]
        columns = (contacts.c.id, notes.c.id, documents.c.name)
        return [(await tx.execute(select(column))).scalars().all() for column in columns]

    all_contacts, all_notes, all_documents = await world.carnet.database.read(read)
    expected = [contact_documents.document_of(one) for one in all_contacts] + [document_of(one) for one in all_notes]
    assert sorted(all_documents) == sorted(expected)


async def test_a_nul_that_a_client_wrote_is_read_as_a_sign_in_its_place(world: World) -> None:
    contact = await world.new_contact()
    await draw(world, contact["main_note_id"], "before\0after", 1)
    row = await stored(world, contact["main_note_id"])
    assert (row.text, row.excerpt) == ("before\ufffdafter", "before\ufffdafter")
    assert "\0" not in row.markdown + row.content
