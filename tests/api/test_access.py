"""Who may do what: every role at every address. A route without a row here fails."""

import re
from dataclasses import dataclass
from typing import Any

import pytest
from sqlalchemy import insert

from api import blobs
from api.app import routes
from api.http import API, Operation
from api.import_run import Job
from api.imports import begin, file_of
from api.tables import avatars, new_id, review_items
from tests.support.world import PASSWORD, World

pytestmark = pytest.mark.asyncio(loop_scope="module")

STRANGER = "stranger"


@dataclass(frozen=True, slots=True)
class Row:
    """What each may expect: stranger, viewer, editor, admin.

    Ids in braces are of a fresh contact, which has a photo, its main `{note}`, a `{dated}` and a `{deleted}` one;
    `{waiting}` and `{cancelled}` are imports of the editor's. `{other}` is another contact, `{merge}` one that was
    merged into a third, and `{item}` a value that came late to that.
    """

    method: str
    path: str
    stranger: int
    viewer: int
    editor: int
    admin: int
    body: Any = None
    file: bytes | None = None

    def expected(self, role: str) -> int:
        return getattr(self, role)


PROPERTIES = {"properties": {"firstname": "Ada"}}
WORDS = {"body": "words"}
CARD = b"BEGIN:VCARD\r\nVERSION:3.0\r\nFN:Ada\r\nEND:VCARD\r\n"
MATRIX = (
    Row("POST", "/session", 200, 200, 200, 200, {"email": "viewer@carnet.test", "password": PASSWORD}),
    Row("DELETE", "/session", 401, 204, 204, 204),
    Row("GET", "/me", 401, 200, 200, 200),
    Row("GET", "/users", 401, 200, 200, 200),
    Row("GET", "/contacts", 401, 200, 200, 200),
    Row("POST", "/contacts", 401, 403, 201, 201, PROPERTIES),
    Row("GET", "/contacts/{contact}", 401, 200, 200, 200),
    Row("PATCH", "/contacts/{contact}", 401, 403, 200, 200, PROPERTIES),
    Row("GET", "/contacts/con_none", 401, 404, 404, 404),
    Row("PATCH", "/contacts/con_none", 401, 404, 404, 404, PROPERTIES),
    Row("PUT", "/contacts/{contact}/avatar", 401, 403, 415, 415, {}),
    Row("PUT", "/contacts/con_none/avatar", 401, 404, 404, 404, {}),
    Row("DELETE", "/contacts/{contact}/avatar", 401, 403, 204, 204),
    Row("DELETE", "/contacts/con_none/avatar", 401, 404, 404, 404),
    Row("GET", "/notes/{note}", 401, 200, 200, 200),
    Row("PATCH", "/notes/{note}", 401, 403, 200, 200, WORDS),
    Row("POST", "/notes/{note}/append", 401, 403, 200, 200, WORDS),
    Row("GET", "/notes/{note}/versions", 401, 200, 200, 200),
    Row("GET", "/notes/{note}/versions/0", 401, 404, 404, 404),
    Row("GET", "/notes/{dated}/versions/1", 401, 200, 200, 200),
    Row("GET", "/notes/{note}/authorship", 401, 200, 200, 200),
    Row("POST", "/notes/{dated}/restore", 401, 403, 200, 200, {"seq": 1}),
    *(
        Row(method, f"/notes/{note}/{what}", 401, 404, 404, 404, body)
        for note in ("act_none", "{deleted}")
        for method, what, body in (
            ("GET", "versions", None),
            ("GET", "versions/1", None),
            ("GET", "authorship", None),
            ("POST", "restore", {"seq": 1}),
        )
    ),
    Row("GET", "/notes/act_none", 401, 404, 404, 404),
    Row("PATCH", "/notes/act_none", 401, 404, 404, 404, WORDS),
    Row("POST", "/notes/act_none/append", 401, 404, 404, 404, WORDS),
    Row("GET", "/properties", 401, 200, 200, 200),
    Row("GET", "/contacts/{contact}/property-history", 401, 200, 200, 200),
    Row("GET", "/contacts/con_none/property-history", 401, 404, 404, 404),
    Row("GET", "/contacts/{contact}/avatar", 401, 200, 200, 200),
    Row("GET", "/contacts/con_none/avatar", 401, 404, 404, 404),
    Row("GET", "/contacts/{contact}/notes", 401, 200, 200, 200),
    Row("POST", "/contacts/{contact}/notes", 401, 403, 201, 201, WORDS),
    Row("GET", "/contacts/con_none/notes", 401, 404, 404, 404),
    Row("POST", "/contacts/con_none/notes", 401, 404, 404, 404, WORDS),
    Row("DELETE", "/notes/{dated}", 401, 403, 204, 204),
    Row("DELETE", "/notes/{note}", 401, 403, 409, 409),
    Row("DELETE", "/notes/{deleted}", 401, 404, 404, 404),
    Row("GET", "/notes/{deleted}", 401, 404, 404, 404),
    Row("POST", "/activities/{deleted}/restore", 401, 403, 200, 200),
    Row("POST", "/activities/act_none/restore", 401, 404, 404, 404),
    Row("GET", "/contacts/{contact}/deleted-activities", 401, 200, 200, 200),
    Row("GET", "/contacts/con_none/deleted-activities", 401, 404, 404, 404),
    Row("POST", "/contacts/merge/preview", 401, 403, 200, 200, {"primary_id": "{contact}", "secondary_id": "{other}"}),
    Row("POST", "/contacts/merge", 401, 403, 201, 201, {"primary_id": "{contact}", "secondary_id": "{other}"}),
    Row("POST", "/contacts/merge", 401, 404, 404, 404, {"primary_id": "{contact}", "secondary_id": "con_none"}),
    Row("POST", "/contacts/merge", 401, 404, 404, 404, {"primary_id": "con_none", "secondary_id": "{other}"}),
    Row("GET", "/merges/{merge}", 401, 200, 200, 200),
    Row("GET", "/merges/mrg_none", 401, 404, 404, 404),
    Row("POST", "/merges/{merge}/undo", 401, 403, 200, 200),
    Row("POST", "/merges/mrg_none/undo", 401, 404, 404, 404),
    Row("GET", "/merges/{merge}/undo-preview", 401, 403, 200, 200),
    Row("GET", "/merges/mrg_none/undo-preview", 401, 404, 404, 404),
    Row("GET", "/merges/{merge}/photo", 401, 200, 200, 200),
    Row("GET", "/merges/mrg_none/photo", 401, 404, 404, 404),
    Row("GET", "/contacts/{contact}/merges", 401, 200, 200, 200),
    Row("GET", "/contacts/con_none/merges", 401, 404, 404, 404),
    Row("POST", "/notes/{note}/combine", 401, 403, 201, 201, {"note_id": "{dated}"}),
    Row("POST", "/notes/act_none/combine", 401, 404, 404, 404, {"note_id": "{dated}"}),
    Row("POST", "/combinations/{combination}/undo", 401, 403, 200, 200),
    Row("POST", "/combinations/cmb_none/undo", 401, 404, 404, 404),
    Row("GET", "/duplicates", 401, 200, 200, 200),
    Row("GET", "/contacts/{contact}/duplicates", 401, 200, 200, 200),
    Row("GET", "/contacts/con_none/duplicates", 401, 404, 404, 404),
    Row("POST", "/duplicates/dismiss", 401, 403, 204, 204, {"one_id": "{contact}", "other_id": "{other}"}),
    Row("POST", "/duplicates/dismiss", 401, 404, 404, 404, {"one_id": "{contact}", "other_id": "con_none"}),
    Row("POST", "/duplicates/merge-sure", 401, 403, 201, 201),
    Row("POST", "/merge-batches/{batch}/undo", 401, 403, 200, 200),
    Row("POST", "/merge-batches/bat_none/undo", 401, 404, 404, 404),
    Row("DELETE", "/contacts/{contact}", 401, 403, 204, 204),
    Row("DELETE", "/contacts/{contact}?permanent=true", 401, 403, 403, 204),
    Row("DELETE", "/contacts/con_none", 401, 404, 404, 404),
    Row("POST", "/contacts/{gone}/restore", 401, 403, 200, 200),
    Row("POST", "/contacts/con_none/restore", 401, 404, 404, 404),
    Row("GET", "/contacts/{gone}", 401, 404, 404, 404),
    Row("GET", "/contacts?deleted=true", 401, 200, 200, 200),
    Row("POST", "/tickets", 401, 404, 404, 404, {"document": "contact/{gone}"}),
    Row("GET", "/contacts/{contact}/review-items", 401, 200, 200, 200),
    Row("GET", "/contacts/con_none/review-items", 401, 404, 404, 404),
    Row("POST", "/contacts/{contact}/review-items/further", 401, 403, 200, 200),
    Row("POST", "/contacts/con_none/review-items/further", 401, 404, 404, 404),
    Row("POST", "/review-items/{item}/resolve", 401, 403, 200, 200, {"choice": "take"}),
    Row("POST", "/review-items/rev_none/resolve", 401, 404, 404, 404, {"choice": "keep"}),
    Row("GET", "/search?q=ada", 401, 200, 200, 200),
    Row("GET", "/imports", 401, 200, 200, 200),
    Row("POST", "/imports", 401, 403, 201, 201, file=CARD),
    Row("GET", "/imports/{waiting}", 401, 404, 200, 200),
    Row("POST", "/imports/{waiting}/cancel", 401, 404, 200, 200),
    Row("POST", "/imports/{waiting}/run", 401, 404, 409, 409),
    Row("POST", "/imports/{cancelled}/cancel", 401, 404, 409, 409),
    Row("POST", "/imports/{cancelled}/run", 401, 404, 200, 200),
    Row("GET", "/imports/imp_none", 401, 404, 404, 404),
    Row("POST", "/tickets", 401, 201, 201, 201, {"document": "note/{note}"}),
    Row("POST", "/tickets", 401, 201, 201, 201, {"document": "contact/{contact}"}),
    Row("POST", "/tickets", 401, 404, 404, 404, {"document": "note/{deleted}"}),
    Row("POST", "/tickets", 401, 404, 404, 404, {"document": "contact/con_none"}),
    Row("POST", "/tickets", 401, 404, 404, 404, {"document": "note/act_none"}),
    Row("POST", "/tickets", 401, 404, 404, 404, {"document": "nothing"}),
)
TESTED_ELSEWHERE = {("GET", "/changes")}  # test_changes.py: a stream has no end to wait for here


def _template(path: str) -> str:
    """The route of an address."""
    return re.sub(r"/\d+$", "/{seq}", re.sub(r"{\w+}", "{id}", path).partition("?")[0])


async def test_every_route_has_its_row() -> None:
    known = {(route.method, route.path.removeprefix(API)) for route in routes if isinstance(route, Operation)}
    told = {(row.method, _template(row.path)) for row in MATRIX}
    assert known - told - TESTED_ELSEWHERE == set()


@pytest.mark.parametrize("role", [STRANGER, "viewer", "editor", "admin"])
@pytest.mark.parametrize("row", MATRIX, ids=lambda row: f"{row.method} {row.path}")
async def test_a_role_may_do_what_it_may_and_no_more(world: World, row: Row, role: str) -> None:
    ids = await made(world, set(re.findall(r"{(\w+)}", f"{row.path} {row.body}")))
    body = row.body and {
        key: value.format(**ids) if isinstance(value, str) else value for key, value in row.body.items()
    }
    files = {"file": ("contacts.vcf", row.file)} if row.file else None
    async with world.client(None if role == STRANGER else role) as rest:
        answer = await rest.request(row.method, row.path.format(**ids), json=body, files=files)
    assert answer.status_code == row.expected(role), answer.text


async def made(world: World, names: set[str]) -> dict[str, str]:
    """What a row needs: a fresh contact with a photo always, the rest as far as it is named."""
    contact, server = await world.new_contact(), world.carnet
    photo = {"contact_id": contact["id"], "sha256": blobs.put(server.settings.blobs_dir, b"photo")}
    await server.database.write(lambda tx: tx.execute(insert(avatars), photo))
    ids = {"contact": contact["id"], "note": contact["main_note_id"]}
    async with world.client("editor") as rest:
        for name in names & {"dated", "deleted"}:
            ids[name] = (await rest.post(f"/contacts/{contact['id']}/notes", json=WORDS)).json()["id"]
        if "combination" in names:
            of = (await rest.post(f"/contacts/{contact['id']}/notes", json=WORDS)).json()["id"]
            answer = await rest.post(f"/notes/{ids['note']}/combine", json={"note_id": of})
            ids["combination"] = answer.json()["id"]
        if "deleted" in names:
            await rest.delete(f"/notes/{ids['deleted']}")
        if "batch" in names:
            ids["batch"] = (await rest.post("/duplicates/merge-sure")).json()["id"]
        if "gone" in names:
            ids["gone"] = (await world.new_contact())["id"]
            await rest.delete(f"/contacts/{ids['gone']}")
        if names & {"other", "merge", "item"}:
            ids["other"] = (await world.new_contact())["id"]
        if names & {"merge", "item"}:
            choices = {"photo": "secondary"}  # which has none
            pair = {"primary_id": contact["id"], "secondary_id": ids["other"], "choices": choices}
            ids["merge"] = (await rest.post("/contacts/merge", json=pair)).json()["id"]
        if "item" in names:
            ids["item"] = await late_item(world, contact["id"], ids["merge"])
        for name in names & {"waiting", "cancelled"}:
            job = Job(new_id("imp"), world.user_ids["editor"], "contacts.vcf")
            await server.database.write(lambda tx, job=job: begin(tx, job, len(CARD), server.clock()))
            ids[name] = job.id
        if "cancelled" in names:
            kept = file_of(server, ids["cancelled"])
            kept.parent.mkdir(exist_ok=True)
            kept.write_bytes(CARD)
            await rest.post(f"/imports/{ids['cancelled']}/cancel")
    return ids


async def late_item(world: World, contact_id: str, merge_id: str) -> str:
    """A value that came late."""
    of = {"contact_id": contact_id, "merge_id": merge_id, "key": "city", "value": '"Metz"'}
    item = {"id": new_id("rev"), **of, "actor_id": world.user_ids["editor"], "at": world.carnet.clock()}
    await world.carnet.database.write(lambda tx: tx.execute(insert(review_items), item))
    return item["id"]


async def test_what_one_may_not_see_looks_like_what_does_not_exist(world: World) -> None:
    async with world.client("viewer") as rest:
        answers = [await rest.get(path) for path in ("/contacts/con_none", "/contacts/act_none", "/notes/con_none")]
    bodies = [{**answer.json(), "request_id": ""} for answer in answers]
    assert bodies[0] == bodies[1] == bodies[2]


async def test_a_refused_write_leaves_no_trace(world: World) -> None:
    contact = await world.new_contact()
    async with world.client("viewer") as rest:
        await rest.patch(f"/contacts/{contact['id']}", json={"properties": {"firstname": "Eve"}})
        await rest.patch(f"/notes/{contact['main_note_id']}", json=WORDS)
        await rest.post(f"/notes/{contact['main_note_id']}/append", json=WORDS)
        after = (await rest.get(f"/contacts/{contact['id']}")).json()
    assert after["properties"]["firstname"] == "Ada"
    assert after["notes_text"] == ""
    assert after["permissions"] == {"edit": False, "delete": False}
    assert contact["permissions"] == {"edit": True, "delete": True}
