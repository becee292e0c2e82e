"""Deleting contacts and having them back, over REST, on both databases."""

import asyncio
from typing import Any

import pytest
from sqlalchemy import select

from api import purge
from api.drafts import Draft
from api.import_matching import find_same
from api.tables import contacts, idempotency, merges, notes, property_changes, property_values, search_entries
from sync.tables import documents
from tests.support.in_process import InProcess

pytestmark = [pytest.mark.both_databases, pytest.mark.asyncio(loop_scope="module")]


async def contact(server: InProcess, **properties: Any) -> str:
    answer = await server.lea.post("/contacts", json={"properties": properties})
    assert answer.status_code == 201, answer.text
    made: str = answer.json()["id"]
    return made


async def delete(server: InProcess, contact_id: str, **query: Any) -> None:
    answer = await server.lea.delete(f"/contacts/{contact_id}", params=query)
    assert answer.status_code == 204, answer.text


async def restore(server: InProcess, contact_id: str, **query: Any) -> dict[str, Any]:
    answer = await server.lea.post(f"/contacts/{contact_id}/restore", params=query)
    assert answer.status_code == 200, answer.text
    back: dict[str, Any] = answer.json()
    return back


async def found(server: InProcess, q: str) -> set[str]:
    listed = await server.get("/contacts", q=q)
    hits = await server.get("/search", q=q)
    return {one["id"] for one in listed["results"]} | {hit["contact_id"] for hit in hits["results"]}


async def merged(server: InProcess, primary: str, secondary: str) -> str:
    answer = await server.lea.post("/contacts/merge", json={"primary_id": primary, "secondary_id": secondary})
    assert answer.status_code == 201, answer.text
    merge_id: str = answer.json()["id"]
    return merge_id


async def everything(server: InProcess, contact_id: str) -> dict[str, Any]:
    """All that REST shows of a contact."""
    own = await server.get(f"/contacts/{contact_id}")
    its_notes = (await server.get(f"/contacts/{contact_id}/notes"))["results"]
    history = (await server.get(f"/contacts/{contact_id}/property-history"))["results"]
    return {"own": own, "notes": its_notes, "history": history}


async def test_a_deleted_contact_is_nowhere_and_comes_back_as_it_was(server: InProcess) -> None:
    contact_id = await contact(server, firstname="Ondine", lastname="Vasseur", emails=["ondine@vasseur.fr"])
    note = await server.new_note(contact_id, "On se revoit en floréal", title="Appel")
    before = await everything(server, contact_id)

    await delete(server, contact_id)

    gone = await server.lea.get(f"/contacts/{contact_id}")
    assert (gone.status_code, gone.json()["deleted"], gone.json()["name"]) == (404, True, "Ondine Vasseur")
    for path in (f"/contacts/{contact_id}/notes", f"/notes/{note['id']}", f"/contacts/{contact_id}/avatar"):
        assert (await server.lea.get(path)).status_code == 404, path
    for words in ("ondine", "floréal", "vasseur.fr"):
        assert await found(server, words) == set(), words
    assert (await server.lea.patch(f"/notes/{note['id']}", json={"body": "x"})).status_code == 404
    changed = await server.lea.patch(f"/contacts/{contact_id}", json={"properties": {"city": "Lyon"}})
    assert changed.status_code == 404

    assert (await restore(server, contact_id))["id"] == contact_id
    assert await everything(server, contact_id) == before
    for words in ("ondine", "floréal", "vasseur.fr"):
        assert await found(server, words) == {contact_id}, words


async def test_deleted_contacts_are_listed_with_who_and_until_when(server: InProcess) -> None:
    contact_id = await contact(server, firstname="Zélie", lastname="Listée")
    await delete(server, contact_id)

    page = await server.get("/contacts", deleted=True, sort="-deleted_at", count=True, limit=1)

    (newest,) = page["results"]
    assert (newest["id"], newest["archived"], newest["permissions"]["edit"]) == (contact_id, True, False)
    lea = (await server.get("/me"))["id"]
    assert newest["deletion"] == {
        "at": "2026-11-22T10:42:00.000Z",
        "by": lea,
        "restorable_until": "2027-02-20T10:42:00.000Z",
    }
    assert [one["id"] for one in (await server.get("/contacts", deleted=True, q="zélie"))["results"]] == [contact_id]
    assert (await server.lea.get("/contacts", params={"sort": "-deleted_at"})).status_code == 400
    await restore(server, contact_id)
    assert (await server.get("/contacts", deleted=True, q="zélie"))["results"] == []


async def test_the_list_of_deleted_contacts_has_pages(server: InProcess) -> None:
    made = [await contact(server, firstname="Page", lastname=f"Feuillet {n}") for n in range(3)]
    for contact_id in made:
        await delete(server, contact_id)
    seen: list[str] = []
    asked: dict[str, Any] = {"deleted": True, "sort": "-deleted_at", "q": "feuillet", "limit": 2}
    page = await server.get("/contacts", **asked)
    seen += [one["id"] for one in page["results"]]
    page = await server.get(page["paging"]["next"]["link"].removeprefix("/api/v1"))
    seen += [one["id"] for one in page["results"]]
    assert sorted(seen) == sorted(made)


async def test_deleting_a_contact_takes_what_was_merged_into_it_along(server: InProcess) -> None:
    one = await contact(server, firstname="Aglaé", lastname="Première")
    other = await contact(server, firstname="Aglaé", lastname="Seconde")
    await server.new_note(other, "Une étamine dans sa note")
    merge_id = await merged(server, one, other)
    before = await everything(server, one)

    refused = await server.lea.delete(f"/contacts/{other}")
    assert (refused.status_code, refused.json()["code"], refused.json()["root_id"]) == (409, "already_merged", one)
    await delete(server, one)

    assert (await server.lea.get(f"/contacts/{other}")).json()["contact_id"] == one
    assert await found(server, "étamine") == set()
    assert (await server.lea.post(f"/merges/{merge_id}/undo")).status_code == 404
    assert (await restore(server, other))["id"] == one
    assert await everything(server, one) == before
    assert await found(server, "étamine") == {one}
    assert (await server.lea.post(f"/merges/{merge_id}/undo")).status_code == 200
    assert (await server.get(f"/contacts/{other}"))["id"] == other


async def test_a_deleted_contact_is_not_merged(server: InProcess) -> None:
    one, other = await contact(server, firstname="Une"), await contact(server, firstname="Autre")
    await delete(server, other)
    for pair in ((one, other), (other, one)):
        wanted = {"primary_id": pair[0], "secondary_id": pair[1]}
        for path in ("/contacts/merge", "/contacts/merge/preview"):
            refused = await server.lea.post(path, json=wanted)
            told = refused.json()
            assert (refused.status_code, told["code"], told["contact_id"]) == (409, "contact_deleted", other)


async def test_merging_and_deleting_at_once_leave_both_together(server: InProcess) -> None:
    for _ in range(5):
        one, other = await contact(server, firstname="Ronde"), await contact(server, firstname="Danse")
        wanted = {"primary_id": one, "secondary_id": other}
        merging, deleting = await asyncio.gather(
            server.lea.post("/contacts/merge", json=wanted), server.lea.delete(f"/contacts/{one}")
        )
        assert deleting.status_code == 204
        assert (merging.status_code, merging.json().get("code")) in ((201, None), (409, "contact_deleted"))
        there = (await server.lea.get(f"/contacts/{other}")).status_code
        assert there == (404 if merging.status_code == 201 else 200)


async def test_who_may_not_write_neither_deletes_nor_restores(server: InProcess) -> None:
    contact_id = await contact(server, firstname="Fermée")
    mia, tom = server.rest["mia"], server.rest["tom"]
    assert (await mia.delete(f"/contacts/{contact_id}")).status_code == 403
    assert (await tom.delete(f"/contacts/{contact_id}?permanent=true")).status_code == 403
    await delete(server, contact_id)
    assert (await mia.post(f"/contacts/{contact_id}/restore")).status_code == 403
    assert (await server.lea.delete(f"/contacts/{contact_id}")).status_code == 404
    assert (await server.lea.post("/contacts/con_none/restore")).status_code == 404
    assert (await tom.post(f"/contacts/{contact_id}/restore")).status_code == 200
    assert (await tom.post(f"/contacts/{contact_id}/restore")).status_code == 200


async def test_an_address_that_another_has_by_now_offers_a_merge(server: InProcess) -> None:
    old = await contact(server, firstname="Ancienne", emails=["partagee@acme.fr"])
    await delete(server, old)
    new = await contact(server, firstname="Nouvelle", emails=["partagee@acme.fr"])

    refused = await server.lea.post(f"/contacts/{old}/restore", headers={"Accept-Language": "fr"})

    assert (refused.status_code, refused.json()["code"]) == (409, "address_taken")
    assert "partagee@acme.fr" in refused.json()["detail"]
    (candidate,) = refused.json()["candidates"]
    assert candidate == {"id": new, "name": "Nouvelle", "property": "emails", "value": "partagee@acme.fr"}
    await restore(server, old, allow_duplicate=True)
    await merged(server, new, old)
    assert [one["value"] for one in (await server.get(f"/contacts/{old}"))["properties"]["emails"]] == [
        "partagee@acme.fr"
    ]


async def test_an_import_knows_nobody_who_is_deleted(server: InProcess) -> None:
    contact_id = await contact(server, firstname="Importée", emails=["importee@acme.fr"])
    draft = Draft({"firstname": "Importée", "emails": [{"value": "importee@acme.fr", "primary": True}]})
    assert await server.carnet.database.read(lambda tx: find_same(tx, [draft])) == [contact_id]
    await delete(server, contact_id)
    assert await server.carnet.database.read(lambda tx: find_same(tx, [draft])) == [None]


async def left_of(server: InProcess, contact_id: str) -> set[str]:
    """Tables in which something of a contact stands, beside its own row."""
    looks = {
        "property_values": select(property_values.c.contact_id).where(property_values.c.contact_id == contact_id),
        "property_changes": select(property_changes.c.contact_id).where(property_changes.c.contact_id == contact_id),
        "notes": select(notes.c.id).where(notes.c.contact_id == contact_id),
        "search": select(search_entries.c.id).where(search_entries.c.contact_id == contact_id),
        "merges": select(merges.c.id).where(merges.c.primary_id == contact_id),
        "documents": select(documents.c.name).where(documents.c.name == f"contact/{contact_id}"),
        "idempotency": select(idempotency.c.key).where(idempotency.c.body.contains(contact_id)),
    }

    async def read(tx: Any) -> set[str]:
        return {name for name, look in looks.items() if (await tx.execute(look)).first()}

    held: set[str] = await server.carnet.database.read(read)
    return held


async def name_left(server: InProcess, contact_id: str) -> tuple[Any, ...]:
    row = select(contacts.c.firstname, contacts.c.lastname, contacts.c.properties).where(contacts.c.id == contact_id)
    return tuple((await server.carnet.database.read(lambda tx: tx.execute(row))).one())


async def test_for_good_means_that_nothing_is_left(server: InProcess) -> None:
    body = {"properties": {"firstname": "Oubliée", "emails": ["oubliee@acme.fr"]}}
    made = await server.lea.post("/contacts", json=body, headers={"Idempotency-Key": "oubli"})
    one, other = made.json()["id"], await contact(server, firstname="Aussi")
    note = await server.new_note(one, "Rien ne doit rester")
    await merged(server, one, other)
    assert len(await left_of(server, one)) == 7

    await delete(server, one, permanent=True)

    assert await left_of(server, one) == await left_of(server, other) == set()
    assert await name_left(server, one) == (None, None, "{}")
    restored = await server.lea.post(f"/contacts/{one}/restore")
    assert (restored.status_code, restored.json()["code"]) == (410, "gone")
    assert (await server.lea.get(f"/contacts/{one}")).json()["deleted"] is True
    assert (await server.lea.get(f"/notes/{note['id']}")).status_code == 404
    assert one not in {each["id"] for each in (await server.get("/contacts", deleted=True))["results"]}


async def test_what_was_deleted_can_be_deleted_for_good(server: InProcess) -> None:
    contact_id = await contact(server, firstname="Deux", lastname="Fois")
    await delete(server, contact_id)
    await delete(server, contact_id, permanent=True)
    assert await left_of(server, contact_id) == set()
    assert (await server.lea.delete(f"/contacts/{contact_id}?permanent=true")).status_code == 404


async def test_after_ninety_days_it_is_gone_and_not_before(server: InProcess) -> None:
    old, kept = await contact(server, firstname="Vieille"), await contact(server, firstname="Jeune")
    await delete(server, old)
    server.clock.pass_(days=89)
    await purge.purge(server.carnet)
    assert "notes" in await left_of(server, old)
    await delete(server, kept)
    server.clock.pass_(days=2)
    assert (await server.lea.post(f"/contacts/{old}/restore")).status_code == 410
    assert old not in {each["id"] for each in (await server.get("/contacts", deleted=True))["results"]}
    await purge.purge(server.carnet)
    assert await left_of(server, old) == set()
    assert (await restore(server, kept))["id"] == kept
