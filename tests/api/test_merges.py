"""Merging contacts and taking it back, over REST, on both databases."""

import asyncio
import secrets
from io import BytesIO
from typing import Any

import pytest
from PIL import Image

from api.drafts import Draft
from api.import_matching import find_same
from api.tables import aliases, contact_uids, contacts, merges, notes, property_values, search_entries
from tests.support.in_process import InProcess

pytestmark = [pytest.mark.both_databases, pytest.mark.asyncio(loop_scope="module")]

HERS = {"firstname": "Camille", "lastname": "Roy", "jobtitle": "Directrice", "emails": ["camille@roy.fr"]}
THEIRS = {"firstname": "C.", "lastname": "Roy", "city": "Lyon", "emails": ["c.roy@acme.fr"], "tags": ["vip"]}


async def contact(server: InProcess, **properties: Any) -> str:
    answer = await server.lea.post("/contacts", json={"properties": properties, "allow_duplicate": True})
    assert answer.status_code == 201, answer.text
    made: str = answer.json()["id"]
    return made


async def write_main(server: InProcess, contact_id: str, words: str) -> str:
    note_id: str = (await server.get(f"/contacts/{contact_id}"))["main_note_id"]
    answer = await server.lea.patch(f"/notes/{note_id}", json={"body": words})
    assert answer.status_code == 200, answer.text
    return note_id


async def merge(server: InProcess, primary: str, secondary: str, **more: Any) -> dict[str, Any]:
    answer = await server.lea.post("/contacts/merge", json={"primary_id": primary, "secondary_id": secondary, **more})
    assert answer.status_code == 201, answer.text
    merged: dict[str, Any] = answer.json()
    return merged


async def undo(server: InProcess, merge_id: str) -> dict[str, Any]:
    answer = await server.lea.post(f"/merges/{merge_id}/undo")
    assert answer.status_code == 200, answer.text
    undone: dict[str, Any] = answer.json()
    return undone


async def pair(server: InProcess) -> tuple[str, str]:
    """Two contacts with a main note each, a dated one each, and properties that agree in nothing."""
    one, other = await contact(server, **HERS), await contact(server, **THEIRS)
    for of, word in ((one, "sienne"), (other, "autre")):
        await write_main(server, of, f"La note principale {word}")
        await server.new_note(of, f"Un appel {word}", title=f"Appel {word}")
    return one, other


async def everything(server: InProcess, *contact_ids: str) -> dict[str, Any]:
    """All that REST and the tables say of contacts; what only counts up is left out."""
    said: dict[str, Any] = {}
    for contact_id in contact_ids:
        shown = await server.get(f"/contacts/{contact_id}")
        said[contact_id] = {name: shown[name] for name in shown.keys() - {"version", "updated_at"}}
        said[f"{contact_id}/notes"] = (await server.get(f"/contacts/{contact_id}/notes"))["results"]

    async def tables(tx: Any) -> dict[str, Any]:
        held = {}
        for table, order in ((property_values, "value"), (notes, "id"), (aliases, "contact_id")):
            rows = await tx.execute(table.select().where(table.c.contact_id.in_(contact_ids)).order_by(table.c[order]))
            held[table.name] = [tuple(row) for row in rows]
        entries = search_entries.c
        found = search_entries.select().with_only_columns(entries.object_id, entries.contact_id, entries.title)
        rows = await tx.execute(found.add_columns(entries.detail).where(entries.contact_id.in_(contact_ids)))
        held["search"] = sorted(tuple(row) for row in rows)
        rows = await tx.execute(contacts.select().where(contacts.c.id.in_(contact_ids)).order_by(contacts.c.id))
        held["contacts"] = [(row.id, row.properties, row.sort_key, row.created_at) for row in rows]
        return held

    return said | await server.carnet.database.read(tables)


async def listed(server: InProcess, **query: Any) -> set[str]:
    page = await server.get("/contacts", limit=200, **query)
    return {one["id"] for one in page["results"]}


async def test_a_merge_unites_properties_and_notes_under_one_id(server: InProcess) -> None:
    one, other = await pair(server)
    await merge(server, one, other)
    shown = await server.get(f"/contacts/{one}")
    assert shown["merged_ids"] == [other]
    held = shown["properties"]
    assert (held["firstname"], held["jobtitle"], held["city"]) == ("Camille", "Directrice", "Lyon")
    assert held["emails"] == [
        {"value": "camille@roy.fr", "primary": True},
        {"value": "c.roy@acme.fr", "primary": False},
    ]
    assert held["tags"] == ["vip"]
    told = shown["notes_text"].split("\n\n")
    assert told[:2] == ["La note principale sienne", "La note principale autre"]
    assert sorted(told[2:]) == ["Un appel autre", "Un appel sienne"]


async def test_the_other_main_note_stands_second_under_a_title_in_the_readers_language(server: InProcess) -> None:
    one, other = await pair(server)
    other_main = (await server.get(f"/contacts/{other}"))["main_note_id"]
    await merge(server, one, other)
    french = await server.lea.get(f"/contacts/{one}/notes?limit=2", headers={"Accept-Language": "fr"})
    first, second = french.json()["results"]
    assert (first["main"], first["title"]) == (True, None)
    assert (second["id"], second["main"]) == (other_main, False)
    assert second["title"] == "Notes de C. Roy (fusionné le 22 nov. 2026)"
    assert (second["contact_id"], second["origin_contact_id"]) == (one, other)
    assert (await server.get(f"/notes/{other_main}"))["title"] == "Notes of C. Roy (merged 22 Nov 2026)"
    rest = await server.get(french.json()["paging"]["next"]["link"].removeprefix("/api/v1"))
    assert {note["title"] for note in rest["results"]} == {"Appel sienne", "Appel autre"}


async def test_the_old_id_leads_to_the_survivor_everywhere(server: InProcess) -> None:
    one, other = await pair(server)
    await merge(server, one, other)
    answer = await server.lea.get(f"/contacts/{other}")
    assert (answer.json()["id"], answer.json()["resolved_from"]) == (one, other)
    assert answer.headers["content-location"] == f"/api/v1/contacts/{one}"
    for part in ("notes", "deleted-activities", "property-history"):
        assert await server.get(f"/contacts/{other}/{part}") == await server.get(f"/contacts/{one}/{part}")
    changed = await server.lea.patch(f"/contacts/{other}", json={"properties": {"company": "Acme"}})
    assert (changed.json()["id"], changed.json()["properties"]["company"]) == (one, "Acme")
    chosen = {"id": f"act_{secrets.token_hex(16)}"}
    note = await server.new_note(other, "Écrit à l'ancienne adresse", **chosen)
    again = await server.lea.post(f"/contacts/{one}/notes", json={"body": "Écrit", **chosen})
    assert (again.status_code, again.json()["text"]) == (200, note["text"]), "sent again, it is made once"
    assert (note["contact_id"], note["origin_contact_id"]) == (one, other)
    assert note["text"] in (await server.get(f"/contacts/{one}"))["notes_text"]


async def test_who_wants_no_other_contact_for_an_old_id_is_told_where_to_ask(server: InProcess) -> None:
    one, other = await pair(server)
    assert (await server.lea.get(f"/contacts/{other}?resolve=false")).status_code == 200
    await merge(server, one, other)
    answer = await server.lea.get(f"/contacts/{other}?resolve=false")
    assert (answer.status_code, answer.headers["location"]) == (308, f"/api/v1/contacts/{one}")
    assert (await server.lea.get(f"/contacts/{one}?resolve=false")).status_code == 200


async def test_a_contact_names_the_main_notes_it_has_by_merges(server: InProcess) -> None:
    one, other = await pair(server)
    empty = await contact(server, firstname="Sans", lastname="Note")
    other_main = (await server.get(f"/contacts/{other}"))["main_note_id"]
    merged, _ = await merge(server, one, other), await merge(server, one, empty)
    shown = await server.get(f"/contacts/{other}")
    assert shown["resolved_by"] == merged["id"]
    (inherited,) = shown["inherited_notes"]
    assert inherited == {
        "id": other_main,
        "origin_contact_id": other,
        "origin_name": "C. Roy",
        "title": "Notes of C. Roy (merged 22 Nov 2026)",
    }
    await undo(server, merged["id"])
    assert "inherited_notes" not in await server.get(f"/contacts/{other}")


async def test_the_merged_contact_is_in_no_list_and_search_finds_the_survivor_by_it(server: InProcess) -> None:
    one = await contact(server, firstname="Zénobie", lastname="Quincampoix", jobtitle="Horlogère")
    other = await contact(server, firstname="Zaza", lastname="Brimborion", jobtitle="Graveuse", emails=["z@brim.fr"])
    await server.new_note(other, "Elle parle du sternutatoire")
    before = (await server.get("/contacts", count="true"))["total"]
    await merge(server, one, other)
    assert (await server.get("/contacts", count="true"))["total"] == before - 1
    for word in ("Brimborion", "sternutatoire", "z@brim.fr", "Quincampoix sternutatoire"):
        assert await listed(server, q=word) == {one}, word
        hits = (await server.get("/search", q=word))["results"]
        assert {hit["contact_id"] for hit in hits} == {one}, word
    assert await listed(server, q="Graveuse") == set(), "what is not the survivor's finds nobody"
    (hit,) = (await server.get("/search", q="Brimborion"))["results"]
    assert (hit["id"], hit["matched_in"], hit["excerpt_html"]) == (one, "alias", "Zaza <mark>Brimborion</mark>")


async def test_unmerging_right_after_gives_both_back_exactly(server: InProcess) -> None:
    one, other = await pair(server)
    before = await everything(server, one, other)
    merged = await merge(server, one, other, choices={"firstname": "secondary", "jobtitle": {"value": "Associée"}})
    assert await everything(server, one) != before
    undone = await undo(server, merged["id"])
    assert (undone["kept"], undone["undone_by"]["name"]) == ([], "Lea")
    assert await everything(server, one, other) == before
    assert (await undo(server, merged["id"]))["undone_at"] == undone["undone_at"], "once"


async def test_unmerging_keeps_what_was_written_since(server: InProcess) -> None:
    one, other = await pair(server)
    main = (await server.get(f"/contacts/{other}"))["main_note_id"]
    merged = await merge(server, one, other)
    await server.lea.patch(f"/contacts/{one}", json={"properties": {"city": "Paris"}})
    await server.lea.post(f"/notes/{main}/append", json={"body": "écrit depuis"})
    new = await server.new_note(one, "Né après la fusion")
    undone = await undo(server, merged["id"])
    assert undone["kept"] == ["city"]
    mine, theirs = await server.get(f"/contacts/{one}"), await server.get(f"/contacts/{other}")
    assert (mine["properties"]["city"], theirs["properties"]["city"]) == ("Paris", "Lyon")
    assert [element["value"] for element in mine["properties"]["emails"]] == ["camille@roy.fr"]
    assert "écrit depuis" in theirs["notes_text"]
    assert new["text"] in mine["notes_text"]


async def test_what_is_chosen_is_what_becomes(server: InProcess) -> None:
    one, other = await pair(server)
    choices = {"firstname": "secondary", "tags": "primary", "company": {"value": "Roy & Cie"}}
    asked = {"primary_id": one, "secondary_id": other, "choices": choices}
    preview = (await server.lea.post("/contacts/merge/preview", json=asked)).json()
    assert preview["conflicts"] == ["firstname"]
    assert (preview["primary"]["notes"], preview["secondary"]["notes"]) == (2, 2)
    await merge(server, one, other, choices=choices)
    held = (await server.get(f"/contacts/{one}"))["properties"]
    assert held == {property["name"]: property["result"] for property in preview["properties"]}
    assert (held["firstname"], held["tags"], held["company"]) == ("C.", [], "Roy & Cie")


async def test_a_conflict_that_moved_since_the_preview_is_shown_anew(server: InProcess) -> None:
    one, other = await pair(server)
    asked = {"primary_id": one, "secondary_id": other}
    preview = (await server.lea.post("/contacts/merge/preview", json=asked)).json()
    versions = {p["name"]: p["version"] for p in preview["properties"] if p["conflict"]}
    await server.lea.patch(f"/contacts/{one}", json={"properties": {"company": "Acme"}})
    await server.lea.patch(f"/contacts/{other}", json={"properties": {"firstname": "Charlotte"}})
    answer = await server.lea.post("/contacts/merge", json={**asked, "versions": versions})
    assert (answer.status_code, answer.json()["code"]) == (409, "preview_stale")
    fresh = answer.json()["preview"]
    assert [p["secondary"] for p in fresh["properties"] if p["conflict"]] == ["Charlotte"]
    versions = {p["name"]: p["version"] for p in fresh["properties"] if p["conflict"]}
    await server.lea.patch(f"/contacts/{other}", json={"properties": {"city": "Metz"}})  # no conflict
    await merge(server, one, other, versions=versions)


async def test_what_cannot_be_merged_is_refused_without_a_trace(server: InProcess) -> None:
    one, other = await pair(server)
    before = await everything(server, one, other)
    cases = [
        ("lea", {"primary_id": one, "secondary_id": one}, 422, "same_contact"),
        ("lea", {"primary_id": one, "secondary_id": "con_nobody"}, 404, "not_found"),
        ("mia", {"primary_id": one, "secondary_id": other}, 403, "forbidden"),
        ("lea", {"primary_id": one, "secondary_id": other, "choices": {"shoe": "primary"}}, 400, "unknown_property"),
        ("lea", {"primary_id": one, "secondary_id": other, "choices": {"city": "both"}}, 422, "validation"),
        ("lea", {"primary_id": one, "secondary_id": other, "choices": {"owner_id": {"value": "x"}}}, 422, "validation"),
        ("lea", {"primary_id": one}, 422, "validation"),
    ]
    for person, body, status, code in cases:
        answer = await server.rest[person].post("/contacts/merge", json=body)
        assert (answer.status_code, answer.json()["code"]) == (status, code), body
    assert await everything(server, one, other) == before


async def test_the_same_again_is_the_merge_that_was(server: InProcess) -> None:
    one, other = await pair(server)
    body = {"primaryObjectId": one, "objectIdToMerge": other}
    first = await server.lea.post("/contacts/merge", json=body, headers={"Idempotency-Key": f"k-{one}"})
    again = await server.lea.post("/contacts/merge", json=body, headers={"Idempotency-Key": f"k-{one}"})
    assert (first.status_code, again.status_code, again.json()) == (201, 201, first.json())
    for ids in ((one, other), (other, one)):
        answer = await server.lea.post("/contacts/merge", json={"primary_id": ids[0], "secondary_id": ids[1]})
        assert (answer.status_code, answer.json()["already_merged"], answer.json()["id"]) == (
            200,
            True,
            first.json()["id"],
        )
    third = await contact(server, firstname="Tiers")
    answer = await server.lea.post("/contacts/merge", json={"primary_id": third, "secondary_id": other})
    assert (answer.status_code, answer.json()["code"], answer.json()["root_id"]) == (409, "already_merged", one)


async def test_two_who_merge_in_opposite_directions_at_once_make_one_merge(server: InProcess) -> None:
    one, other = await pair(server)
    bodies = [{"primary_id": one, "secondary_id": other}, {"primary_id": other, "secondary_id": one}]
    answers = await asyncio.gather(*(server.lea.post("/contacts/merge", json=body) for body in bodies * 2))
    assert sorted(answer.status_code for answer in answers) == [200, 200, 200, 201]
    assert len({answer.json()["id"] for answer in answers}) == 1
    where = merges.c.primary_id.in_((one, other))
    rows = await server.carnet.database.read(lambda tx: tx.execute(merges.select().where(where)))
    assert len(rows.all()) == 1


async def test_the_inner_one_of_two_merges_can_be_undone(server: InProcess) -> None:
    one, other = await pair(server)
    third = await contact(server, firstname="Tiers", tags=["vip", "presse"])
    before = await everything(server, other)
    inner, outer = await merge(server, one, other), await merge(server, third, one)
    assert (await server.get(f"/contacts/{other}"))["id"] == third
    assert sorted((await server.get(f"/contacts/{third}"))["merged_ids"]) == sorted([one, other])
    await undo(server, inner["id"])
    assert await everything(server, other) == before
    assert (await server.get(f"/contacts/{one}"))["id"] == third
    await undo(server, outer["id"])
    assert (await server.get(f"/contacts/{one}"))["properties"]["tags"] == []
    assert (await server.get(f"/contacts/{third}"))["properties"]["tags"] == ["presse", "vip"]


async def test_what_two_brought_goes_when_both_have_gone(server: InProcess) -> None:
    one = await contact(server, firstname="Une")
    others = [await contact(server, firstname="Une", tags=["vip"], city=city) for city in ("Lyon", "Metz")]
    first, second = [await merge(server, one, other, choices={"city": "secondary"}) for other in others]
    await undo(server, first["id"])
    held = (await server.get(f"/contacts/{one}"))["properties"]
    assert (held["tags"], held["city"]) == (["vip"], "Metz")
    await undo(server, second["id"])
    held = (await server.get(f"/contacts/{one}"))["properties"]
    assert (held["tags"], held["city"]) == ([], None)


async def test_two_who_undo_two_merges_into_one_contact_at_once_leave_nothing_of_either(server: InProcess) -> None:
    for _ in range(5):
        one = await contact(server, firstname="Une")
        others = [await contact(server, firstname="Une", tags=["vip"], city=city) for city in ("Lyon", "Metz")]
        merged = [await merge(server, one, other, choices={"city": "secondary"}) for other in others]
        await asyncio.gather(*(undo(server, of["id"]) for of in merged))
        held = (await server.get(f"/contacts/{one}"))["properties"]
        assert (held["tags"], held["city"]) == ([], None)


async def test_the_changes_tell_of_a_merge_and_of_notes_under_the_survivors_id(server: InProcess) -> None:
    one, other = await pair(server)
    start = server.carnet.feed.head
    merged = await merge(server, one, other)
    note = await server.new_note(other, "Tard")
    await undo(server, merged["id"])
    told: list[Any] = []
    while ("contact.unmerged", other) not in [(change.type, change.contact_id) for change in told]:
        await server.carnet.feed.wait(start)
        told += await server.carnet.feed.after(start) or []
        start = told[-1].number
    assert ("contact.merged", other, one) in [(one.type, one.id, one.contact_id) for one in told]
    assert ("note.created", note["id"], one) in [(one.type, one.id, one.contact_id) for one in told]


async def test_a_photo_comes_along_and_goes_back(server: InProcess) -> None:
    one, other = await contact(server, firstname="Une"), await contact(server, firstname="Une")
    drawn = BytesIO()
    Image.new("RGB", (8, 8), "teal").save(drawn, "PNG")
    put = await server.lea.put(f"/contacts/{other}/avatar", files={"file": ("a.png", drawn.getvalue(), "image/png")})
    assert put.status_code == 200, put.text
    merged = await merge(server, one, other)
    assert (await server.get(f"/contacts/{one}"))["avatar"].startswith(f"/api/v1/contacts/{one}/avatar")
    old, new = [(await server.lea.get(f"/contacts/{of}/avatar")) for of in (other, one)]
    assert (old.status_code, old.content) == (200, new.content)
    await undo(server, merged["id"])
    shown = [(await server.get(f"/contacts/{of}"))["avatar"] for of in (one, other)]
    assert (shown[0], bool(shown[1])) == (None, True)


async def test_an_import_finds_the_survivor_by_all_that_the_merged_one_was_known_by(server: InProcess) -> None:
    one = await contact(server, firstname="Ada", lastname="King", emails=["ada@king.example"])
    other = await contact(server, firstname="Ada", lastname="Lovelace", phones=["+33612345678"])
    uid = {"uid": "urn:ada", "contact_id": other}
    await server.carnet.database.write(lambda tx: tx.execute(contact_uids.insert().values(**uid)))
    await merge(server, one, other)
    phones = [{"value": "+33612345678"}]
    drafts = [
        Draft({"firstname": "Countess"}, uid="urn:ada"),
        Draft({"firstname": "Ada", "lastname": "Lovelace", "phones": phones}),
        Draft({"firstname": "Ada", "lastname": "King", "phones": phones}),
        Draft({"firstname": "Ada", "lastname": "Byron", "phones": phones}),
    ]
    found = await server.carnet.database.read(lambda tx: find_same(tx, drafts))
    assert found == [one, one, one, None]


async def test_those_who_edit_properties_meanwhile_hold_up_no_merge(server: InProcess) -> None:
    one, other = await pair(server)

    async def edit(contact_id: str, name: str) -> None:
        for number in range(8):
            body = {"properties": {name: f"{name} {number}"}}
            answer = await server.rest["tom"].patch(f"/contacts/{contact_id}", json=body)
            assert answer.status_code == 200, answer.text

    async with asyncio.TaskGroup() as tasks:
        for contact_id, name in ((one, "company"), (other, "city"), (other, "jobtitle")):
            tasks.create_task(edit(contact_id, name))
        merging = tasks.create_task(merge(server, one, other))
    assert merging.result()["primary_id"] == one
    held = (await server.get(f"/contacts/{one}"))["properties"]
    assert held["company"] == "company 7"


@pytest.mark.soak
@pytest.mark.timeout(600)
async def test_three_hundred_are_merged_into_one(server: InProcess) -> None:
    one = await contact(server, firstname="Une")
    others = [await contact(server, firstname="Une", tags=[f"t{number % 90}"]) for number in range(300)]
    for other in others:
        await server.new_note(other, f"note de {other}")
        await merge(server, one, other)
    shown = await server.get(f"/contacts/{one}")
    assert sorted(shown["merged_ids"]) == sorted(others)
    assert sorted(shown["notes_text"].split("\n\n")) == sorted(f"note de {other}" for other in others)
    assert len(shown["properties"]["tags"]) == 90
