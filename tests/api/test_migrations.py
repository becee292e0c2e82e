"""A database of the first version keeps all that was in it."""

import hashlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, text

from api import schema
from api.app import create_app
from api.contact_documents import document_of
from api.content import from_text
from api.credentials import hash_secret
from api.note_schema import NOTE_SCHEMA
from sync import documents
from sync.index import Index
from sync.limits import Limits
from tests.support.waiting import until
from tests.support.world import settings_in

SECRET = "carnet_secret"
BEGUN_MS, WRITTEN_MS = 1_700_000_000_000, 1_700_000_600_000
NAMES = {
    "con_1": ("Éloïse", 'O\'Brien "Zoé"'),
    "con_2": (None, "李"),
    "con_3": ("Ada", None),
    "con_4": (None, None),
}
WORDS = {"con_1": ["First line", "Sternutatoire 🙂"], "con_2": ["早上好"]}
SNAPSHOT_OF = "con_1"


def write(connection: Connection, table: str, **values: Any) -> None:
    names, places = ", ".join(values), ", ".join(f":{name}" for name in values)
    connection.execute(text(f"INSERT INTO {table} ({names}) VALUES ({places})"), values)


def first_version(connection: Connection) -> None:
    """What the first version had of an account, its contacts and what it wrote in their main notes."""
    config = Config()
    config.set_main_option("script_location", str(Path(schema.__file__).parent / "migrations"))
    config.attributes["connection"] = connection
    command.upgrade(config, "0001")
    write(connection, "users", id="usr_1", email="lea@carnet.test", name="Léa", role="editor", created_at=BEGUN_MS)
    credential = {"user_id": "usr_1", "kind": "token", "created_at": BEGUN_MS, "expires_at": 2 * BEGUN_MS}
    write(connection, "credentials", secret_hash=hash_secret(SECRET), **credential)
    for contact_id, (firstname, lastname) in NAMES.items():
        names = {"firstname": firstname, "lastname": lastname, "sort_key": (lastname or "").lower()}
        moments = {"created_at": BEGUN_MS, "updated_at": BEGUN_MS}
        write(connection, "contacts", id=contact_id, version=4, **names, **moments)
        note_id = contact_id.replace("con", "act")
        picture = {"text": "", "markdown": "", "content": "{}", "excerpt": "", "seq": 0}
        write(connection, "notes", id=note_id, contact_id=contact_id, main=True, **picture, **moments)
        write_log(connection, f"note/{note_id}", WORDS.get(contact_id, []), snapshot=contact_id == SNAPSHOT_OF)


def write_log(connection: Connection, name: str, lines: list[str], *, snapshot: bool) -> None:
    rows: list[bytes] = []
    for line in lines:
        rows.append(documents.append_content(None, rows, "default", tuple(from_text(line).children)))  # type: ignore[arg-type]
    write(connection, "documents", name=name, head=len(rows), epoch=1, created_at=BEGUN_MS)
    index = Index.load(documents.index(None, rows, NOTE_SCHEMA, Limits()))
    for client in index.clocks:
        write(connection, "document_clients", name=name, client_id=client, user_id="usr_1")
    for seq, update in enumerate(rows, 1):
        made = {"author_id": "usr_1", "batch_id": hash(name) % 2**62, "batch_n": seq, "node": "n", "at": WRITTEN_MS}
        write(connection, "document_updates", name=name, seq=seq, bytes=update, **made)
    if snapshot:
        folded = documents.fold(None, rows)
        made = {"state": folded.state, "state_vector": folded.state_vector, "scan_index": index.dump()}
        checksum = hashlib.sha256(b"".join(made.values())).digest()
        write(connection, "document_snapshots", name=name, seq=len(rows), checksum=checksum, **made)


@asynccontextmanager
async def migrated(folder: Path) -> AsyncIterator[httpx.AsyncClient]:
    """A server on such a database, and Léa's REST client."""
    settings = settings_in(folder)
    async with schema.open_database(settings) as database:
        await database.write(lambda tx: tx.run_sync(first_version))
    assert (await schema.migrate(settings))[0] == "0001"
    app = create_app(settings)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(
            transport=httpx.ASGITransport(app),
            base_url="http://localhost/api/v1",
            headers={"Authorization": f"Bearer {SECRET}"},
        ) as rest,
    ):
        yield rest


async def get(rest: httpx.AsyncClient, path: str) -> Any:
    answer = await rest.get(path)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_names_words_and_authors_are_as_they_were(tmp_path: Path) -> None:
    async with migrated(tmp_path) as rest:
        for contact_id, (firstname, lastname) in NAMES.items():
            contact = await get(rest, f"/contacts/{contact_id}")
            held = contact["properties"]
            assert (held["firstname"], held["lastname"]) == (firstname, lastname)
            assert held["emails"] == []
            assert contact["notes_text"] == "\n".join(WORDS.get(contact_id, []))
            note = await get(rest, f"/notes/{contact['main_note_id']}")
            assert (note["updated_by"] or {}).get("name") == ("Léa" if contact_id in WORDS else None)
            assert note["version"] == len(WORDS.get(contact_id, []))
        assert (await get(rest, "/contacts?count=true"))["total"] == len(NAMES)


@pytest.mark.parametrize(
    ("words", "contact_id"), [("eloise o'br", "con_1"), ("李", "con_2"), ("sternu", "con_1"), ("早上", "con_2")]
)
async def test_what_was_written_is_found_without_another_edit(tmp_path: Path, words: str, contact_id: str) -> None:
    async with migrated(tmp_path) as rest:

        async def found() -> list[str]:
            hits = (await rest.get("/search", params={"q": words, "types": "contact"})).json()["results"]
            return [hit["id"] for hit in hits]

        await until(found, what=lambda: words)
        assert await found() == [contact_id]


async def test_what_was_there_is_written_in_like_anything_else(tmp_path: Path) -> None:
    async with migrated(tmp_path) as rest:
        renamed = await rest.patch("/contacts/con_3", json={"properties": {"firstname": None, "city": "Lyon"}})
        appended = await rest.post("/notes/act_1/append", json={"body": "more"})
        history = await get(rest, "/contacts/con_3/property-history")
    assert (renamed.json()["properties"]["firstname"], renamed.json()["properties"]["city"]) == (None, "Lyon")
    assert appended.json()["text"] == "First line\nSternutatoire 🙂\nmore"
    changes = [(change["property"], change["old"], change["new"]) for change in history["results"]]
    assert changes == [("city", None, "Lyon"), ("firstname", "Ada", None)]


async def test_every_contact_that_was_there_has_a_document_that_says_what_its_row_says(tmp_path: Path) -> None:
    async with migrated(tmp_path) as rest:
        assert rest is not None
        async with schema.open_database(settings_in(tmp_path)) as database:
            rows = "SELECT name, bytes FROM document_updates WHERE name LIKE 'contact/%'"
            logs = dict(iter(await database.read(lambda tx: tx.execute(text(rows)))))
            heads = "SELECT name, head FROM documents WHERE name LIKE 'contact/%'"
            made = dict(iter(await database.read(lambda tx: tx.execute(text(heads)))))
    assert made == {document_of(of): int(any(names)) for of, names in NAMES.items()}
    for contact_id, (firstname, lastname) in NAMES.items():
        names = {"firstname": firstname, "lastname": lastname}
        held = {name: value for name, value in names.items() if value is not None}
        log = [logs[document_of(contact_id)]] if held else []
        assert documents.values(None, log, "properties") == held
