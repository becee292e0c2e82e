"""The merges of a contact, what taking one back would do, and the notes that go along, on both databases."""

from typing import Any

import pytest

from tests.api.test_merges import contact, merge, pair, undo
from tests.support.in_process import InProcess

pytestmark = [pytest.mark.both_databases, pytest.mark.asyncio(loop_scope="module")]


async def merges_of(server: InProcess, contact_id: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (await server.get(f"/contacts/{contact_id}/merges"))["results"]
    return found


async def test_a_merge_is_told_with_who_what_and_how_much(server: InProcess) -> None:
    one, other = await pair(server)
    made = await merge(server, one, other)
    (told,) = await merges_of(server, other)
    assert told == {**made, "already_merged": False}
    assert (told["primary_name"], told["secondary_name"], told["notes"]) == ("Camille Roy", "C. Roy", 2)
    assert told["properties"] == ["city", "emails", "tags"]
    assert (told["actor"]["name"], told["undone_at"]) == ("Lea", None)


async def test_two_of_one_name_are_told_apart_by_what_each_had(server: InProcess) -> None:
    one = await contact(server, firstname="Ada", lastname="Roy", company="Acme")
    other = await contact(server, firstname="Ada", lastname="Roy", emails=["ada@roy.fr"], company="Roy & Filles")
    merged = await merge(server, one, other, choices={"company": "secondary"})
    assert (merged["primary_known_by"], merged["secondary_known_by"]) == ("", "ada@roy.fr")
    third = await contact(server, firstname="Ada", lastname="Roy", emails=["ada@roy.fr"], company="Acme")
    fourth = await contact(server, firstname="Ada", lastname="Roy", company="Roy & Filles", emails=["ada@roy.fr"])
    merged = await merge(server, third, fourth, choices={"company": "secondary"})
    assert (merged["primary_known_by"], merged["secondary_known_by"]) == ("Acme", "Roy & Filles")


async def test_one_that_was_undone_is_told_on_both_pages_and_the_latest_comes_first(server: InProcess) -> None:
    one, other = await pair(server)
    third = await contact(server, firstname="Camille", lastname="Leroy")
    first = await merge(server, one, other)
    server.clock.pass_(minutes=1)
    second = await merge(server, one, third)
    server.clock.pass_(minutes=1)
    await undo(server, first["id"])
    assert [told["id"] for told in await merges_of(server, one)] == [first["id"], second["id"]]
    (told,) = await merges_of(server, other)
    assert (told["id"], told["undone_by"]["name"]) == (first["id"], "Lea")


async def test_undoing_does_what_its_preview_says(server: InProcess) -> None:
    one, other = await pair(server)
    merged = await merge(server, one, other)
    server.clock.pass_(minutes=1)
    await server.lea.patch(f"/contacts/{one}", json={"properties": {"city": "Paris"}})
    since = await server.new_note(one, "Écrit depuis", title="Appel")
    late = await server.new_note(other, "Écrit à l'ancienne adresse")
    preview = await server.get(f"/merges/{merged['id']}/undo-preview")
    assert preview["kept"] == ["city"]
    assert {each["name"]: each["then"] for each in preview["restored"]} == {
        "emails": [{"value": "camille@roy.fr", "primary": True}],
        "tags": [],
    }
    assert [(note["id"], note["title"], note["excerpt"]) for note in preview["notes"]] == [
        (since["id"], "Appel", "Écrit depuis")
    ], "what was written to the merged contact goes with it anyway"
    undone = await undo(server, merged["id"])
    assert undone["kept"] == preview["kept"]
    shown = (await server.get(f"/contacts/{one}"))["properties"]
    assert all(shown[each["name"]] == each["then"] for each in preview["restored"])
    assert (await server.get(f"/notes/{late['id']}"))["contact_id"] == other
    assert (await server.get(f"/merges/{merged['id']}/undo-preview"))["notes"] == []


async def test_a_note_made_since_goes_along_where_that_is_wished(server: InProcess) -> None:
    one, other = await pair(server)
    merged = await merge(server, one, other)
    server.clock.pass_(minutes=1)
    hers, theirs = [await server.new_note(one, f"Quincaillerie {word}") for word in ("sienne", "autre")]
    answer = await server.lea.post(f"/merges/{merged['id']}/undo", json={"move": [theirs["id"]]})
    assert answer.status_code == 200, answer.text
    moved = await server.get(f"/notes/{theirs['id']}")
    assert (moved["contact_id"], moved["origin"], moved["text"]) == (other, None, "Quincaillerie autre")
    assert (await server.get(f"/notes/{hers['id']}"))["contact_id"] == one
    assert "Quincaillerie autre" in (await server.get(f"/contacts/{other}"))["notes_text"]
    found = (await server.get("/search", q="quincaillerie autre"))["results"]
    assert {hit["contact_id"] for hit in found} == {other}
    assert (await server.lea.post(f"/notes/{theirs['id']}/append", json={"body": "et la suite"})).status_code == 200


async def test_nothing_else_goes_along_and_nothing_is_undone_then(server: InProcess) -> None:
    one, other = await pair(server)
    mine = (await server.get(f"/contacts/{one}/notes"))["results"]
    merged = await merge(server, one, other)
    for note in mine:
        answer = await server.lea.post(f"/merges/{merged['id']}/undo", json={"move": [note["id"]]})
        assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "move")
    assert (await merges_of(server, one))[0]["undone_at"] is None


async def test_a_viewer_reads_merges_and_is_told_no_way_back(server: InProcess) -> None:
    one, other = await pair(server)
    merged = await merge(server, one, other)
    mia = server.rest["mia"]
    assert (await mia.get(f"/contacts/{one}/merges")).status_code == 200
    assert (await mia.get(f"/merges/{merged['id']}/undo-preview")).status_code == 403
    assert (await mia.get("/contacts/con_absent/merges")).status_code == 404


async def test_a_note_tells_of_which_contact_it_came(server: InProcess) -> None:
    one, other = await pair(server)
    await merge(server, one, other)
    listed = (await server.get(f"/contacts/{one}/notes"))["results"]
    origins = [(note["origin"] or {}).get("name") for note in listed]
    assert origins[:2] == [None, "C. Roy"]
    assert sorted(filter(None, origins)) == ["C. Roy", "C. Roy"]
    assert [note["origin"]["main"] for note in listed if note["origin"]] == [True, False]
