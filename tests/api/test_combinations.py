"""One note made of two, and two again, on both databases: nothing is lost, whoever writes where."""

from typing import Any

import pytest

from api.projection import document_of
from sync.kinds import Actor
from sync.tree import Element, Text
from tests.api.test_merges import contact, everything, merge, pair, undo, write_main
from tests.support.in_process import InProcess
from tests.support.waiting import until

pytestmark = [pytest.mark.both_databases, pytest.mark.asyncio(loop_scope="module")]


async def combine(server: InProcess, note_id: str, absorbed_id: str, name: str = "lea") -> Any:
    return await server.rest[name].post(f"/notes/{note_id}/combine", json={"note_id": absorbed_id})


async def part(server: InProcess, combination: dict[str, Any]) -> None:
    answer = await server.lea.post(f"/combinations/{combination['id']}/undo")
    assert (answer.status_code, answer.json()["ended_at"] is not None) == (200, True), answer.text


async def text_of(server: InProcess, note_id: str) -> str:
    text: str = (await server.get(f"/notes/{note_id}"))["text"]
    return text


async def merged_pair(server: InProcess) -> tuple[str, str, dict[str, Any]]:
    """The main notes of two contacts that were merged, and the merge."""
    one, other = await contact(server, firstname="Ada"), await contact(server, firstname="A.")
    mine, theirs = (
        await write_main(server, one, "Hers\n\n- a list"),
        await write_main(server, other, "**Theirs**\n\nend"),
    )
    return mine, theirs, await merge(server, one, other)


async def test_one_note_is_made_of_two_and_two_again(server: InProcess) -> None:
    mine, theirs, merged = await merged_pair(server)
    before = await everything(server, merged["primary_id"], merged["secondary_id"])
    answer = await combine(server, mine, theirs, "tom")
    assert answer.status_code == 201, answer.text
    assert (await server.get(f"/notes/{mine}"))["markdown"] == "Hers\n\n- a list\n\n**Theirs**\n\nend"
    (version, *_) = (await server.get(f"/notes/{mine}/versions"))["results"]
    assert [author["name"] for author in version["authors"]] == ["Tom"]
    assert (await server.lea.get(f"/notes/{theirs}")).status_code == 404
    assert "inherited_notes" in (shown := await server.get(f"/contacts/{merged['primary_id']}"))
    assert shown["inherited_notes"] == []
    (deleted,) = (await server.get(f"/contacts/{merged['primary_id']}/deleted-activities"))["results"]
    assert (deleted["id"], deleted["combined_into"]) == (theirs, mine)
    await part(server, answer.json())
    assert await text_of(server, mine) == "Hers\na list"
    after = await everything(server, merged["primary_id"], merged["secondary_id"])
    assert [note["text"] for note in after[f"{merged['primary_id']}/notes"]] == [
        note["text"] for note in before[f"{merged['primary_id']}/notes"]
    ]
    assert after["search"] == before["search"]


async def test_what_was_changed_since_stays_when_it_is_undone(server: InProcess) -> None:
    mine, theirs, _ = await merged_pair(server)
    combination = (await combine(server, mine, theirs)).json()
    await server.lea.patch(f"/notes/{mine}", json={"body": "Hers, edited\n\n**Theirs**, edited\n\nend"})
    await part(server, combination)
    assert await text_of(server, mine) == "Hers, edited\nTheirs, edited"
    assert await text_of(server, theirs) == "Theirs\nend"


async def test_who_writes_in_the_absorbed_note_has_it_back(server: InProcess) -> None:
    mine, theirs, _ = await merged_pair(server)
    combination = (await combine(server, mine, theirs)).json()
    tom = Actor((await server.rest["tom"].get("/me")).json()["id"])
    late = (Element("paragraph", children=(Text("late words"),)),)
    await server.carnet.rooms.append_content(document_of(theirs), tom, late)

    async def is_back() -> bool:
        return (await server.lea.get(f"/notes/{theirs}")).status_code == 200

    await until(is_back)
    assert await text_of(server, theirs) == "Theirs\nend\nlate words"
    assert await text_of(server, mine) == "Hers\na list\nTheirs\nend"
    await part(server, combination)
    assert await text_of(server, mine) == "Hers\na list\nTheirs\nend", "it was over already"


async def test_unmerging_gives_each_contact_its_notes_again(server: InProcess) -> None:
    mine, theirs, merged = await merged_pair(server)
    await combine(server, mine, theirs)
    await undo(server, merged["id"])
    assert (await server.get(f"/contacts/{merged['secondary_id']}"))["main_note_id"] == theirs
    assert await text_of(server, theirs) == "Theirs\nend"
    assert await text_of(server, mine) == "Hers\na list\nTheirs\nend"


async def test_what_cannot_be_combined_is_refused(server: InProcess) -> None:
    mine, theirs, _ = await merged_pair(server)
    one, _ = await pair(server)
    stranger = (await server.get(f"/contacts/{one}"))["main_note_id"]
    assert (await combine(server, theirs, mine)).status_code == 409, "a contact's own main note stays"
    assert (await combine(server, mine, mine)).status_code == 422
    assert (await combine(server, mine, stranger)).status_code == 422
    assert (await combine(server, mine, "act_none")).status_code == 404
    assert (await combine(server, mine, theirs, "mia")).status_code == 403
    assert await text_of(server, mine) == "Hers\na list"
