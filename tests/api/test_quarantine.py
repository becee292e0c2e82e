"""What REST says of a document in quarantine, and how an operator lets it out."""

import asyncio
from pathlib import Path

import pytest

from api.contact_documents import document_of as contact_document
from api.projection import document_of
from api.settings import Settings
from sync.store import Quarantine
from tests.api.test_cli import verb
from tests.support.in_process import in_process
from tests.support.waiting import until

REASON = "row 2 of usr_x ends the process that reads it"


@pytest.mark.both_databases
async def test_it_is_read_as_it_was_and_a_write_is_refused_with_a_reason(tmp_path: Path, settings: Settings) -> None:
    async with in_process(tmp_path, settings.database_url) as server:
        contact = await server.new_contact()
        note = await server.new_note(contact["id"], "first")
        for name in (document_of(note["id"]), contact_document(contact["id"])):
            assert await server.carnet.store.put_in_quarantine(Quarantine(name, 1, REASON, 0))
        assert (await server.get(f"/notes/{note['id']}"))["text"] == "first"
        assert (await server.get(f"/contacts/{contact['id']}"))["properties"]["firstname"] == "Camille"
        for path, change in [
            (f"/notes/{note['id']}", {"body": "second"}),
            (f"/contacts/{contact['id']}", {"properties": {"city": "Brest"}}),
        ]:
            refused = await server.lea.patch(path, json=change)
            assert (refused.status_code, refused.json()["code"]) == (409, "quarantined")

        await server.carnet.store.release(document_of(note["id"]))

        async def written() -> bool:
            return (await server.lea.patch(f"/notes/{note['id']}", json={"body": "second"})).status_code == 200

        await until(written)


async def test_an_operator_sees_the_cases_and_lets_a_document_out(tmp_path: Path) -> None:
    async with in_process(tmp_path) as server:
        contact = await server.new_contact()
        name = contact_document(contact["id"])
        await server.carnet.store.put_in_quarantine(Quarantine(name, 1, REASON, 0))
    listed = await asyncio.to_thread(verb, tmp_path, "quarantine", "list")
    assert listed.out == f"1970-01-01T00:00:00+00:00 {name} 1 {REASON}\n"
    assert (await asyncio.to_thread(verb, tmp_path, "quarantine", "release", name)).code == 0
    assert (await asyncio.to_thread(verb, tmp_path, "quarantine", "list")).out == ""
    again = await asyncio.to_thread(verb, tmp_path, "quarantine", "release", name)
    assert (again.code, again.err.strip()) == (1, f"{name} is not in quarantine.")
