"""What a merge leaves for somebody to look at, and how it is dealt with, on both databases."""

import asyncio
from typing import Any

import pytest

from api.properties import Definition
from api.review_reasons import NOTES_MAX, likeness
from tests.api.test_merges import contact, merge, pair, undo, write_main
from tests.support.in_process import InProcess

pytestmark = [pytest.mark.both_databases, pytest.mark.asyncio(loop_scope="module")]


async def waiting(server: InProcess, contact_id: str) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = (await server.get(f"/contacts/{contact_id}/review-items"))["results"]
    return items


async def resolve(server: InProcess, item: dict[str, Any], choice: str, name: str = "lea") -> Any:
    return await server.rest[name].post(f"/review-items/{item['id']}/resolve", json={"choice": choice})


@pytest.mark.parametrize(
    ("kind", "one", "other", "alike"),
    [
        ("phone", "+33144556677", "+33144556677;ext=12", True),
        ("phone", "+33144556677", "+33144556678", False),
        ("email", "ada+news@x.fr", "ada@x.fr", True),
        ("email", "ada@x.fr", "ada@y.fr", False),
        ("text", "Été", "ete", True),
    ],
)
async def test_what_reads_like_one_value(kind: Any, one: str, other: str, alike: bool) -> None:
    definition = Definition("of", "of", kind, "set")
    assert (likeness(definition, one) == likeness(definition, other)) is alike


async def test_the_notes_that_came_with_a_contact_wait_until_somebody_looked_at_them(server: InProcess) -> None:
    one, other = await pair(server)
    await merge(server, one, other)
    items = [item for item in await waiting(server, one) if item["kind"] == "note"]
    assert [item["note"]["excerpt"] for item in items] == ["La note principale autre", "Un appel autre"]
    assert items[0]["note"]["title"] == "Notes of C. Roy (merged 22 Nov 2026)"
    assert (await resolve(server, items[0], "take")).status_code == 422
    assert (await resolve(server, items[0], "keep", "mia")).status_code == 403
    kept = await resolve(server, items[0], "keep", "tom")
    assert (kept.status_code, kept.json()["resolved_by"]["name"]) == (200, "Tom"), kept.text
    await server.lea.delete(f"/notes/{items[1]['note']['id']}")
    assert [item for item in await waiting(server, one) if item["kind"] == "note"] == []


async def test_of_many_notes_some_more_are_asked_about_until_there_are_none(server: InProcess) -> None:
    one, other = await pair(server)
    for n in range(NOTES_MAX + 5):
        await server.new_note(other, f"Note {n}")
    merged = await merge(server, one, other)
    server.clock.pass_(minutes=1)
    await server.new_note(other, "Depuis la fusion")
    before = await server.get(f"/contacts/{one}/review-items")
    assert (len(_asked(before)), before["further"]) == (NOTES_MAX, 7), "25, and two that were there"

    path = f"/contacts/{other}/review-items/further"
    assert (await server.rest["mia"].post(path)).status_code == 403
    both = await asyncio.gather(*(server.rest[name].post(path) for name in ("lea", "tom")))
    assert [answer.status_code for answer in both] == [200, 200]
    after = await server.get(f"/contacts/{one}/review-items")
    assert after["further"] == 0
    assert len(_asked(after)) == len(set(_asked(after))) == NOTES_MAX + 7
    assert set(_asked(before)) < set(_asked(after))
    await undo(server, merged["id"])
    assert (await server.get(f"/contacts/{one}/review-items"))["further"] == 0


async def test_a_note_that_waits_is_not_asked_about_again_when_its_contact_goes_further(server: InProcess) -> None:
    one, other = await pair(server)
    third = await contact(server, firstname="Camille", lastname="Leroy")
    await merge(server, one, other)
    waits = _asked(await server.get(f"/contacts/{one}/review-items"))
    await merge(server, third, one)
    asked = _asked(await server.get(f"/contacts/{third}/review-items"))
    assert sorted({*waits}) == sorted(note for note in asked if note in waits)
    assert len(asked) == 4, "two of each"


def _asked(page: dict[str, Any]) -> list[str]:
    return [item["note"]["id"] for item in page["results"] if item["kind"] == "note"]


async def test_a_value_that_gave_way_is_a_press_away_unless_it_was_chosen_so(server: InProcess) -> None:
    one = await contact(server, firstname="Ada", city="Paris", jobtitle="DG")
    other = await contact(server, firstname="Ada", city="Metz", jobtitle="PDG")
    await merge(server, one, other, choices={"jobtitle": "primary"})
    (item,) = await waiting(server, one)
    assert (item["kind"], item["property"], item["current"], item["value"]) == ("property", "city", "Paris", "Metz")
    assert (item["actor"]["name"], item["current_change"]["actor"]["name"]) == ("Lea", "Lea")
    taken = await resolve(server, item, "take", "tom")
    assert taken.status_code == 200, taken.text
    assert (await server.get(f"/contacts/{one}"))["properties"]["city"] == "Metz"
    (change, *_) = (await server.get(f"/contacts/{one}/property-history", property="city"))["results"]
    assert (change["actor"]["name"], change["source"]) == ("Tom", "api")
    assert await waiting(server, one) == []


async def test_what_the_union_holds_twice_can_be_left_once(server: InProcess) -> None:
    one = await contact(server, firstname="Ada", phones=["+33144556677"])
    other = await contact(server, firstname="Ada", phones=["+33144556677;ext=12"])
    await merge(server, one, other)
    (item,) = await waiting(server, one)
    assert (item["kind"], item["property"]) == ("duplicate", "phones")
    assert (item["current"], item["value"]) == ("+33144556677", "+33144556677;ext=12")
    assert (await resolve(server, item, "take")).status_code == 200
    held = (await server.get(f"/contacts/{one}"))["properties"]["phones"]
    assert [phone["value"] for phone in held] == ["+33144556677"]


async def test_what_nobody_needs_to_choose_any_more_is_not_shown(server: InProcess) -> None:
    one, other = await contact(server, firstname="Ada", city="Paris"), await contact(server, firstname="A", city="Metz")
    await merge(server, one, other, choices={"firstname": "primary"})
    assert len(await waiting(server, one)) == 1
    await server.lea.patch(f"/contacts/{one}", json={"properties": {"city": "Metz"}})
    assert await waiting(server, one) == []


async def test_undoing_the_merge_takes_its_items_away(server: InProcess) -> None:
    one, other = await pair(server)
    third = await contact(server, firstname="Camille", lastname="Roy")
    await write_main(server, third, "Une troisième")
    merged, _ = await merge(server, one, other), await merge(server, one, third)
    before = await waiting(server, one)
    assert {item["merge_id"] for item in before} > {merged["id"]}
    await undo(server, merged["id"])
    after = await waiting(server, one)
    assert after == [item for item in before if item["merge_id"] != merged["id"]]
