"""The photo of two contacts that are merged: chosen, shown, given back, and kept for as long as it may be wanted."""

import os
import random
import time
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from api import avatars, blobs, purge
from tests.api.test_merges import contact, merge, undo
from tests.support.in_process import InProcess

pytestmark = [pytest.mark.both_databases, pytest.mark.asyncio(loop_scope="module")]


def painted(colour: str) -> bytes:
    drawn = BytesIO()
    Image.new("RGB", (8, 8), colour).save(drawn, "PNG")
    return drawn.getvalue()


async def give(server: InProcess, contact_id: str, colour: str | None) -> None:
    address = f"/contacts/{contact_id}/avatar"
    if colour is None:
        assert (await server.lea.delete(address)).status_code == 204
        return
    answer = await server.lea.put(address, files={"file": ("a.png", painted(colour), "image/png")})
    assert answer.status_code == 200, answer.text


async def person(server: InProcess, colour: str | None, **properties: Any) -> str:
    made = await contact(server, firstname="Une", **properties)
    if colour:
        await give(server, made, colour)
    return made


async def shown(server: InProcess, contact_id: str) -> str | None:
    """The colour of the photo."""
    answer = await server.lea.get(f"/contacts/{contact_id}/avatar")
    return None if answer.status_code == 404 else colour_of(answer.content)


def colour_of(photo: bytes) -> str:
    with Image.open(BytesIO(photo)) as image:
        red, green, blue = image.getpixel((128, 128))  # type: ignore[misc]
    names = {"red": (255, 0, 0), "lime": (0, 255, 0), "blue": (0, 0, 255), "black": (0, 0, 0), "white": (255,) * 3}
    return min(names, key=lambda name: sum(abs(a - b) for a, b in zip(names[name], (red, green, blue), strict=True)))


async def previewed(server: InProcess, one: str, other: str, **more: Any) -> dict[str, Any]:
    asked = {"primary_id": one, "secondary_id": other, **more}
    answer = await server.lea.post("/contacts/merge/preview", json=asked)
    assert answer.status_code == 200, answer.text
    preview: dict[str, Any] = answer.json()
    return preview


def photo_in(preview: dict[str, Any]) -> dict[str, Any] | None:
    return next((found for found in preview["properties"] if found["name"] == "photo"), None)


async def test_two_photos_are_a_conflict_with_the_two_pictures(server: InProcess) -> None:
    one, other = await person(server, "red"), await person(server, "blue")
    preview = await previewed(server, one, other)
    assert preview["conflicts"] == ["photo"]
    photo = photo_in(preview)
    assert photo
    pictures = [await server.lea.get(photo[side].removeprefix("/api/v1")) for side in ("primary", "secondary")]
    assert [colour_of(picture.content) for picture in pictures] == ["red", "blue"]
    assert (photo["result"], photo["taken"], photo["conflict"]) == (photo["primary"], "primary", True)
    photo = photo_in(await previewed(server, one, other, choices={"photo": "secondary"}))
    assert photo
    assert (photo["result"], photo["taken"], photo["conflict"]) == (photo["secondary"], "secondary", True)


@pytest.mark.parametrize(
    ("mine", "theirs", "choice", "becomes"),
    [
        ("red", "blue", None, "red"),
        ("red", "blue", "primary", "red"),
        ("red", "blue", "secondary", "blue"),
        ("red", "red", None, "red"),
        ("red", None, None, "red"),
        ("red", None, "secondary", None),
        (None, "blue", None, "blue"),
        (None, "blue", "primary", None),
        (None, None, "secondary", None),
    ],
)
async def test_what_is_chosen_is_shown_and_goes_back(
    server: InProcess, mine: str | None, theirs: str | None, choice: str | None, becomes: str | None
) -> None:
    one, other = await person(server, mine), await person(server, theirs)
    merged = await merge(server, one, other, choices={"photo": choice} if choice else {})
    assert [await shown(server, of) for of in (one, other)] == [becomes, becomes]
    assert merged["properties"] == (["photo"] if becomes != mine else [])
    assert (await undo(server, merged["id"]))["kept"] == []
    assert [await shown(server, of) for of in (one, other)] == [mine, theirs]


@pytest.mark.parametrize("choice", ["both", {"value": "red"}])
async def test_a_choice_that_no_photo_can_be_is_refused_by_name(server: InProcess, choice: Any) -> None:
    one, other = await person(server, "red"), await person(server, "blue")
    body = {"primary_id": one, "secondary_id": other, "choices": {"photo": choice}}
    answer = await server.lea.post("/contacts/merge", json=body)
    assert (answer.status_code, [error["field"] for error in answer.json()["errors"]]) == (422, ["properties.photo"])
    assert [await shown(server, of) for of in (one, other)] == ["red", "blue"]


async def test_a_photo_that_is_another_one_since_the_preview_is_asked_about_anew(server: InProcess) -> None:
    one, other = await person(server, "red"), await person(server, "blue")
    seen = photo_in(await previewed(server, one, other))
    assert seen
    await give(server, other, "lime")
    body = {"primary_id": one, "secondary_id": other, "choices": {"photo": "secondary"}}
    answer = await server.lea.post("/contacts/merge", json={**body, "versions": {"photo": seen["version"]}})
    assert (answer.status_code, answer.json()["code"]) == (409, "preview_stale")
    fresh = photo_in(answer.json()["preview"])
    assert fresh
    assert fresh["secondary"] != seen["secondary"]
    await merge(server, one, other, choices={"photo": "secondary"}, versions={"photo": fresh["version"]})
    assert await shown(server, one) == "lime"


async def test_the_changes_tell_of_the_survivors_photo_when_it_comes_and_when_it_goes(server: InProcess) -> None:
    one, other = await person(server, "red"), await person(server, "blue")
    number = server.carnet.feed.head
    merged = await merge(server, one, other, choices={"photo": "secondary"})
    await undo(server, merged["id"])
    told: list[tuple[str, str]] = []
    while ("contact.unmerged", other) not in told:
        await server.carnet.feed.wait(number)
        changes = await server.carnet.feed.after(number) or []
        told += [(change.type, change.contact_id) for change in changes]
        number = changes[-1].number
    after = [change for change, of in told if of == one][-4:]
    assert after == ["contact.updated", "contact.merged", "contact.updated", "contact.unmerged"]


async def test_a_photo_given_since_stays_with_the_survivor(server: InProcess) -> None:
    one, other = await person(server, "red"), await person(server, "blue")
    merged = await merge(server, one, other, choices={"photo": "secondary"})
    await give(server, other, "lime")  # an old id leads to the survivor
    preview = await server.get(f"/merges/{merged['id']}/undo-preview")
    assert (preview["kept"], preview["restored"]) == (["photo"], [])
    assert (await undo(server, merged["id"]))["kept"] == ["photo"]
    assert [await shown(server, of) for of in (one, other)] == ["lime", "blue"]


async def test_the_undo_shows_beforehand_which_photo_comes_back(server: InProcess) -> None:
    one, other = await person(server, "red"), await person(server, "blue")
    merged = await merge(server, one, other, choices={"photo": "secondary"})
    (restored,) = (await server.get(f"/merges/{merged['id']}/undo-preview"))["restored"]
    now, then = [await server.lea.get(restored[at].removeprefix("/api/v1")) for at in ("now", "then")]
    assert (restored["name"], colour_of(now.content), colour_of(then.content)) == ("photo", "blue", "red")
    await undo(server, merged["id"])
    assert (await server.lea.get(f"/merges/{merged['id']}/photo")).status_code == 404


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
async def test_merges_into_one_give_it_back_in_any_order(server: InProcess, order: tuple[int, int]) -> None:
    one, others = await person(server, "red"), [await person(server, colour) for colour in ("blue", "lime")]
    made = [await merge(server, one, other, choices={"photo": "secondary"}) for other in others]
    assert await shown(server, one) == "lime"
    await undo(server, made[order[0]]["id"])
    assert await shown(server, one) == ("lime" if order[0] == 0 else "blue")
    await undo(server, made[order[1]]["id"])
    assert [await shown(server, of) for of in (one, *others)] == ["red", "blue", "lime"]


@pytest.mark.parametrize("inner_first", [True, False])
async def test_a_merge_of_a_merge_gives_each_its_own(server: InProcess, inner_first: bool) -> None:
    ids = [await person(server, colour) for colour in ("red", "blue", "lime")]
    inner = await merge(server, ids[1], ids[2], choices={"photo": "secondary"})
    outer = await merge(server, ids[0], ids[1], choices={"photo": "secondary"})
    assert [await shown(server, of) for of in ids] == ["lime"] * 3
    for one in (inner, outer) if inner_first else (outer, inner):
        await undo(server, one["id"])
    assert [await shown(server, of) for of in ids] == ["red", "blue", "lime"]


async def test_sure_pairs_keep_the_elders_photo_and_part_with_their_own(server: InProcess) -> None:
    address = [{"value": "photo@sure.example"}]
    elder, younger = [await person(server, colour, lastname="Sûre", emails=address) for colour in ("red", "blue")]
    batch = (await server.lea.post("/duplicates/merge-sure")).json()
    primary = (await server.get(f"/contacts/{elder}"))["id"]
    assert (await server.get(f"/contacts/{younger}"))["id"] == primary
    assert await shown(server, primary) == {elder: "red", younger: "blue"}[primary]
    assert (await server.lea.post(f"/merge-batches/{batch['id']}/undo")).status_code == 200
    assert [await shown(server, of) for of in (elder, younger)] == ["red", "blue"]


# --- the files ---


async def photo_file(server: InProcess, contact_id: str) -> Path:
    digest = (await server.carnet.database.read(lambda tx: avatars.photos_of(tx, [contact_id])))[contact_id]
    return blobs.path_of(server.carnet.settings.blobs_dir, digest)


def unique(chance: random.Random) -> str:
    """A colour that no other test's picture has."""
    return f"#{chance.randrange(0x101010, 0x7F7F7F):06x}"


def grow_old(path: Path) -> None:
    hours_ago = time.time() - 2 * blobs.SETTLED_SECONDS
    os.utime(path, (hours_ago, hours_ago))


async def test_a_picture_goes_when_nobody_can_need_it_and_not_before(server: InProcess, chance: random.Random) -> None:
    one, other = await person(server, unique(chance)), await person(server, "blue")
    file = await photo_file(server, one)
    grow_old(file)
    merged = await merge(server, one, other, choices={"photo": "secondary"})
    await purge.purge(server.carnet)
    assert file.exists(), "undoing the merge shows it again"
    await give(server, one, "lime")
    await undo(server, merged["id"])
    await purge.purge(server.carnet)
    assert not file.exists()
    assert [await shown(server, of) for of in (one, other)] == ["lime", "blue"]


async def test_a_picture_that_was_just_given_is_nobodys_for_a_while(server: InProcess, chance: random.Random) -> None:
    colour = unique(chance)
    one = await person(server, colour)
    file = await photo_file(server, one)
    await give(server, one, "blue")
    grow_old(file)
    await avatars.picture(server.carnet, painted(colour))  # and will say whose it is in a moment
    await purge.purge(server.carnet)
    assert file.exists()
    grow_old(file)
    await purge.purge(server.carnet)
    assert not file.exists()


async def test_who_is_erased_leaves_no_picture_that_a_merge_remembered(
    server: InProcess, chance: random.Random
) -> None:
    one, other = await person(server, unique(chance)), await person(server, unique(chance))
    files = [await photo_file(server, of) for of in (one, other)]
    await merge(server, one, other, choices={"photo": "secondary"})
    assert all(file.exists() for file in files)
    answer = await server.lea.delete(f"/contacts/{one}?permanent=true")
    assert answer.status_code == 204, answer.text
    assert not any(file.exists() for file in files)
