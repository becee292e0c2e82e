"""What is deleted for too long goes for good, and nothing else does."""

import asyncio
from pathlib import Path

import pytest
from sqlalchemy import Table, func, select

from api import purge
from api.tables import new_id, notes, search_entries
from sync.store import Snapshot
from sync.tables import document_clients, document_snapshots, document_updates, documents
from tests.support.in_process import InProcess, in_process
from tests.support.waiting import until

OF_A_DOCUMENT: tuple[Table, ...] = (documents, document_updates, document_snapshots, document_clients)


async def deleted(server: InProcess, contact_id: str, words: str) -> str:
    """A note in the bin, with a snapshot of its document."""
    note = await server.new_note(contact_id, words)
    await server.carnet.store.put_snapshot(f"note/{note['id']}", 1, Snapshot(1, b"state", b"vector", b"index"))
    assert (await server.lea.delete(f"/notes/{note['id']}")).status_code == 204
    return str(note["id"])


async def left_of(server: InProcess, note_id: str) -> set[str]:
    """The tables that hold something of a note."""
    columns = {table.name: table.c.name for table in OF_A_DOCUMENT}
    columns |= {"notes": "note/" + notes.c.id, "search_entries": "note/" + search_entries.c.object_id}

    async def read(tx):  # type: ignore[no-untyped-def]
        found = {name: await tx.execute(select(column)) for name, column in columns.items()}
        return {name for name, rows in found.items() if f"note/{note_id}" in rows.scalars().all()}

    return await server.carnet.database.read(read)


async def test_only_what_was_deleted_for_ninety_days_is_purged(tmp_path: Path) -> None:
    async with in_process(tmp_path) as server:
        contact_id = (await server.new_contact())["id"]
        there = (await server.new_note(contact_id, "there"))["id"]
        old = await deleted(server, contact_id, "old")
        whole = await left_of(server, old)
        server.clock.pass_(days=60)
        young = await deleted(server, contact_id, "young")
        server.clock.pass_(days=31)

        await purge.purge(server.carnet)

        assert await left_of(server, old) == set()
        assert await left_of(server, young) == whole == {table.name for table in OF_A_DOCUMENT} | {"notes"}
        assert "search_entries" in await left_of(server, there)
        assert (await server.lea.post(f"/activities/{young}/restore")).status_code == 200


async def test_a_main_note_that_was_combined_is_there_when_its_contact_is_alone_again(tmp_path: Path) -> None:
    async with in_process(tmp_path) as server:
        one, other = [await server.new_contact() for _ in range(2)]
        await server.lea.patch(f"/notes/{other['main_note_id']}", json={"body": "theirs"})
        ids = {"primary_id": one["id"], "secondary_id": other["id"]}
        merged = (await server.lea.post("/contacts/merge", json=ids)).json()
        wanted = {"note_id": other["main_note_id"]}
        assert (await server.lea.post(f"/notes/{one['main_note_id']}/combine", json=wanted)).status_code == 201
        server.clock.pass_(days=200)

        await purge.purge(server.carnet)
        await server.lea.post(f"/merges/{merged['id']}/undo")

        assert (await server.get(f"/notes/{other['main_note_id']}"))["text"] == "theirs"


async def test_what_is_purged_is_gone_for_good_and_its_id_with_it(tmp_path: Path) -> None:
    async with in_process(tmp_path) as server:
        contact_id = (await server.new_contact())["id"]
        note_id = await deleted(server, contact_id, "words")
        server.clock.pass_(days=91)
        before = await server.lea.post(f"/activities/{note_id}/restore")
        await purge.purge(server.carnet)

        after = await server.lea.post(f"/activities/{note_id}/restore")
        again = await server.lea.post(f"/contacts/{contact_id}/notes", json={"id": note_id, "body": "words"})

        assert [(answer.status_code, answer.json()["code"]) for answer in (before, after)] == [(410, "gone")] * 2
        assert (again.status_code, again.json()["code"]) == (409, "id_taken")
        assert (await server.rest["mia"].post(f"/activities/{note_id}/restore")).status_code == 403
        assert (await server.lea.post(f"/activities/{new_id('act')}/restore")).status_code == 404
        assert (await server.lea.get(f"/notes/{note_id}")).status_code == 404


async def test_a_full_bin_is_emptied_in_transactions_between_which_others_write(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(purge, "NOTES_A_TRANSACTION", 2)
    async with in_process(tmp_path) as server:
        contact_id = (await server.new_contact())["id"]
        ids = [await deleted(server, contact_id, f"note {number}") for number in range(7)]
        server.clock.pass_(days=91)

        async def count(tx):  # type: ignore[no-untyped-def]
            return (await tx.execute(select(func.count()).where(notes.c.id.in_(ids)))).scalar_one()

        purging, left = asyncio.create_task(purge.purge(server.carnet)), []
        while not purging.done():
            left.append(await server.carnet.database.write(count))
        await purging

        assert set(left) >= {5, 3, 1}, "who writes meanwhile waits for two of them at most"
        assert [await left_of(server, note_id) for note_id in ids] == [set()] * 7


async def test_a_running_server_purges_by_itself(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(purge, "PURGE_SECONDS", 0.02)
    async with in_process(tmp_path) as server:
        note_id = await deleted(server, (await server.new_contact())["id"], "words")
        server.clock.pass_(days=91)

        async def gone() -> bool:
            return not await left_of(server, note_id)

        await until(gone)
