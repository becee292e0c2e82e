"""Contacts over REST."""

import asyncio
from typing import Any

import pytest

from api.contact_documents import sort_key
from api.http import write_cursor
from tests.support.world import World

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.both_databases]

NOTHING = {
    "firstname": None,
    "lastname": None,
    "jobtitle": None,
    "company": None,
    "city": None,
    "emails": [],
    "phones": [],
    "tags": [],
    "lifecyclestage": None,
    "owner_id": None,
}
"""The properties of a contact in which nothing stands."""


async def read(world: World, contact_id: str) -> dict[str, Any]:
    async with world.client("viewer") as rest:
        answer = await rest.get(f"/contacts/{contact_id}")
        assert answer.status_code == 200
        return answer.json()


async def test_a_contact_is_made_with_its_main_note(world: World) -> None:
    async with world.client("editor") as rest:
        answer = await rest.post("/contacts", json={"properties": {"firstname": " Camille ", "lastname": "Roy"}})
        made = answer.json()
        assert answer.headers["location"] == f"/api/v1/contacts/{made['id']}"
        note = (await rest.get(f"/notes/{made['main_note_id']}")).json()
    assert made == {
        "id": made["id"],
        "object": "contact",
        "properties": NOTHING | {"firstname": "Camille", "lastname": "Roy"},
        "created_at": made["created_at"],
        "updated_at": made["created_at"],
        "archived": False,
        "deletion": None,
        "merged_ids": [],
        "main_note_id": note["id"],
        "notes_text": "",
        "notes_excerpt": "",
        "avatar": None,
        "permissions": {"edit": True, "delete": True},
        "version": 1,
    }
    assert made["id"].startswith("con_")
    assert made["created_at"].endswith("Z")
    assert (note["contact_id"], note["main"], note["version"], note["text"]) == (made["id"], True, 0, "")


async def test_a_contact_may_have_half_a_name_or_none(world: World) -> None:
    async with world.client("editor") as rest:
        made = (await rest.post("/contacts", json={"properties": {"lastname": "  "}})).json()
    assert made["properties"] == NOTHING


async def test_a_change_changes_what_it_names(world: World) -> None:
    contact = await world.new_contact("Ada", "Martin")
    async with world.client("admin") as rest:
        path = f"/contacts/{contact['id']}"
        renamed = (await rest.patch(path, json={"properties": {"lastname": "Lovelace"}})).json()
        cleared = (await rest.patch(path, json={"properties": {"firstname": None}})).json()
        same = (await rest.patch(path, json={"properties": {"lastname": "Lovelace "}})).json()
    assert renamed["properties"] == NOTHING | {"firstname": "Ada", "lastname": "Lovelace"}
    assert cleared["properties"] == NOTHING | {"lastname": "Lovelace"}
    assert (renamed["version"], cleared["version"], same["version"]) == (2, 3, 3)
    assert same == await read(world, contact["id"]) | {"permissions": {"edit": True, "delete": True}}


async def test_a_change_of_what_has_changed_since_is_refused(world: World) -> None:
    contact = await world.new_contact()
    async with world.client("editor") as rest:
        path, tag = f"/contacts/{contact['id']}", {"If-Match": '"1"'}
        first = await rest.patch(path, json={"properties": {"firstname": "Eve"}}, headers=tag)
        second = await rest.patch(path, json={"properties": {"firstname": "Zoé"}}, headers=tag)
    assert first.headers["etag"] == '"2"'
    assert second.status_code == 412
    assert (await read(world, contact["id"]))["properties"]["firstname"] == "Eve"


async def test_notes_text_is_the_words_of_its_notes_at_once(world: World) -> None:
    contact = await world.new_contact()
    async with world.client("editor") as rest:
        await rest.patch(f"/notes/{contact['main_note_id']}", json={"body": "# A\n\nb"})
    found = await read(world, contact["id"])
    assert found["notes_text"] == "A\nb"
    assert found["notes_excerpt"] == "A b"


@pytest.mark.asyncio(loop_scope="function")
async def test_the_list_is_in_the_order_of_names_and_each_page_begins_where_the_last_ended(own_world: World) -> None:
    names = [("Éric", "Zola"), ("Ana", "Élan"), ("ana", "elan"), (None, "Elam"), ("Zoé", None), (None, None)]
    for firstname, lastname in names:
        await own_world.new_contact(firstname, lastname)  # type: ignore[arg-type]
    seen, path = [], "/contacts?limit=2&count=true"
    async with own_world.client("viewer") as rest:
        for _ in range(3):
            page = (await rest.get(path)).json()
            seen += [(one["properties"]["lastname"], one["properties"]["firstname"]) for one in page["results"]]
            assert page.get("total") in (6, None)
            path = f"http://localhost{page['paging']['next']['link']}" if page["paging"] else ""
    assert path == ""
    assert seen[0] == ("Elam", None)
    assert sorted(seen[1:3], key=str) == [("elan", "ana"), ("Élan", "Ana")]
    assert seen[3:] == [(None, "Zoé"), ("Zola", "Éric"), (None, None)]


@pytest.mark.asyncio(loop_scope="function")
@pytest.mark.parametrize(
    ("sort", "order"),
    [("name", "ABC"), ("-name", "CBA"), ("updated_at", "CAB"), ("-updated_at", "BAC")],
)
async def test_the_list_comes_in_any_order_page_by_page(own_world: World, sort: str, order: str) -> None:
    made = {}
    for minutes, name in enumerate("CAB"):
        with own_world.later(minutes=minutes):
            made[name] = (await own_world.new_contact(None, name))["id"]  # type: ignore[arg-type]
    seen, path = "", f"/contacts?limit=1&sort={sort}"
    async with own_world.client("viewer") as rest:
        while path:
            page = (await rest.get(path)).json()
            seen += "".join(one["properties"]["lastname"] for one in page["results"])
            path = f"http://localhost{page['paging']['next']['link']}" if page["paging"] else ""
    assert seen == order


@pytest.mark.parametrize("place", [["yesterday", "con_x"], ["2026-11-22", "con_x"], ["roy camille"]])
async def test_a_place_of_another_order_is_refused(world: World, place: list[str]) -> None:
    async with world.client("viewer") as rest:
        answer = await rest.get("/contacts", params={"sort": "updated_at", "after": write_cursor(*place)})
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_parameter")


async def test_the_list_shows_what_was_written_a_moment_ago(world: World) -> None:
    contact = await world.new_contact("Aaa", "Aaa")
    async with world.client("editor") as rest:
        await rest.post(f"/notes/{contact['main_note_id']}/append", json={"body": "fresh"})
        page = (await rest.get("/contacts?limit=200")).json()
    excerpts = {one["id"]: one["notes_excerpt"] for one in page["results"]}
    assert excerpts[contact["id"]] == "fresh"
    assert "notes_text" not in page["results"][0]


async def test_a_post_sent_twice_with_one_key_makes_one_contact(world: World) -> None:
    async with world.client("editor", Idempotency_Key="once") as rest:
        body = {"properties": {"firstname": "Once"}}
        first, again = await rest.post("/contacts", json=body), await rest.post("/contacts", json=body)
        other = await rest.post("/contacts", json={"properties": {"firstname": "Twice"}})
        plain = await rest.post("/contacts", json=body, headers={"Idempotency-Key": "another"})
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json() == again.json()
    assert again.headers["idempotent-replayed"] == "true"
    assert (other.status_code, other.json()["code"]) == (422, "key_reused")
    assert plain.json()["id"] != first.json()["id"]


async def test_two_at_once_with_one_key_make_one_contact(world: World) -> None:
    async with world.client("editor", Idempotency_Key="race") as rest:
        body = {"properties": {"firstname": "Race"}}
        answers = await asyncio.gather(*(rest.post("/contacts", json=body) for _ in range(5)))
    made = {answer.json()["id"] for answer in answers if answer.status_code == 201}
    assert len(made) == 1
    assert {answer.status_code for answer in answers} <= {201, 409}


async def test_a_key_belongs_to_who_sent_it_and_lasts_a_day(world: World) -> None:
    body = {"properties": {"firstname": "Key"}}
    async with world.client("editor", Idempotency_Key="mine") as rest, world.client("admin") as other:
        first = (await rest.post("/contacts", json=body)).json()["id"]
        theirs = (await other.post("/contacts", json=body, headers={"Idempotency-Key": "mine"})).json()["id"]
        with world.later(hours=25):
            later = (await rest.post("/contacts", json=body)).json()["id"]
    assert len({first, theirs, later}) == 3


async def test_a_refused_request_leaves_its_key_free(world: World) -> None:
    contact = await world.new_contact()
    path = f"/notes/{contact['main_note_id']}/append"
    async with world.client("editor", Idempotency_Key="free") as rest:
        assert (await rest.post(path, json={"body": 1})).status_code == 422
        assert (await rest.post(path, json={"body": "x"})).status_code == 200


@pytest.mark.parametrize("key", ["", "x" * 256, "two words"])
async def test_a_key_that_is_none_is_refused(world: World, key: str) -> None:
    async with world.client("editor", Idempotency_Key=key) as rest:
        assert (await rest.post("/contacts", json={"properties": {}})).status_code == 400


async def test_a_sort_key_has_no_case_and_no_accents() -> None:
    assert sort_key("Éloïse", "Ångström") == "angstrom eloise"
    assert sort_key(None, None) > sort_key("zzz", "zzz")
