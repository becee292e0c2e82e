"""Importing over REST: what becomes of a file's people, twice, cancelled, interrupted, refused."""

from __future__ import annotations

import asyncio
import io
import random
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from sqlalchemy import update

from api.errors import ImportState
from api.import_messages import REASONS
from api.imports import file_of, mark_interrupted
from api.tables import imports as import_rows
from tests.support.address_books import vcards
from tests.support.in_process import InProcess
from tests.support.waiting import until

FIXTURES = Path(__file__).parent / "fixtures"
MOVING = ("waiting", "running", "cancelling")

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.both_databases]


async def upload(server: InProcess, name: str, content: bytes, who: str = "lea") -> dict[str, Any]:
    answer = await server.rest[who].post("/imports", files={"file": (name, content)})
    assert answer.status_code == 201, answer.text
    return answer.json()


async def ended(server: InProcess, import_id: str) -> dict[str, Any]:
    async def has_ended() -> dict[str, Any] | None:
        found = await server.get(f"/imports/{import_id}")
        return None if found["state"] in MOVING else found

    return await until(has_ended, seconds=60)


async def imported(server: InProcess, name: str, content: bytes | None = None) -> dict[str, Any]:
    begun = await upload(server, name, (FIXTURES / name).read_bytes() if content is None else content)
    return await ended(server, begun["id"])


async def found(server: InProcess, words: str) -> list[dict[str, Any]]:
    return (await server.get("/contacts", q=words))["results"]


async def total(server: InProcess) -> int:
    return (await server.get("/contacts", count="true"))["total"]


def card(*lines: str) -> bytes:
    return "\r\n".join(["BEGIN:VCARD", "VERSION:3.0", *lines, "END:VCARD", ""]).encode()


async def test_a_file_that_goes_while_another_comes_holds_nobody_up(server: InProcess) -> None:
    folder = server.carnet.settings.imports_dir
    folder.mkdir(exist_ok=True)
    (folder / "gone").symlink_to("nowhere")  # listed, and no longer there

    done = await imported(server, "one.vcf", card("FN:Ada"))

    assert done["state"] == "done"
    (folder / "gone").unlink()


async def test_people_come_in_with_properties_notes_and_photo(server: InProcess) -> None:
    done = await imported(server, "apple.vcf")
    assert (done["state"], done["progress"], done["created"], done["refused"]) == ("done", 1.0, 2, 1)
    assert done["left_out"] == {"ADR": 1, "NICKNAME": 1}
    (zoe,) = await found(server, "Lefèvre")
    assert zoe["properties"]["emails"][0] == {"value": "zoe.lefevre@rhone.example", "primary": True}
    assert zoe["properties"]["phones"][0] == {"value": "+33472001122", "primary": True}

    (note,) = (await server.get(f"/contacts/{zoe['id']}/notes"))["results"]
    assert note["title"] == "apple.vcf, 2026-11-22"
    assert note["occurred_at"] == "2024-03-05T10:11:12.000Z"
    assert note["text"].startswith("Préfère le téléphone le matin")

    photo = await server.lea.get(f"/contacts/{zoe['id']}/avatar")
    assert photo.headers["content-type"] == "image/jpeg"
    with Image.open(io.BytesIO(photo.content)) as image:
        assert (image.format, image.size) == ("JPEG", (256, 256))
    unchanged = await server.lea.get(f"/contacts/{zoe['id']}/avatar", headers={"If-None-Match": photo.headers["etag"]})
    assert unchanged.status_code == 304


async def test_what_was_refused_is_told_in_the_callers_language(server: InProcess) -> None:
    done = await imported(server, "broken.vcf")
    answer = await server.lea.get(f"/imports/{done['id']}", headers={"Accept-Language": "fr"})
    cases = answer.json()["cases"]
    assert [(case["kind"], case["line"], case["code"]) for case in cases] == [
        ("refused", 1, "outside_card"),
        ("refused", 7, "unfinished"),
        ("refused", 16, "unreadable_line"),
        ("refused", 18, "empty"),
        ("refused", 27, "unfinished"),
        ("partly", 21, "photo_unreadable"),
    ]
    assert "La carte n’a pas de fin." in [case["message"] for case in cases]


@pytest.mark.parametrize("name", ["apple.vcf", "broken.vcf", "google.csv", "outlook_fr.csv", "version4.vcf"])
async def test_a_second_import_adds_and_changes_nothing(server: InProcess, name: str) -> None:
    first = await imported(server, name)
    before = (await server.get("/contacts", count="true", limit=200), await total(server))
    second = await imported(server, name)
    assert (second["created"], second["unchanged"]) == (0, first["created"] + first["unchanged"])
    assert (await server.get("/contacts", count="true", limit=200), await total(server)) == before


async def test_somebody_made_by_hand_is_found_by_address(server: InProcess) -> None:
    properties = {"firstname": "Rosa", "lastname": "Hand", "email": "Rosa@Hand.example"}
    assert (await server.lea.post("/contacts", json={"properties": properties})).status_code == 201
    done = await imported(server, "rosa.vcf", card("FN:Rosa Hand", "EMAIL:rosa@hand.EXAMPLE", "NOTE:x"))
    assert (done["created"], done["unchanged"]) == (0, 1)


async def test_the_same_person_twice_in_a_file_is_made_once_and_told(server: InProcess) -> None:
    twice = card("FN:Twin One", "EMAIL:twin@one.example") + card("FN:Twin One", "EMAIL:twin@one.example", "TITLE:x")
    done = await imported(server, "twins.vcf", twice)
    assert (done["created"], done["unchanged"]) == (1, 1)
    assert [(case["kind"], case["line"], case["detail"]) for case in done["cases"]] == [("same", 6, "1")]


async def test_a_value_that_no_contact_holds_is_told_and_the_rest_taken(server: InProcess) -> None:
    content = card("FN:Odd Number", "TEL:not a number", "EMAIL:odd@@number", "ORG:Kept", "PHOTO;ENCODING=b:AAAA")
    done = await imported(server, "odd.vcf", content)
    assert done["created"] == 1
    told = {(case["code"], case["detail"]) for case in done["cases"]}
    assert told == {
        ("not_a_phone", "phones: not a number"),
        ("not_an_email", "emails: odd@@number"),
        ("photo_unreadable", "photo"),
    }
    (odd,) = await found(server, "Odd Number")
    assert odd["properties"]["company"] == "Kept"


@pytest.mark.parametrize(
    ("content", "code"),
    [(b"", "empty_file"), (b"\x89PNG\r\n\x1a\n\x00\x00", "not_text"), (b"Dear all,\n", "unknown_format")],
)
async def test_a_file_without_contacts_fails_with_the_reason(server: InProcess, content: bytes, code: str) -> None:
    done = await imported(server, "x.vcf", content)
    assert (done["state"], [case["code"] for case in done["cases"]]) == ("failed", [code])


async def test_an_import_is_cancelled_and_run_again_without_doubling(server: InProcess) -> None:
    book = "".join(vcards(200, random.Random(1))).encode()
    begun = await upload(server, "book.vcf", book)
    assert (await server.lea.post(f"/imports/{begun['id']}/cancel")).status_code == 200
    cancelled = await ended(server, begun["id"])
    assert cancelled["state"] == "cancelled"
    assert cancelled["created"] < 200

    assert (await server.lea.post(f"/imports/{begun['id']}/run")).status_code == 200
    done = await ended(server, begun["id"])
    assert (done["state"], done["created"] + done["unchanged"]) == ("done", 200)
    assert done["unchanged"] >= cancelled["created"]
    assert len({one["id"] for one in await everybody(server, "people.example")}) == 200


async def everybody(server: InProcess, address: str) -> list[dict[str, Any]]:
    people: list[dict[str, Any]] = []
    query: dict[str, Any] = {"limit": 200}
    while True:
        page = await server.get("/contacts", **query)
        people += [one for one in page["results"] if address in str(one["properties"]["emails"])]
        if "next" not in page["paging"]:
            return people
        query["after"] = page["paging"]["next"]["after"]


async def test_an_import_that_says_nothing_any_more_is_interrupted(server: InProcess) -> None:
    done = await imported(server, "google.csv")

    async def lose(tx: Any) -> None:
        mine = update(import_rows).where(import_rows.c.id == done["id"])
        await tx.execute(mine.values(state="running", beat_at=server.clock() - timedelta(minutes=1)))

    await server.carnet.database.write(lose)
    assert (await server.get(f"/imports/{done['id']}"))["state"] == "interrupted"
    refused = await server.lea.post(f"/imports/{done['id']}/run")  # its file is gone
    assert (refused.status_code, refused.json()["code"]) == (ImportState.status, ImportState.code)


@pytest.mark.parametrize(
    ("redis_url", "silent_seconds", "state"),
    [(None, 0, "interrupted"), ("redis://there", 0, "running"), ("redis://there", 60, "interrupted")],
)
async def test_a_server_that_starts_leaves_the_imports_of_its_siblings_alone(
    server: InProcess, redis_url: str | None, silent_seconds: int, state: str
) -> None:
    begun = await imported(server, "google.csv")
    beat_at = server.clock() - timedelta(seconds=silent_seconds)
    file = file_of(server.carnet, begun["id"])
    await until(lambda: asyncio.sleep(0, not file.exists()))  # it goes once the import has ended
    file.touch()

    async def go_on(tx: Any) -> None:
        mine = update(import_rows).where(import_rows.c.id == begun["id"])
        await tx.execute(mine.values(state="running", beat_at=beat_at))

    await server.carnet.database.write(go_on)
    settings = replace(server.carnet.settings, redis_url=redis_url)
    await mark_interrupted(replace(server.carnet, settings=settings))
    assert (await server.get(f"/imports/{begun['id']}"))["state"] == state


async def test_who_may_not_write_may_not_import(server: InProcess) -> None:
    answer = await server.rest["mia"].post("/imports", files={"file": ("a.vcf", b"")})
    assert answer.status_code == 403


async def test_an_import_is_its_owners_and_an_admins(server: InProcess) -> None:
    of_tom = await upload(server, "a.vcf", card("FN:Tom Sees"), "tom")
    of_lea = await upload(server, "b.vcf", card("FN:Lea Sees"), "lea")
    assert (await server.rest["tom"].get(f"/imports/{of_lea['id']}")).status_code == 404
    assert (await server.rest["lea"].get(f"/imports/{of_tom['id']}")).status_code == 200
    listed = (await server.rest["tom"].get("/imports")).json()["results"]
    assert [one["id"] for one in listed] == [of_tom["id"]]
    for one in (of_tom, of_lea):
        await ended(server, one["id"])


async def test_a_file_that_is_too_large_is_refused_before_it_is_read(server: InProcess) -> None:
    headers = {"content-length": str(200 * 1024 * 1024), "content-type": "multipart/form-data; boundary=x"}
    answer = await server.lea.post("/imports", headers=headers, content=b"--x")
    assert (answer.status_code, answer.json()["code"]) == (413, "file_too_large")
    assert "100 MB" in answer.json()["detail"]


@pytest.mark.parametrize(
    ("request_", "status"),
    [
        ({"json": {}}, 415),
        ({"files": {"other": ("a.vcf", b"x")}}, 400),
        ({"files": [("file", ("a", b"x")), ("file", ("b", b"y"))]}, 400),
        ({"content": b"nonsense", "headers": {"content-type": "multipart/form-data; boundary=x"}}, 400),
        ({"content": b"nonsense", "headers": {"content-type": "multipart/form-data"}}, 400),
    ],
)
async def test_what_is_no_form_with_a_file_is_refused(server: InProcess, request_: dict[str, Any], status: int) -> None:
    assert (await server.lea.post("/imports", **request_)).status_code == status


async def test_reasons_are_there_in_both_languages() -> None:
    assert REASONS["en"].keys() == REASONS["fr"].keys()
