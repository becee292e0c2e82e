"""What is written into a merged contact's document by somebody who has not seen the merge."""

from typing import Any

import pytest

from api.contact_documents import document_of
from api.late_values import fate
from api.tables import late_values
from sync.kinds import Actor
from tests.api.test_merges import contact, merge, undo
from tests.support.in_process import InProcess
from tests.support.waiting import until

pytestmark = [pytest.mark.both_databases, pytest.mark.asyncio(loop_scope="module")]


async def write_late(server: InProcess, contact_id: str, **values: Any) -> None:
    """As a client does that comes back with its copy of the merged contact; then wait until that was looked at."""
    tom = (await server.rest["tom"].get("/me")).json()["id"]
    keys = {key.replace("__", ":"): value for key, value in values.items()}
    await server.carnet.rooms.set_values(document_of(contact_id), Actor(tom), keys)
    await until(lambda: _all_home(server))


async def _all_home(server: InProcess) -> bool:
    rows = await server.carnet.database.read(lambda tx: tx.execute(late_values.select()))
    return not rows.all()


async def properties(server: InProcess, contact_id: str) -> dict[str, Any]:
    held: dict[str, Any] = (await server.get(f"/contacts/{contact_id}"))["properties"]
    return held


@pytest.mark.parametrize(
    ("key", "value", "now", "written", "becomes"),
    [
        ("city", "Metz", {}, {}, "write"),
        ("city", "Metz", {"city": "Lyon"}, {"city": [None, "Lyon"]}, "write"),
        ("city", "Metz", {"city": "Paris"}, {"city": [None, "Lyon"]}, "ask"),
        ("city", "Metz", {"city": "Paris"}, {}, "ask"),
        ("city", "Metz", {"city": "Metz"}, {}, "nothing"),
        ("city", None, {"city": "Paris"}, {}, "nothing"),
        ("city", None, {"city": "Lyon"}, {"city": [None, "Lyon"]}, "write"),
        ("tags:b", True, {"tags:a": True}, {}, "write"),
        ("tags:a", None, {"tags:a": True}, {}, "nothing"),
        ("tags:b", None, {"tags:b": True}, {"tags:b": [None, True]}, "write"),
        ("emails:a@x.fr", {}, {"emails:a@x.fr": {"primary": True}}, {}, "nothing"),
    ],
)
async def test_what_becomes_of_a_late_value(key: str, value: Any, now: Any, written: Any, becomes: str) -> None:
    assert fate(key, value, now, written) == becomes


async def test_a_late_value_is_the_newer_one_where_the_merge_took_the_older(server: InProcess) -> None:
    one = await contact(server, firstname="Ada", emails=["ada@x.fr"])
    other = await contact(server, firstname="Ada", city="Lyon")
    merged = await merge(server, one, other)
    await write_late(server, other, city="Metz", jobtitle="DG", **{"emails__late@x.fr": {"primary": True}})
    held = await properties(server, one)
    assert (held["city"], held["jobtitle"]) == ("Metz", "DG")
    assert [element["value"] for element in held["emails"]] == ["ada@x.fr", "late@x.fr"]
    changes = (await server.get(f"/contacts/{one}/property-history", property="city"))["results"]
    assert (changes[0]["actor"]["name"], changes[0]["source"]) == ("Tom", "merge")
    assert (await undo(server, merged["id"]))["kept"] == []
    mine, theirs = await properties(server, one), await properties(server, other)
    assert (mine["city"], mine["jobtitle"], len(mine["emails"])) == (None, None, 1)
    assert (theirs["city"], theirs["jobtitle"], len(theirs["emails"])) == ("Metz", "DG", 1)


async def test_a_late_value_against_another_waits_for_somebody_to_choose(server: InProcess) -> None:
    one, other = await contact(server, firstname="Ada", city="Paris"), await contact(server, firstname="Ada")
    await merge(server, one, other)
    await write_late(server, other, city="Metz")
    assert (await properties(server, one))["city"] == "Paris"
    (item,) = (await server.get(f"/contacts/{other}/review-items"))["results"]
    assert (item["contact_id"], item["property"], item["value"], item["actor"]["name"]) == (one, "city", "Metz", "Tom")
    path = f"/review-items/{item['id']}/resolve"
    assert (await server.rest["mia"].post(path, json={"choice": "take"})).status_code == 403
    answer = await server.lea.post(path, json={"choice": "take"})
    assert (answer.status_code, answer.json()["choice"]) == (200, "take"), answer.text
    assert (await properties(server, one))["city"] == "Metz"
    assert (await server.get(f"/contacts/{one}/review-items"))["results"] == []


async def test_keeping_what_stands_changes_nothing(server: InProcess) -> None:
    one, other = await contact(server, firstname="Ada", city="Paris"), await contact(server, firstname="Ada")
    await merge(server, one, other)
    await write_late(server, other, city="Metz")
    (item,) = (await server.get(f"/contacts/{one}/review-items"))["results"]
    await server.lea.post(f"/review-items/{item['id']}/resolve", json={"choice": "keep"})
    assert (await properties(server, one))["city"] == "Paris"
    assert (await server.get(f"/contacts/{one}/review-items"))["results"] == []


async def test_a_late_value_goes_up_a_chain_of_merges(server: InProcess) -> None:
    ids = [await contact(server, firstname="Ada") for _ in range(3)]
    await merge(server, ids[1], ids[0])
    await merge(server, ids[2], ids[1])
    await write_late(server, ids[0], jobtitle="DG", tags__vip=True)
    held = await properties(server, ids[2])
    assert (held["jobtitle"], held["tags"]) == ("DG", ["vip"])
