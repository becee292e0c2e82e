"""Duplicates: found, dismissed, merged at once and taken apart, on both databases."""

import asyncio
import random
from typing import Any

import pytest

from api import suggestions
from api.likeness import likeness, person
from api.suggestions import Suggestions
from tests.support.in_process import InProcess

pytestmark = [pytest.mark.both_databases, pytest.mark.asyncio(loop_scope="module")]


async def contact(server: InProcess, **properties: Any) -> str:
    answer = await server.lea.post("/contacts", json={"properties": properties, "allow_duplicate": True})
    assert answer.status_code == 201, answer.text
    server.clock.pass_(seconds=1)
    made: str = answer.json()["id"]
    return made


async def listed(server: InProcess) -> set[frozenset[str]]:
    page = await server.get("/duplicates", limit=100)
    assert page["total"] == len(page["results"])
    return {frozenset(one["id"] for one in pair["contacts"]) for pair in page["results"]}


async def of(server: InProcess, contact_id: str) -> set[str]:
    found = (await server.get(f"/contacts/{contact_id}/duplicates"))["results"]
    return {one["id"] for pair in found for one in pair["contacts"]} - {contact_id}


async def pair(server: InProcess, word: str) -> tuple[str, str]:
    one = await contact(server, firstname="Aude", lastname=word, emails=[f"{word}@paire.fr"])
    return one, await contact(server, firstname="A.", lastname=word, emails=[f"{word}@paire.fr"], city="Lyon")


async def test_a_pair_is_found_from_both_sides_with_its_reasons(server: InProcess) -> None:
    one, other = await pair(server, "Valmy")
    assert await of(server, one) == {other}
    assert await of(server, other) == {one}
    (found,) = (await server.get(f"/contacts/{one}/duplicates"))["results"]
    assert ([it["id"] for it in found["contacts"]], found["reasons"]) == ([one, other], ["email", "name"])
    assert (found["score"], found["sure"]) == (1.0, True)
    assert frozenset((one, other)) in await listed(server)


async def test_who_does_not_wait_sees_what_there_is_and_how_much_that_is(
    server: InProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    both = frozenset(await pair(server, "Fleurus"))
    reached, proceed = asyncio.Event(), asyncio.Event()
    run = server.carnet.workers.run

    async def held(*work: Any) -> Any:
        reached.set()
        await proceed.wait()
        return await run(*work)

    monkeypatch.setattr(server.carnet.workers, "run", held)
    afresh = Suggestions(server.carnet.database, server.carnet.workers)
    first = asyncio.create_task(afresh.so_far(60))
    await reached.wait()
    found, compared = await afresh.so_far(0)
    assert both in map(frozenset, found), "who shares an address is known first"
    assert 0 < compared < 1
    proceed.set()
    assert await first == await afresh.so_far(60) == (await afresh.refresh(), 1.0)
    assert (await server.get("/duplicates", partial=True, limit=0))["compared"] == 1


async def test_what_changes_is_true_at_once(server: InProcess) -> None:
    one, other = await pair(server, "Jemmapes")
    both = frozenset((one, other))
    assert both in await listed(server)

    await server.lea.patch(f"/contacts/{other}", json={"properties": {"emails": ["autre@ailleurs.fr"]}})
    assert both not in await listed(server)
    await server.lea.patch(f"/contacts/{other}", json={"properties": {"emails": ["jemmapes@paire.fr"]}})
    assert both in await listed(server)

    await server.lea.delete(f"/contacts/{other}")
    assert both not in await listed(server)
    assert await of(server, one) == set()
    await server.lea.post(f"/contacts/{other}/restore", params={"allow_duplicate": True})
    assert both in await listed(server)

    merged = await server.lea.post("/contacts/merge", json={"primary_id": one, "secondary_id": other})
    assert both not in await listed(server)
    assert await of(server, other) == set()
    await server.lea.post(f"/merges/{merged.json()['id']}/undo")
    assert both in await listed(server)
    assert await of(server, one) == {other}


async def test_a_dismissed_pair_stays_so_through_merges(server: InProcess) -> None:
    one, other = await pair(server, "Wagram")
    third = await contact(server, firstname="Aude", lastname="Wagram")
    wanted = {"one_id": other, "other_id": one}
    assert (await server.rest["mia"].post("/duplicates/dismiss", json=wanted)).status_code == 403
    for _ in range(2):
        assert (await server.rest["tom"].post("/duplicates/dismiss", json=wanted)).status_code == 204
    assert await of(server, one) == {third}
    assert frozenset((one, other)) not in await listed(server)

    merged = await server.lea.post("/contacts/merge", json={"primary_id": third, "secondary_id": one})
    assert await of(server, third) == set(), "what was merged into it was told from the other"
    await server.lea.post(f"/merges/{merged.json()['id']}/undo")
    assert await of(server, one) == {third}
    same = await server.lea.post("/duplicates/dismiss", json={"one_id": one, "other_id": one})
    assert (same.status_code, same.json()["code"]) == (422, "same_contact")


async def test_the_list_has_pages_the_likeliest_first(server: InProcess) -> None:
    await pair(server, "Iéna")
    seen: list[Any] = []
    path: str | None = "/duplicates?limit=2"
    while path:
        page = await server.get(path)
        seen += page["results"]
        following = page["paging"].get("next")
        path = following["link"].removeprefix("/api/v1") if following else None
    scores = [one["score"] for one in seen]
    assert len(seen) == page["total"] > 2
    assert scores == sorted(scores, reverse=True)
    assert sum(one["sure"] for one in seen) == page["sure"]
    assert (await server.get("/duplicates", limit=0))["results"] == []
    assert (await server.lea.get("/duplicates", params={"after": "nonsense"})).status_code == 400


async def test_an_address_that_somebody_has_refuses_a_second_contact(server: InProcess) -> None:
    there = await contact(server, firstname="Élise", lastname="Marengo", emails=["elise@marengo.fr"])
    again = {"firstname": "Autre", "email": "Elise@Marengo.fr"}
    refused = await server.lea.post("/contacts", json={"properties": again})
    assert (refused.status_code, refused.json()["code"]) == (409, "possible_duplicate")
    assert [one["id"] for one in refused.json()["candidates"]] == [there]
    namesake = {"firstname": "elise", "lastname": "MARENGO"}
    asked = await server.lea.post("/contacts", json={"properties": namesake, "allow_duplicate": False})
    assert [one["id"] for one in asked.json()["candidates"]] == [there]
    assert (await server.lea.post("/contacts", json={"properties": namesake})).status_code == 201
    allowed = await server.lea.post("/contacts", json={"properties": again, "allow_duplicate": True})
    assert allowed.status_code == 201


async def test_sure_pairs_are_merged_by_one_word_and_taken_apart_by_another(server: InProcess) -> None:
    first, second = await pair(server, "Austerlitz"), await pair(server, "Friedland")
    third = await contact(server, firstname="Aude", lastname="Friedland", emails=["friedland@paire.fr"])
    shared = await contact(server, firstname="Paul", lastname="Inconnu", emails=["austerlitz@paire.fr"])
    before = await listed(server)
    sure = (await server.get("/duplicates", limit=0))["sure"]
    assert (await server.rest["mia"].post("/duplicates/merge-sure")).status_code == 403

    batch = await server.rest["tom"].post("/duplicates/merge-sure")

    assert batch.status_code == 201, batch.text
    assert 0 < batch.json()["merged"] <= sure
    assert batch.json()["remaining"] == 0
    for primary, secondary in (first, second, (second[0], third)):
        assert (await server.get(f"/contacts/{secondary}"))["id"] == primary
    assert (await server.get(f"/contacts/{shared}"))["id"] == shared

    undone = await server.rest["tom"].post(f"/merge-batches/{batch.json()['id']}/undo")
    assert undone.status_code == 200, undone.text
    assert undone.json()["merged"] == 0
    assert await listed(server) == before
    assert (await server.lea.post("/merge-batches/bat_none/undo")).status_code == 404


async def test_nobody_who_shares_an_address_or_a_number_is_missed(
    server: InProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    seed = random.randrange(10**6)
    chance = random.Random(seed)
    made = {}
    for _ in range(40):
        values: dict[str, Any] = {
            "firstname": chance.choice(["Ana", "Anna", "Bo", "Chloé"]),
            "lastname": chance.choice(["Martin", "Martins", "Nguyen", "Petit"]),
            "emails": [f"{chance.randrange(15)}@hasard.fr"] if chance.random() < 0.6 else [],
            "phones": [f"+3361200{chance.randrange(15):04}"] if chance.random() < 0.6 else [],
        }
        made[await contact(server, **values)] = values
    people = [
        person(of, f"{it['firstname']} {it['lastname']}", "", frozenset(it["emails"]), frozenset(it["phones"]))
        for of, it in made.items()
    ]
    expected = {
        (one.id, other.id): found
        for one in people
        for other in people
        if one.id < other.id and (found := likeness(one, other)) and {"email", "phone"} & {*found.reasons}
    }
    monkeypatch.setattr(suggestions, "PEOPLE_A_READ", 7)
    afresh = await Suggestions(server.carnet.database, server.carnet.workers).refresh()
    kept = await server.carnet.suggestions.refresh()
    for pair_, found in expected.items():
        assert afresh.get(pair_) == kept.get(pair_) == found, f"seed {seed}"
