"""A contact's notes, and deleting and restoring them."""

import pytest

from api.access import Member
from api.feed import last_number
from api.tables import new_id
from sync.errors import NotFound
from tests.support.in_process import InProcess

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.both_databases]


async def listed(server: InProcess, contact_id: str, **query: object) -> list[str]:
    return [note["text"] for note in (await server.get(f"/contacts/{contact_id}/notes", **query))["results"]]


async def test_notes_are_listed_with_the_main_one_first_and_then_the_newest(server: InProcess) -> None:
    contact = await server.new_contact()
    for day, text in ((3, "third"), (1, "first"), (2, "second")):
        await server.new_note(contact["id"], text, occurred_at=f"2026-01-0{day}T00:00:00Z")
    await server.lea.patch(f"/notes/{contact['main_note_id']}", json={"body": "main"})

    assert await listed(server, contact["id"]) == ["main", "third", "second", "first"]
    assert (await server.get(f"/contacts/{contact['id']}"))["notes_text"] == "main\n\nthird\n\nsecond\n\nfirst"


async def test_a_main_note_without_words_is_neither_listed_nor_counted(server: InProcess) -> None:
    contact = await server.new_contact()
    await server.new_note(contact["id"], "dated")
    await server.lea.patch(f"/notes/{contact['main_note_id']}", json={"body": "\n\n", "format": "plain"})

    page = await server.get(f"/contacts/{contact['id']}/notes", count=True)

    assert [note["text"] for note in page["results"]] == ["dated"]
    assert page["total"] == 1


async def test_pages_of_notes_join_without_a_gap(server: InProcess) -> None:
    contact = await server.new_contact()
    await server.lea.patch(f"/notes/{contact['main_note_id']}", json={"body": "main"})
    for number in range(5):
        await server.new_note(contact["id"], f"note {number}", occurred_at=f"19{number // 2}0-01-01T00:00:00Z")
    whole = await listed(server, contact["id"])

    path, pages = f"/contacts/{contact['id']}/notes?limit=2", []
    while path:
        page = await server.get(path.removeprefix("/api/v1"))
        pages.append([note["text"] for note in page["results"]])
        path = page["paging"].get("next", {}).get("link")

    assert len(whole) == 6
    assert [len(page) for page in pages] == [2, 2, 2]
    assert [text for page in pages for text in page] == whole


async def test_a_note_made_offline_and_sent_twice_is_made_once(server: InProcess) -> None:
    contact, note_id = await server.new_contact(), new_id("act")
    wanted = {"id": note_id, "body": "offline", "title": "Call"}

    first = await server.lea.post(f"/contacts/{contact['id']}/notes", json=wanted)
    second = await server.lea.post(f"/contacts/{contact['id']}/notes", json=wanted)

    assert (first.status_code, second.status_code) == (201, 200)
    assert first.json() == second.json()
    assert first.json()["id"] == note_id
    assert await listed(server, contact["id"]) == ["offline"]


async def test_an_id_that_stands_for_another_note_is_refused(server: InProcess) -> None:
    one, other = await server.new_contact(), await server.new_contact()
    taken = await server.new_note(other["id"], "theirs")

    for note_id in (taken["id"], one["main_note_id"]):
        answer = await server.lea.post(f"/contacts/{one['id']}/notes", json={"id": note_id, "body": "mine"})
        assert (answer.status_code, answer.json()["code"]) == (409, "id_taken")


async def test_a_note_is_made_with_its_words_in_the_transaction_that_makes_it(server: InProcess) -> None:
    contact = await server.new_contact()

    note = await server.new_note(contact["id"], "**bold**", title=" Visit ", occurred_at="2020-02-02T12:00:00+02:00")

    assert note["version"] == 1
    assert (note["title"], note["occurred_at"]) == ("Visit", "2020-02-02T10:00:00.000Z")
    assert (note["text"], note["markdown"], note["main"]) == ("bold", "**bold**", False)
    assert note["updated_by"]["name"] == "Lea"


async def test_title_and_date_change_without_touching_the_words(server: InProcess) -> None:
    contact = await server.new_contact()
    note = await server.new_note(contact["id"], "words", title="Old")

    answer = await server.lea.patch(f"/notes/{note['id']}", json={"title": None, "occurred_at": "2001-01-01T00:00:00Z"})

    assert answer.json() | {"title": "Old", "occurred_at": note["occurred_at"]} == note
    assert (answer.json()["title"], answer.json()["occurred_at"]) == (None, "2001-01-01T00:00:00.000Z")


async def test_the_main_note_is_neither_deleted_nor_titled(server: InProcess) -> None:
    main = (await server.new_contact())["main_note_id"]

    deleted = await server.lea.delete(f"/notes/{main}", headers={"Accept-Language": "fr"})
    titled = await server.lea.patch(f"/notes/{main}", json={"title": "No"})

    assert (deleted.status_code, deleted.json()["code"]) == (409, "main_note")
    assert deleted.json()["detail"].startswith("La note principale d’un contact ne peut")
    assert titled.status_code == 409


async def test_a_deleted_note_is_gone_and_comes_back_in_its_old_place(server: InProcess) -> None:
    contact = await server.new_contact()
    for day in (1, 2, 3):
        await server.new_note(contact["id"], f"day {day}", title=f"T{day}", occurred_at=f"2026-01-0{day}T00:00:00Z")
    before = await server.get(f"/contacts/{contact['id']}/notes")
    note = before["results"][1]

    assert (await server.lea.delete(f"/notes/{note['id']}")).status_code == 204

    assert (await server.lea.get(f"/notes/{note['id']}")).status_code == 404
    assert (await server.lea.delete(f"/notes/{note['id']}")).status_code == 404
    assert await listed(server, contact["id"]) == ["day 3", "day 1"]
    assert (await server.get(f"/contacts/{contact['id']}"))["notes_text"] == "day 3\n\nday 1"
    (deleted,) = (await server.get(f"/contacts/{contact['id']}/deleted-activities"))["results"]
    assert (deleted["id"], deleted["excerpt"], deleted["deleted_by"]["name"]) == (note["id"], "day 2", "Lea")

    restored = await server.lea.post(f"/activities/{note['id']}/restore")

    assert (restored.status_code, restored.json()) == (200, note)
    assert await server.get(f"/contacts/{contact['id']}/notes") == before
    assert (await server.get(f"/contacts/{contact['id']}/deleted-activities"))["results"] == []


async def test_a_deletion_can_be_undone_for_ninety_days(server: InProcess) -> None:
    contact = await server.new_contact()
    note = await server.new_note(contact["id"], "kept")
    path = f"/contacts/{contact['id']}/deleted-activities"
    await server.lea.delete(f"/notes/{note['id']}")

    server.clock.pass_(days=89, hours=23)
    assert len((await server.get(path))["results"]) == 1
    server.clock.pass_(days=1, hours=1)

    assert (await server.get(path))["results"] == []
    answer = await server.lea.post(f"/activities/{note['id']}/restore")
    assert (answer.status_code, answer.json()["code"]) == (410, "gone")


async def test_restoring_what_is_there_changes_nothing(server: InProcess) -> None:
    note = await server.new_note((await server.new_contact())["id"], "there")
    number = await server.carnet.database.read(last_number)

    answer = await server.lea.post(f"/activities/{note['id']}/restore")

    assert answer.json() == note
    assert await server.carnet.database.read(last_number) == number


async def test_a_contact_changes_when_one_of_its_notes_does(server: InProcess) -> None:
    contact = await server.new_contact()
    path, main = f"/contacts/{contact['id']}", f"/notes/{contact['main_note_id']}"
    before = (await server.get("/contacts", limit=200))["results"]
    dated = f"/notes/{(await server.new_note(contact['id'], 'dated'))['id']}"
    restored = dated.replace("notes", "activities") + "/restore"
    seen, expected = [], []
    for method, where, body in (
        ("PATCH", main, {"body": "written"}),
        ("POST", f"{main}/append", {"body": "appended"}),
        ("POST", f"{path}/notes", {"body": "new"}),
        ("PATCH", dated, {"title": "titled"}),
        ("DELETE", dated, None),
        ("POST", restored, None),
    ):
        server.clock.pass_(minutes=1)
        expected.append(f"{server.clock():%Y-%m-%dT%H:%M:%S}.000Z")
        assert (await server.lea.request(method, where, json=body)).status_code < 300
        seen.append((await server.get(path))["updated_at"])
    await server.lea.patch(dated, json={"title": "titled"})  # as it was: nothing changes

    assert seen == expected
    after = (await server.get("/contacts", limit=200))["results"]
    assert [one["id"] for one in after] == [one["id"] for one in before]
    (shown,) = [one for one in after if one["id"] == contact["id"]]
    assert (shown["updated_at"], shown["version"]) == (expected[-1], contact["version"])


async def test_viewers_read_notes_and_change_none(server: InProcess) -> None:
    contact = await server.new_contact()
    note, mia = await server.new_note(contact["id"], "read me"), server.rest["mia"]

    assert (await mia.get(f"/contacts/{contact['id']}/notes")).json()["results"][0]["permissions"] == {"edit": False}
    refused = [
        await mia.post(f"/contacts/{contact['id']}/notes", json={"body": ""}),
        await mia.patch(f"/notes/{note['id']}", json={"title": "x"}),
        await mia.delete(f"/notes/{note['id']}"),
        await mia.post(f"/activities/{note['id']}/restore"),
    ]
    assert [answer.status_code for answer in refused] == [403] * 4


async def test_the_document_of_a_deleted_note_refuses_everybody_until_it_is_restored(server: InProcess) -> None:
    note = await server.new_note((await server.new_contact())["id"], "secret")
    rooms, name, lea = server.carnet.rooms, f"note/{note['id']}", await member(server)
    assert await rooms.authorise(lea, name) == "read-write"
    await server.lea.delete(f"/notes/{note['id']}")

    with pytest.raises(NotFound):
        await rooms.authorise(lea, name)

    await server.lea.post(f"/activities/{note['id']}/restore")
    assert await rooms.authorise(lea, name) == "read-write"


async def member(server: InProcess) -> Member:
    me = await server.get("/me")
    return Member(id=me["id"], name=me["name"], email=me["email"], role=me["role"], color=me["color"])
