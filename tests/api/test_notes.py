"""Notes over REST: reading them, and writing them as live edits."""

import asyncio
from typing import Any

import pytest
from sqlalchemy import select

from api.access import Member
from api.content import from_text
from api.credentials import find_member
from api.markdown_reader import from_markdown
from api.projection import document_of
from sync.tables import document_updates
from tests.support.world import World

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.both_databases]


async def write(world: World, note_id: str, body: str, role: str = "editor", **more: Any) -> dict[str, Any]:
    async with world.client(role) as rest:
        answer = await rest.patch(f"/notes/{note_id}", json={"body": body, **more})
        assert answer.status_code == 200, answer.text
        return answer.json()


async def new_note(world: World, body: str = "") -> str:
    note_id: str = (await world.new_contact())["main_note_id"]
    if body:
        await write(world, note_id, body)
    return note_id


async def member(world: World, role: str) -> Member:
    found = await world.carnet.database.read(lambda tx: find_member(tx, world.user_ids[role]))
    assert found is not None
    return found


async def log_of(world: World, note_id: str) -> list[tuple[int, str, int]]:
    """seq, author, size of each row."""

    async def rows(tx):  # type: ignore[no-untyped-def]
        of = select(document_updates).where(document_updates.c.name == document_of(note_id))
        return [(row.seq, row.author_id, len(row.bytes)) for row in await tx.execute(of)]

    return await world.carnet.database.read(rows)


async def test_what_is_written_is_read_in_every_form(world: World) -> None:
    note_id = await new_note(world)
    note = await write(world, note_id, "# Title\n\nx **y**\n\n- a\n- b")
    assert note["text"] == "Title\nx y\na\nb"
    assert note["markdown"] == "# Title\n\nx **y**\n\n- a\n- b"
    assert [block["type"] for block in note["content"]["content"]] == ["heading", "paragraph", "bulletList"]
    assert note["excerpt"] == "Title x y a b"
    assert (note["version"], note["title"], note["main"]) == (1, None, True)
    assert note["updated_by"]["id"] == world.user_ids["editor"]
    async with world.client("viewer") as rest:
        read = await rest.get(f"/notes/{note_id}")
    assert read.json() == {**note, "permissions": {"edit": False}}
    assert read.headers["etag"] == '"1"'


async def test_plain_text_is_taken_to_the_letter(world: World) -> None:
    words = "  # not a heading\n\n- *not* a list \n"
    note = await write(world, await new_note(world), words, format="plain")
    assert note["text"] == words


async def test_an_append_adds_at_the_end(world: World) -> None:
    note_id = await new_note(world, "one")
    async with world.client("admin") as rest:
        note = (await rest.post(f"/notes/{note_id}/append", json={"body": "two\n\nthree"})).json()
        empty = (await rest.post(f"/notes/{note_id}/append", json={"body": ""})).json()
    assert note["text"] == empty["text"] == "one\ntwo\nthree"
    assert note["updated_by"]["id"] == world.user_ids["admin"]


async def test_an_append_sent_twice_with_one_key_is_there_once(world: World) -> None:
    note_id = await new_note(world)
    async with world.client("editor", Idempotency_Key=f"append-{note_id}") as rest:
        for _ in range(2):
            note = (await rest.post(f"/notes/{note_id}/append", json={"body": "once"})).json()
    assert note["text"] == "once"


async def test_every_edit_is_in_the_log_under_its_author(world: World) -> None:
    note_id = await new_note(world)
    await write(world, note_id, "one")
    await write(world, note_id, "one two", role="admin")
    authors = [author for _, author, _ in await log_of(world, note_id)]
    assert authors == [world.user_ids["editor"], world.user_ids["admin"]]


async def test_a_small_change_of_a_long_note_is_a_small_edit(world: World) -> None:
    words = "\n\n".join(f"Paragraph {number} of a long note." for number in range(200))
    note_id = await new_note(world, words)
    await write(world, note_id, words.replace("Paragraph 100 of", "Paragraph 100 in"))
    sizes = [size for _, _, size in await log_of(world, note_id)]
    assert sizes[1] < sizes[0] / 50


async def test_the_same_again_changes_nothing(world: World) -> None:
    note_id = await new_note(world, "a [link](https://example.org) and **more**")
    before = await log_of(world, note_id)
    note = await write(world, note_id, "a [link](https://example.org) and **more**")
    assert await log_of(world, note_id) == before
    assert note["version"] == 1


async def test_words_typed_meanwhile_elsewhere_stay(world: World) -> None:
    note_id = await new_note(world, "first\n\nsecond\n\nthird")
    rooms, document = world.carnet.rooms, document_of(note_id)
    admin = await member(world, "admin")
    await asyncio.gather(
        write(world, note_id, "FIRST\n\nsecond\n\nthird"),
        rooms.append_content(document, admin, tuple(from_text("typed meanwhile").children)),  # type: ignore[arg-type]
    )
    async with world.client("viewer") as rest:
        text = (await rest.get(f"/notes/{note_id}")).json()["text"]
    assert "FIRST" in text
    # The body did not have them when it came after; when it came before, they stand at the end.
    assert text in ("FIRST\nsecond\nthird", "FIRST\nsecond\nthird\ntyped meanwhile")


async def test_if_match_refuses_once_somebody_wrote(world: World) -> None:
    note_id = await new_note(world, "one")
    async with world.client("editor") as rest:
        tag = (await rest.get(f"/notes/{note_id}")).headers["etag"]
        kept = await rest.patch(f"/notes/{note_id}", json={"body": "two"}, headers={"If-Match": tag})
        refused = await rest.patch(f"/notes/{note_id}", json={"body": "three"}, headers={"If-Match": tag})
        appended = await rest.post(f"/notes/{note_id}/append", json={"body": "x"}, headers={"If-Match": tag})
    assert (kept.status_code, refused.status_code, appended.status_code) == (200, 412, 412)
    assert kept.headers["etag"] == '"2"'


async def test_a_read_right_after_an_edit_on_the_wire_shows_it(world: World) -> None:
    note_id = await new_note(world)
    await world.carnet.rooms.replace_content(
        document_of(note_id), await member(world, "admin"), from_markdown("from a socket")
    )
    async with world.client("viewer") as rest:
        note = (await rest.get(f"/notes/{note_id}")).json()
    assert note["text"] == "from a socket"
    assert note["updated_by"]["name"] == "Admin Rose"


async def test_a_hundred_thousand_characters_are_a_note(world: World) -> None:
    words = "早上好，今天的会议记录如下。" * 7200
    note = await write(world, await new_note(world), words)
    assert note["text"] == words


@pytest.mark.parametrize(
    "body",
    [{"body": "x", "format": "html"}, {"body": None}, {"body": "x" * 500_001}, {}, {"format": "plain"}],
)
async def test_a_body_that_is_no_note_is_refused(world: World, body: dict[str, Any]) -> None:
    note_id = await new_note(world, "as it was")
    async with world.client("editor") as rest:
        appended = await rest.post(f"/notes/{note_id}/append", json=body)
        patched = await rest.patch(f"/notes/{note_id}", json=body)
    assert (appended.status_code, appended.json()["code"]) == (422, "validation")
    if "body" in body:
        assert (patched.status_code, patched.json()["code"]) == (422, "validation")
    else:  # what a change does not name stays
        assert (patched.status_code, patched.json()["text"]) == (200, "as it was")
    assert len(await log_of(world, note_id)) == 1


async def test_hostile_words_are_words(world: World) -> None:
    note = await write(world, await new_note(world), "<img src=x onerror=alert(1)> [x](javascript:alert(1))")
    assert note["text"] == "<img src=x onerror=alert(1)> x"
    assert "javascript" not in str(note)
