"""The history of a note over REST: versions, readings, differences, authorship, and the way back."""

import asyncio
from typing import Any

import httpx
import pytest

from api.content import from_text
from api.credentials import find_member
from api.projection import document_of
from tests.support.in_process import InProcess

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.both_databases]


async def new_note(server: InProcess) -> str:
    return str((await server.new_contact())["main_note_id"])


async def write(server: InProcess, note_id: str, body: str, who: str = "lea", *, after: float = 0) -> None:
    """Make the note read so, `after` seconds later."""
    server.clock.pass_(seconds=after)
    answer = await server.rest[who].patch(f"/notes/{note_id}", json={"body": body})
    assert answer.status_code == 200, answer.text


async def versions(server: InProcess, note_id: str) -> list[dict[str, Any]]:
    return list((await server.get(f"/notes/{note_id}/versions"))["results"])


async def restore(server: InProcess, note_id: str, seq: int, who: str = "lea", **headers: str) -> httpx.Response:
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    return await server.rest[who].post(f"/notes/{note_id}/restore", json={"seq": seq}, headers=sent)


def shown(node: dict[str, Any]) -> str:
    """Content on one line: +inserted+, -deleted-, ~reformatted~."""
    signs = {"inserted": "+", "deleted": "-", "reformatted": "~"}
    if node["type"] == "text":
        for mark in node.get("marks", []):
            if sign := signs.get(mark["type"]):
                return f"{sign}{node['text']}{sign}"
        return str(node["text"])
    return "".join(shown(child) for child in node.get("content", [])) + ("|" if node["type"] == "paragraph" else "")


async def test_a_note_without_words_has_no_versions(server: InProcess) -> None:
    note_id = await new_note(server)
    assert await versions(server, note_id) == []
    written = await server.get(f"/notes/{note_id}/authorship")
    assert (written["text"], written["ranges"], written["version"]) == ("", [], 0)


async def test_a_session_ends_with_a_pause_or_with_another_author(server: InProcess) -> None:
    note_id = await new_note(server)
    await write(server, note_id, "Préfère le matin")
    await write(server, note_id, "Préfère le matin, jamais avant 9 h", after=29)
    await write(server, note_id, "Préfère le matin, jamais avant 10 h", after=31)
    await write(server, note_id, "Préfère le soir, jamais avant 10 h", "tom", after=1)

    newest, middle, first = await versions(server, note_id)

    assert [newest["id"], middle["id"], first["id"]] == [4, 3, 2]
    assert [[author["name"] for author in one["authors"]] for one in (newest, middle, first)] == [
        ["Tom"],
        ["Lea"],
        ["Lea"],
    ]
    assert [(one["added"], one["removed"]) for one in (newest, middle, first)] == [(4, 5), (2, 1), (34, 0)]
    assert first["began_at"] < first["ended_at"] < middle["began_at"]


async def test_versions_come_in_pages_the_newest_first(server: InProcess) -> None:
    note_id = await new_note(server)
    for number in range(5):
        await write(server, note_id, f"{number}", after=60)
    seen: list[int] = []
    path: str | None = f"/notes/{note_id}/versions?limit=2"
    while path:
        page = await server.get(path)
        seen += [version["id"] for version in page["results"]]
        following = page["paging"].get("next")
        path = following["link"].removeprefix("/api/v1") if following else None
    assert seen == [5, 4, 3, 2, 1]


async def test_a_version_reads_as_it_did_and_shows_what_it_changed(server: InProcess) -> None:
    note_id = await new_note(server)
    await write(server, note_id, "Préfère le matin.\n\nDécide avec Paul.")
    await write(server, note_id, "Préfère le **matin**.\n\nDécide avec Paul et Anne.\n\nÀ rappeler.", "tom", after=60)
    await write(server, note_id, "À rappeler.", after=60)

    path = f"/notes/{note_id}/versions/2"
    plain, before, now = [await server.get(path + query) for query in ("", "?compare=previous", "?compare=current")]

    assert plain["text"] == before["text"] == "Préfère le matin.\nDécide avec Paul et Anne.\nÀ rappeler."
    assert plain["markdown"].startswith("Préfère le **matin**.")
    assert plain["changes"] is None
    assert shown(before["changes"]) == "Préfère le ~matin~.|Décide avec Paul+ et Anne+.|+À rappeler.+|"
    assert shown(now["changes"]) == "-Préfère le --matin--.-|-Décide avec Paul et Anne.-|À rappeler.|"


async def test_the_first_version_is_compared_with_nothing(server: InProcess) -> None:
    note_id = await new_note(server)
    await write(server, note_id, "Tout est neuf.")
    read = await server.get(f"/notes/{note_id}/versions/1?compare=previous")
    assert shown(read["changes"]) == "+Tout est neuf.+|"


@pytest.mark.parametrize("seq", ["0", "2", "99", "x", "1.5", "-1", "9" * 30])
async def test_a_version_that_is_none_is_not_found(server: InProcess, seq: str) -> None:
    note_id = await new_note(server)
    await write(server, note_id, "x")
    answer = await server.lea.get(f"/notes/{note_id}/versions/{seq}")
    assert answer.status_code == 404


async def test_each_word_has_its_author_whatever_road_it_came(server: InProcess) -> None:
    note_id = await new_note(server)
    await write(server, note_id, "Préfère 早上 😀 le matin.")
    await write(server, note_id, "Préfère 早上 😀 tôt 🌅 le matin.", "tom", after=60)
    await server.rest["tom"].post(f"/notes/{note_id}/append", json={"body": "Vu au salon."})

    written = await server.get(f"/notes/{note_id}/authorship")

    text, names = written["text"], {author["id"]: author["name"] for author in written["authors"]}
    pieces = [(names[one["user_id"]], text[one["offset"] :][: one["length"]]) for one in written["ranges"]]
    assert pieces == [
        ("Lea", "Préfère 早上 😀 "),
        ("Tom", "tôt 🌅 "),
        ("Lea", "le matin."),
        ("Tom", "Vu au salon."),
    ]
    first, second = written["content"]["content"]
    assert [node["text"] for node in first["content"]] == ["Préfère 早上 😀 ", "tôt 🌅 ", "le matin."]
    assert [names[node["marks"][0]["attrs"]["user_id"]] for node in first["content"]] == ["Lea", "Tom", "Lea"]
    assert second["content"][0]["marks"][0]["type"] == "author"


async def test_restoring_is_an_edit_by_whoever_restores_and_is_taken_back_by_restoring(server: InProcess) -> None:
    note_id = await new_note(server)
    await write(server, note_id, "Un.\n\nDeux.")
    await write(server, note_id, "Un, repris.\n\nTrois.", "tom", after=60)
    server.clock.pass_(seconds=60)

    restored = (await restore(server, note_id, 1)).json()
    assert (restored["text"], restored["before"]) == ("Un.\nDeux.", 2)
    newest = (await versions(server, note_id))[0]
    assert [author["name"] for author in newest["authors"]] == ["Lea"]

    back = (await restore(server, note_id, restored["before"])).json()
    assert back["text"] == "Un, repris.\nTrois."
    assert (await server.get(f"/notes/{note_id}/versions/1"))["text"] == "Un.\nDeux."


async def test_restoring_what_is_there_changes_nothing(server: InProcess) -> None:
    note_id = await new_note(server)
    await write(server, note_id, "Un.")
    restored = (await restore(server, note_id, 1)).json()
    assert (restored["text"], restored["version"], restored["before"]) == ("Un.", 1, None)


async def test_a_restore_sent_twice_with_one_key_is_done_once(server: InProcess) -> None:
    note_id = await new_note(server)
    await write(server, note_id, "Un.")
    await write(server, note_id, "Deux.", after=60)
    first = await restore(server, note_id, 1, Idempotency_Key=f"back-{note_id}")
    await write(server, note_id, "Trois.", after=60)
    again = await restore(server, note_id, 1, Idempotency_Key=f"back-{note_id}")
    assert (again.json(), again.headers["idempotent-replayed"]) == (first.json(), "true")
    assert (await server.get(f"/notes/{note_id}"))["text"] == "Trois."


async def test_what_is_written_meanwhile_stays(server: InProcess) -> None:
    note_id = await new_note(server)
    await write(server, note_id, "Un.\n\nDeux.")
    await write(server, note_id, "Un, changé.\n\nDeux.", after=60)
    tom_id = (await server.rest["tom"].get("/me")).json()["id"]
    tom = await server.carnet.database.read(lambda tx: find_member(tx, tom_id))
    assert tom
    words = tuple(from_text("Tapé pendant ce temps.").children)
    await asyncio.gather(
        restore(server, note_id, 1),
        server.carnet.rooms.append_content(document_of(note_id), tom, words),  # type: ignore[arg-type]
    )
    text = (await server.get(f"/notes/{note_id}"))["text"]
    assert text.startswith("Un.\nDeux.")


async def test_a_viewer_reads_the_past_and_does_not_bring_it_back(server: InProcess) -> None:
    note_id = await new_note(server)
    await write(server, note_id, "Un.")
    mia = server.rest["mia"]
    for path in ("versions", "versions/1?compare=current", "authorship"):
        assert (await mia.get(f"/notes/{note_id}/{path}")).status_code == 200
    assert (await restore(server, note_id, 1, "mia")).status_code == 403


async def test_a_deleted_note_has_no_history_until_it_is_back(server: InProcess) -> None:
    contact = await server.new_contact()
    note = await server.new_note(contact["id"], "Un.")
    paths = [f"/notes/{note['id']}/{path}" for path in ("versions", "versions/1", "authorship")]
    assert (await server.lea.delete(f"/notes/{note['id']}")).status_code == 204
    assert [(await server.lea.get(path)).status_code for path in paths] == [404, 404, 404]
    assert (await restore(server, note["id"], 1)).status_code == 404
    await server.lea.post(f"/activities/{note['id']}/restore")
    assert [(await server.lea.get(path)).status_code for path in paths] == [200, 200, 200]


@pytest.mark.parametrize(("body", "status"), [({"seq": 7}, 422), ({"seq": 0}, 422), ({"seq": "1"}, 422), ({}, 422)])
async def test_what_cannot_be_restored_is_refused(server: InProcess, body: dict[str, Any], status: int) -> None:
    note_id = await new_note(server)
    await write(server, note_id, "Un.")
    answer = await server.lea.post(f"/notes/{note_id}/restore", json=body)
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (status, "seq")


async def test_if_match_guards_a_restore(server: InProcess) -> None:
    note_id = await new_note(server)
    await write(server, note_id, "Un.")
    await write(server, note_id, "Deux.")
    assert (await restore(server, note_id, 1, If_Match='"1"')).status_code == 412
    assert (await restore(server, note_id, 1, If_Match='"2"')).status_code == 200
