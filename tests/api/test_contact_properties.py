"""Contacts over REST: their properties written, refused, shown, and who set them."""

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
import pytest_asyncio

from api.feed import last_number
from tests.support.in_process import InProcess, in_process

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def server(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[InProcess]:
    async with in_process(tmp_path_factory.mktemp("carnet")) as running:
        yield running


async def patch(server: InProcess, contact_id: str, properties: dict[str, Any], **headers: str) -> httpx.Response:
    return await server.lea.patch(f"/contacts/{contact_id}", json={"properties": properties}, headers=headers)


async def test_a_new_contact_has_its_properties_in_their_one_form(server: InProcess) -> None:
    owner = (await server.get("/me"))["id"]
    wanted = {
        "firstname": " Ada ",
        "lastname": "Lovelace",
        "email": "ADA@x.fr",
        "phones": ["06 12 34 56 78"],
        "tags": ["vip"],
        "lifecyclestage": "lead",
        "owner_id": owner,
    }
    answer = await server.lea.post("/contacts", json={"properties": wanted})
    assert answer.status_code == 201
    assert answer.headers["etag"] == '"1"'
    assert answer.json()["properties"] == {
        "firstname": "Ada",
        "lastname": "Lovelace",
        "jobtitle": None,
        "company": None,
        "city": None,
        "emails": [{"value": "ada@x.fr", "primary": True}],
        "phones": [{"value": "+33612345678", "primary": True}],
        "tags": ["vip"],
        "lifecyclestage": "lead",
        "owner_id": owner,
    }


async def test_a_contact_of_which_nothing_is_known_can_be_told_of_later(server: InProcess) -> None:
    made = (await server.lea.post("/contacts", json={"properties": {}})).json()
    assert made["version"] == 0
    answer = await patch(server, made["id"], {"city": "Lyon"})
    assert (answer.json()["version"], answer.json()["properties"]["city"]) == (1, "Lyon")


async def test_a_patch_changes_what_it_names_and_nothing_else(server: InProcess) -> None:
    contact = await server.new_contact("Ada", "Lovelace")
    await patch(server, contact["id"], {"emails": ["a@x.fr", "b@x.fr"], "city": "Lyon"})
    properties = (await patch(server, contact["id"], {"email": "c@x.fr", "city": None})).json()["properties"]
    assert [email["value"] for email in properties["emails"]] == ["c@x.fr", "b@x.fr"]
    assert (properties["firstname"], properties["city"]) == ("Ada", None)


async def test_what_is_as_it_was_makes_no_new_version(server: InProcess) -> None:
    contact = await server.new_contact("Ada", "Lovelace")
    assert (await patch(server, contact["id"], {"firstname": "Ada "})).json()["version"] == contact["version"]


@pytest.mark.parametrize(
    ("properties", "status", "field", "code"),
    [
        ({"city": "Lyon", "email": "nobody"}, 422, "properties.email", "not_an_email"),
        ({"emails": [{"value": "a@x.fr", "main": True}]}, 422, "properties.emails.0", "wrong_type"),
        ({"emails": "a@x.fr"}, 422, "properties.emails", "wrong_type"),
        ({"phones": ["12"]}, 422, "properties.phones.0", "not_a_phone"),
        ({"firstname": 3}, 422, "properties.firstname", "wrong_type"),
        ({"city": "x" * 201}, 422, "properties.city", "too_long"),
        ({"city": "a\nb"}, 422, "properties.city", "control_characters"),
        ({"lifecyclestage": "boss"}, 422, "properties.lifecyclestage", "not_an_option"),
        ({"owner_id": "usr_nobody"}, 422, "properties.owner_id", "unknown_user"),
        ({"shoe": 44}, 400, "properties.shoe", "unknown_property"),
    ],
)
async def test_a_bad_value_is_named_and_nothing_of_the_request_is_done(
    server: InProcess, properties: dict[str, Any], status: int, field: str, code: str
) -> None:
    contact = await server.new_contact("Ada", "Lovelace")
    answer = await patch(server, contact["id"], {**properties, "jobtitle": "CTO"}, **{"Accept-Language": "fr"})
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert [(error["field"], error["code"]) for error in answer.json()["errors"]] == [(field, code)]
    assert (await server.get(f"/contacts/{contact['id']}")) == {**contact, "notes_text": ""}
    made = await server.lea.post("/contacts", json={"properties": properties})
    assert made.status_code == status


async def test_a_version_that_has_passed_is_refused(server: InProcess) -> None:
    contact = await server.new_contact()
    assert (await patch(server, contact["id"], {"city": "Lyon"}, **{"If-Match": '"1"'})).status_code == 200
    assert (await patch(server, contact["id"], {"city": "Paris"}, **{"If-Match": '"1"'})).status_code == 412
    assert (await patch(server, contact["id"], {"city": "Paris"}, **{"If-Match": "*"})).status_code == 200


async def test_who_may_only_read_writes_nothing(server: InProcess) -> None:
    contact = await server.new_contact()
    for answer in (
        await server.rest["mia"].patch(f"/contacts/{contact['id']}", json={"properties": {"city": "Lyon"}}),
        await server.rest["mia"].post("/contacts", json={"properties": {"city": "Lyon"}}),
    ):
        assert answer.status_code == 403


async def test_history_names_who_set_what_the_newest_first_page_by_page(server: InProcess) -> None:
    contact = await server.new_contact("Ada", "Lovelace")
    path = f"/contacts/{contact['id']}/property-history"
    await patch(server, contact["id"], {"city": "Lyon", "tags": ["vip"]})
    await patch(server, contact["id"], {"city": "Paris"})

    of_city = (await server.get(path, property="city"))["results"]
    assert [(change["old"], change["new"], change["version"]) for change in of_city] == [
        ("Lyon", "Paris", 3),
        (None, "Lyon", 2),
    ]
    assert {change["actor"]["name"] for change in of_city} == {"Lea"}
    assert {change["source"] for change in of_city} == {"api"}
    (tag,) = (await server.get(path, property="tags"))["results"]
    assert (tag["value"], tag["old"], tag["new"]) == ("vip", None, True)

    whole = (await server.get(path))["results"]
    link, pages = f"{path}?limit=2", []
    while link:
        page = await server.get(link.removeprefix("/api/v1"))
        pages += page["results"]
        link = page["paging"].get("next", {}).get("link")
    assert pages == whole
    assert len(whole) == 5
    assert (await server.lea.get(path, params={"property": "shoe"})).status_code == 400
    assert (await server.lea.get("/contacts/con_nobody/property-history")).status_code == 404


async def test_properties_are_listed_in_the_order_of_a_form(server: InProcess) -> None:
    found = (await server.get("/properties"))["results"]
    assert [one["name"] for one in found][:3] == ["firstname", "lastname", "jobtitle"]
    assert {one["name"] for one in found if one["kind"] == "set"} == {"emails", "phones", "tags"}


async def test_a_contact_is_found_by_its_values_at_once(server: InProcess) -> None:
    contact = await server.new_contact("Ada", "Lovelace")
    await patch(server, contact["id"], {"company": "Nordval", "phone": "07 98 76 54 32"})
    for words in ("nordv", "0798765432", "07 98 76", "+33 7 98 76"):
        found = (await server.get("/search", q=words))["results"]
        assert [one["id"] for one in found] == [contact["id"]], words


async def test_each_change_is_told_to_the_feed_with_the_version_it_made(server: InProcess) -> None:
    before = await server.carnet.database.read(last_number)
    contact = await server.new_contact("Ada", "Lovelace")
    await patch(server, contact["id"], {"city": "Lyon"})
    await patch(server, contact["id"], {"city": "Lyon"})
    await server.carnet.feed.wait(before + 1)
    changes = await server.carnet.feed.after(before)
    assert changes is not None
    assert [(change.type, change.contact_id, change.seq) for change in changes] == [
        ("contact.created", contact["id"], 1),
        ("contact.updated", contact["id"], 2),
    ]
